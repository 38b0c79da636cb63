"""Everything of an operation lies where its name says: code, schemas, fixtures, test; and nothing lies about unused."""

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from emulator import building
from emulator.assets import FIXTURES, SCHEMAS
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.operation import Operation
from emulator.rules.parse import read_rules
from tests.providers.homes import HOMES

PROVIDERS = find_providers()
KINDS = {provider.credentials.name for provider in PROVIDERS.values()}
OF_A_VENDOR = {"credentials.json", "settings.json", "answers.json", "public_key.json"}
TESTS = Path(__file__).parents[1]


def import_part(provider: str, part: str = "") -> Any:
    return import_module(f"emulator.providers.{HOMES[provider].replace('/', '.')}{part}")


def find_folder(provider: str) -> Path:
    return Path(str(import_part(provider).__file__)).parent


def iterate_operation_files(provider: str) -> Iterator[tuple[str, Operation]]:
    """Yield each module of a provider's operations by its name, with what it defines."""
    for path in sorted((find_folder(provider) / "operations").glob("*.py")):
        if path.stem != "__init__":
            yield path.stem, import_part(provider, f".operations.{path.stem}").OPERATION


def to_snake_case(name: str) -> str:
    """Return the name of a file: `my.ap.imgRisk` is my_ap_img_risk, `image/asyncscan` image_asyncscan."""
    return re.sub(r"\W", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_is_named_as_its_folder(provider: str) -> None:
    assert PROVIDERS[provider] is import_part(provider).PROVIDER
    for part in ("wire", "gate", "errors"):
        name = f"emulator/providers/{HOMES[provider]}/{part}.py"
        assert (find_folder(provider) / f"{part}.py").is_file(), f"{provider} has no {part}: write {name}."


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_operation_is_named_as_its_file(provider: str) -> None:
    files = dict(iterate_operation_files(provider))
    assert {operation.name for operation in files.values()} == set(PROVIDERS[provider].operations)
    for stem, operation in files.items():
        assert PROVIDERS[provider].operations[operation.name] is operation
        assert f"_{to_snake_case(operation.name)}".endswith(f"_{stem}"), f"{operation.name} in {stem}.py"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_operation_has_a_test_named_as_its_file(provider: str) -> None:
    for stem, operation in iterate_operation_files(provider):
        name = f"tests/providers/{HOMES[provider]}/test_{stem}.py"
        assert (TESTS.parent / name).is_file(), f"{operation.name} has no test of its own: write {name}."


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_schema_belongs_to_an_operation(provider: str) -> None:
    names = [name.replace("/", "_") for name in PROVIDERS[provider].operations]
    known = {f"{name}.{side}.json" for name in names for side in ("request", "response")}
    assert {path.name for path in (SCHEMAS / provider).glob("*")} <= known | OF_A_VENDOR


def test_schemas_and_fixtures_belong_to_providers() -> None:
    assert {path.name for path in SCHEMAS.iterdir()} <= {*PROVIDERS, *KINDS, "emulator"}
    assert {path.name for path in FIXTURES.iterdir()} <= set(PROVIDERS)


@pytest.mark.parametrize("provider", [path.name for path in sorted(FIXTURES.iterdir())])
def test_every_name_in_fixtures_is_known(provider: str) -> None:
    app = building.build(load_settings(None, {}, {}, collect_provided_settings(PROVIDERS.values())), PROVIDERS)
    assert read_rules([FIXTURES / provider], app.rule_names, count(1))


def test_quirks_have_names_of_their_own_choices_and_a_source() -> None:
    quirks = {id(quirk): quirk for each in PROVIDERS.values() for quirk in each.quirks}.values()
    assert len({quirk.name for quirk in quirks}) == len(quirks)
    for quirk in quirks:
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", quirk.name)
        assert len(quirk.choices) > 1
        assert len(set(map(repr, quirk.choices))) == len(quirk.choices)
        assert quirk.default is quirk.choices[0]
        assert len(quirk.source) > 10


def test_no_two_providers_share_a_path_prefix() -> None:
    prefixes = [prefix for provider in PROVIDERS.values() for prefix in provider.wire.path_prefixes]
    assert prefixes
    assert len(set(prefixes)) == len(prefixes)
    assert "_emulator" not in prefixes
    assert "" in prefixes  # one provider has to answer bytes that are not HTTP
