"""The shim `my`: one JavaScript source, in the forms that Node, browsers and mini programs load, with its types."""

import json
import re
from pathlib import Path

FILES = ("my.js", "my.cjs", "my.mjs", "my.d.ts", "my.d.cts", "my.d.mts")

_SOURCE = Path(__file__).with_name("my.cjs")
_TYPES = Path(__file__).with_name("my.d.ts")
_HTTP = re.compile(r"https?://[A-Za-z0-9.:_\[\]-]+").fullmatch
_NO_ADDRESS = "var SERVED_BY = '';"
_STRING_CODES = "var ERROR_TYPE = 'string';"
# The names inside the source stay its own: a mini program has a global my, which an export of that name would hide.
_MODULE = """const builtin = (name) => import(/* webpackIgnore: true */ /* @vite-ignore */ name);
const module = {{ exports: {{}}, require: builtin }};
(function (module) {{
{source}}})(module);
const {{ my: emulated, createMy, install }} = module.exports;
export {{ emulated as my, createMy, install, emulated as default }};
"""
_DEFAULT = "\nexport default my;\n"


def is_address(url: str) -> bool:
    """Whether it is the address of a server: scheme, host, perhaps a port, and nothing that could end a string."""
    return _HTTP(url) is not None


def render_file(name: str, address: str = "", error_type: str = "string") -> str:
    """One of FILES, with the address of the emulator that serves it written in, if that is one, and the type of codes
    that it is set to.
    """
    if ".d." in name:
        return _TYPES.read_text(encoding="utf-8") + (_DEFAULT if name == "my.d.mts" else "")
    source = _SOURCE.read_text(encoding="utf-8")
    if is_address(address):
        source = source.replace(_NO_ADDRESS, f"var SERVED_BY = {json.dumps(address)};", 1)
    if error_type == "number":
        source = source.replace(_STRING_CODES, "var ERROR_TYPE = 'number';", 1)
    return _MODULE.format(source=source) if name == "my.mjs" else source
