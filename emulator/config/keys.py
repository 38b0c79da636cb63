"""RSA keys in settings and accounts: written as text, or named by the path of their file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emulator.config.provided import ParseKey, ProvidedSettings
from emulator.types import Problem, Problems

Parsers = Mapping[str, Mapping[str, ParseKey]]  # by the name of a section, and the key in it


def read_key_files(form: Mapping[str, Any], folder: Path, provided: ProvidedSettings) -> None:
    """Replace each RSA key in settings that is the path of a file, relative to `folder`, by the content of the file."""
    accounts = ((account, provided.credentials) for account in form.get("accounts", ()))
    for whole, parsers in ((form, _list_parsers(provided)), *accounts):
        for name, of_section in parsers.items():
            keys = whole.get(name, {})
            keys.update({key: read_if_file(folder / keys[key], keys[key]) for key in of_section if keys.get(key)})


def check_keys(form: Mapping[str, Any], provided: ProvidedSettings) -> None:
    """Raise Problems unless all keys of the settings and of their accounts are valid RSA keys."""
    found = [*find_key_problems(form, "$", _list_parsers(provided))]
    for number, account in enumerate(form["accounts"]):
        found += find_key_problems(account, f"$.accounts[{number}]", provided.credentials)
    if found:
        raise Problems(found)


def find_key_problems(form: Mapping[str, Any], path: str, parsers: Parsers) -> Iterator[Problem]:
    """Yield what is wrong with the keys of settings, or of one account, which stands at `path`."""
    for name, of_section in parsers.items():
        section = form.get(name, {})
        for key, parse in of_section.items():
            try:
                if section.get(key):
                    parse(section[key])
            except ValueError as error:
                expected = "an RSA key as PEM or base64, or the path of a file with one"
                yield Problem(f"{path}.{name}.{key}", expected, str(error))


def read_if_file(file: Path, text: str) -> str:
    """Return the content of `file` where it is a file of ASCII text; else `text`."""
    try:
        return file.read_text(encoding="ascii") if file.is_file() else text  # not a pipe: reading one may never end
    except (OSError, ValueError):
        return text


def _list_parsers(provided: ProvidedSettings) -> Parsers:
    return {name: section.rsa_keys for name, section in provided.sections.items()}
