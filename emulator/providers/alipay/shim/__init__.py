"""The shim `my`: one JavaScript source in the forms that Node and browsers load."""

import json
import re
from pathlib import Path

FILES = ("my.js", "my.cjs", "my.mjs")

_SOURCE = Path(__file__).with_name("my.cjs")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:_\[\]-]+").fullmatch
_UNWRITTEN = "var SERVED_BY = '';"
_MODULE = """const module = {{ exports: {{}} }};
(function (module) {{
{source}}})(module);
export const {{ my, createMy, install }} = module.exports;
export default my;
"""


def text(name: str, address: str = "") -> str:
    """One of FILES, with the address of the emulator that serves it written in, if that is one."""
    source = _SOURCE.read_text(encoding="utf-8")
    if _ADDRESS(address):
        source = source.replace(_UNWRITTEN, f"var SERVED_BY = {json.dumps(address)};", 1)
    return _MODULE.format(source=source) if name == "my.mjs" else source
