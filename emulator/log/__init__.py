"""The log: lines on standard error that harm nobody who reads them, and for whose reader nobody waits.

a record of any library, or of ours     records   few at a time, equal ones counted
what happens in the house               (whoever listens to world.events)
  writer      lines wait in a queue with an end, a thread writes them
    cleaning    no break, no control character, no credential, no end of length
"""

import logging

from emulator.log.records import RecordHandler
from emulator.log.writer import Writer


def start() -> Writer:
    """Let all loggers tell their warnings and errors on standard error; the writer, which waits for its form."""
    writer = Writer()
    logging.basicConfig(level=logging.WARNING, handlers=[RecordHandler(writer)])
    return writer
