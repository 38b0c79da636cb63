"""The command: one verb a file under commands/, loaded only when it is called."""

import pkgutil
import sys
from importlib import import_module
from typing import Any

import click

from emulator import __version__, commands
from emulator.vocabulary import Problems

# 0 well done · 1 a signature that does not match, or our own mistake · 2 usage, configuration, fixtures · 3 the port
EXIT_CODES = {"ok": 0, "mismatch": 1, "usage": 2, "port": 3}


class Verbs(click.Group):
    """Finds the verbs in the folder, so that `--help` and each verb load no more than they need."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return [module.name for module in pkgutil.iter_modules(commands.__path__)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        command: click.Command = import_module(f"emulator.commands.{name}").command
        return command

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Problems as problems:
            for problem in problems.found:
                click.echo(str(problem), err=True)
            sys.exit(EXIT_CODES["usage"])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="moderation-emulator")
def main() -> None:
    """A local server that answers like the content-moderation services Chinese apps call."""
