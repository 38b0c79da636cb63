"""shim: write JavaScript files that send the calls of a mini program to the emulator."""

from pathlib import Path

import click


@click.command("shim")
@click.option(
    "-o",
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to; it is made when it is not there.",
)
@click.option("--url", default="", help="Where the emulator listens, if the files are to say so.")
def command(folder: Path, url: str) -> None:
    """Write out the shim `my`: my.js, my.cjs, my.mjs, each with its types for TypeScript.

    \b
    moderation-emulator shim -o tests/emulator
    const { my } = require('./emulator/my.cjs')
    """
    from emulator.discovery import find_providers

    renderers = [provider.render_shim for provider in find_providers().values() if provider.render_shim is not None]
    try:
        texts = {name: text for render_shim in renderers for name, text in render_shim(url.rstrip("/")).items()}
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
            print(folder / name)
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror}") from None
