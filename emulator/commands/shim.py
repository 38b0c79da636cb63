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
    from emulator.providers.alipay import shim

    url = url.rstrip("/")
    if url and not shim.is_address(url):
        raise click.BadParameter(f"{url!r} is no address such as http://127.0.0.1:8080", param_hint="--url")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in shim.FILES:
            (folder / name).write_text(shim.render_file(name, url), encoding="utf-8")
            print(folder / name)
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror}") from None
