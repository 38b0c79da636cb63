"""RSA keys in settings and accounts: written as text, or named by the path of their file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emulator.signatures import rsa2
from emulator.types import Problem, Problems

SECTION = "alipay"  # holds the keys in the settings, and in an account

_PARSERS = {"gateway_private_key": rsa2.derive_public_key, "app_public_key": rsa2.to_pem}


def read_key_files(form: Mapping[str, Any], folder: Path) -> None:
    """Replace each key in `form` that is the path of a file, relative to `folder`, by the content of the file."""
    for section in (form, *form.get("accounts", ())):
        keys = section.get(SECTION, {})
        keys.update({name: read_if_file(folder / keys[name], keys[name]) for name in _PARSERS if keys.get(name)})


def check_keys(form: Mapping[str, Any]) -> None:
    """Raise Problems unless all keys of the settings and of their accounts are valid RSA keys."""
    if found := [*find_key_problems(form, "$"), *_find_account_problems(form)]:
        raise Problems(found)


def find_key_problems(form: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Yield what is wrong with the keys of settings, or of one account, which stands at `path`."""
    section = form.get(SECTION, {})
    for name, parse in _PARSERS.items():
        try:
            if section.get(name):
                parse(section[name])
        except ValueError as error:
            expected = "an RSA key as PEM or base64, or the path of a file with one"
            yield Problem(f"{path}.{SECTION}.{name}", expected, str(error))


def _find_account_problems(form: Mapping[str, Any]) -> Iterator[Problem]:
    for number, account in enumerate(form["accounts"]):
        yield from find_key_problems(account, f"$.accounts[{number}]")


def read_if_file(file: Path, text: str) -> str:
    """Return the content of `file` where it is a file of ASCII text; else `text`."""
    try:
        return file.read_text(encoding="ascii") if file.is_file() else text  # not a pipe: reading one may never end
    except (OSError, ValueError):
        return text
