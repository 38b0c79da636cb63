"""Log: lines on standard error that are safe to read. No call waits until somebody reads them.

    records     records of the emulator and of libraries: few at a time, equal ones counted
    writer      lines wait in a bounded queue, from which a thread writes them
    cleaning    takes line breaks, control characters and credentials out of a text, and bounds its length

Lines on what happens in the application come from whoever listens to `State.events`.
"""

import logging
import sys

from emulator.log.records import RecordHandler
from emulator.log.writer import Writer


def start_logging() -> Writer:
    """Let all loggers write warnings and errors to standard error.

    Return the writer, which keeps lines back until its `start` names their form.
    """
    writer = Writer()
    logging.basicConfig(level=logging.WARNING, handlers=[RecordHandler(writer)])
    return writer


def choose_form(wanted: str, verbose: bool | None) -> str:
    """Return the form in which calls are logged, by `server.log` and a flag: "text", "json", or "off".

    If server.log is json, warnings are JSON as well.
    """
    if verbose is False:
        return "off"
    if wanted == "auto" or (wanted == "off" and verbose):
        is_shown = verbose or (sys.stderr is not None and sys.stderr.isatty())
        return "text" if is_shown else "off"
    return wanted
