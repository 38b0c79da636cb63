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
# The source keeps its names inside a function: a mini program has a global `my`, which a `my` of the module would hide.
_MODULE = """const builtin = (name) => import(/* webpackIgnore: true */ /* @vite-ignore */ name);
const module = {{ exports: {{}}, require: builtin }};
(function (module) {{
{source}}})(module);
const {{ my: emulated, createMy, install }} = module.exports;
export {{ emulated as my, createMy, install, emulated as default }};
"""
_DEFAULT = "\nexport default my;\n"


def is_address(url: str) -> bool:
    """Return whether a text is the address of a server: scheme, host, perhaps a port, no mark that ends a string."""
    return _HTTP(url) is not None


def render_files(address: str = "") -> dict[str, str]:
    """Return all FILES by name, set to the address of an emulator unless it is empty. Raises ValueError."""
    if address and not is_address(address):
        raise ValueError(f"{address!r} is no address such as http://127.0.0.1:8080")
    return {name: render_file(name, address) for name in FILES}


def render_file(name: str, address: str = "", error_type: str = "string") -> str:
    """Return one of FILES, with the address of the emulator that serves it and the type of its error codes written in.

    A text that is not an address is left out.
    """
    if ".d." in name:
        return _TYPES.read_text(encoding="utf-8") + (_DEFAULT if name == "my.d.mts" else "")
    source = _SOURCE.read_text(encoding="utf-8")
    if is_address(address):
        source = source.replace(_NO_ADDRESS, f"var SERVED_BY = {json.dumps(address)};", 1)
    if error_type == "number":
        source = source.replace(_STRING_CODES, "var ERROR_TYPE = 'number';", 1)
    return _MODULE.format(source=source) if name == "my.mjs" else source
