"""The command: each verb is a file in `commands/`, loaded only when it is called."""

import pkgutil
import sys
from contextlib import suppress
from copy import copy
from importlib import import_module
from io import TextIOWrapper
from typing import Any

from emulator import __version__, commands
from emulator.command_name import NAME, find_command
from emulator.compilation import COMPILED
from emulator.types import Problems

_MISSING_LIBRARIES = (
    "{}: the server and its command need the libraries of moderation-emulator, which `pip install --no-deps` leaves "
    "out; install them, or use a server that runs elsewhere and name it by EMULATOR_URL"
)

try:
    import click
except ModuleNotFoundError as missing:
    sys.exit(_MISSING_LIBRARIES.format(missing))

EXIT_CODES = {
    0: "all is well",
    1: "a signature does not match, no emulator takes calls, or it is a mistake of the emulator",
    2: "wrong usage, configuration or fixtures, or a file of the state that cannot be used",
    3: "the port cannot be had, or another process has the file of the state",
    4: "exec: the command succeeded, but a call to a real service was stopped",
    126: "exec: the command cannot be run; 127 if it is not there",
}


class LazyGroup(click.Group):
    """Finds the verbs by their files, so that `--help` and each verb load only what they need."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return [module.name for module in pkgutil.iter_modules(commands.__path__)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        command: click.Command = copy(import_module(f"emulator.commands.{name}").command)
        command.help, command.epilog = map(_adapt_examples, (command.help, command.epilog))
        return command

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Problems as problems:
            with suppress(OSError):  # standard error may be closed or full
                for problem in problems.found:
                    click.echo(str(problem), err=True)
            sys.exit(2)
        except ModuleNotFoundError as missing:
            if str(missing.name).startswith("emulator"):
                raise
            sys.exit(_MISSING_LIBRARIES.format(missing))


def _adapt_examples(help_text: str | None) -> str | None:
    """Return a help text whose examples can be typed here."""
    return help_text and help_text.replace(f"{NAME} ", f"{find_command()} ")


_EXIT_CODE_TABLE = "\n".join(["\b", "Exit codes:", *(f"  {code}  {meaning}" for code, meaning in EXIT_CODES.items())])


@click.group(
    cls=LazyGroup,
    help="A local server that answers like the content-moderation services Chinese apps call.",
    epilog=_EXIT_CODE_TABLE,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(f"{__version__}, compiled" if COMPILED else __version__, prog_name=NAME)
def main() -> None:
    """Run the command; each verb does its own part."""
    if sys.platform == "win32":
        print_utf8()


def print_utf8() -> None:
    """Have what is printed be UTF-8. Windows takes another code, without Chinese, for files and pipes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
