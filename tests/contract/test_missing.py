"""What a provider or an operation lacks is said in one sentence: what to write and where.

The contract suite says it, and so does the server, which does not start without the schemas.
"""

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from emulator import assets, building
from emulator.assets import FIXTURES, SCHEMAS
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.types import Problems
from moderation_emulator.contract.kit import CONTRACTS, PROVIDERS, find_contract, find_missing
from moderation_emulator.contract.shape import Contract, Sample

FIRST = next(iter(CONTRACTS))
PROVIDER, CONTRACT = PROVIDERS[FIRST], CONTRACTS[FIRST]
OPERATION, PREFIX = next(iter(PROVIDER.operations)), PROVIDER.wire.path_prefixes[0]


def test_every_provider_of_the_emulator_has_a_contract() -> None:
    assert set(CONTRACTS) == set(PROVIDERS) == set(find_providers())


def test_a_provider_without_the_file() -> None:
    assert find_contract("no_such_provider") is None
    (got,) = find_missing(PROVIDER, None)
    file = f"tests/providers/{FIRST}/contract.py"
    told = "as moderation_emulator.contract.shape tells."
    assert got == f"Nothing says how to call {FIRST}: write {file} with a CONTRACT, {told}"


def test_an_operation_that_nobody_calls() -> None:
    (got,) = find_missing(PROVIDER, omit_sample(OPERATION))
    file = f"tests/providers/{FIRST}/contract.py"
    example = f"`examples` of its request schema, or a Sample in `samples` of {file}"
    assert got == f"Nothing says how to call {OPERATION}: write {example}."


def test_a_sample_of_no_operation() -> None:
    more = replace(CONTRACT, samples={**CONTRACT.samples, "gone": Sample(list)})
    (got,) = find_missing(PROVIDER, more)
    assert got == f"{FIRST} has no operation gone: take its Sample out of tests/providers/{FIRST}/contract.py."


def test_a_path_prefix_without_an_unknown_operation() -> None:
    unknown = {prefix: case for prefix, case in CONTRACT.unknown.items() if prefix != PREFIX}
    (got,) = find_missing(PROVIDER, replace(CONTRACT, unknown=unknown))
    file = f"tests/providers/{FIRST}/contract.py"
    assert got == f"Nobody asks for an unknown operation at /{PREFIX}: write such a call in `unknown` of {file}."


@pytest.mark.parametrize(("side", "what"), [("request", "its parameters"), ("response", "its answer")])
def test_a_missing_schema_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str, what: str) -> None:
    name = f"{FIRST}/{OPERATION.replace('/', '_')}.{side}.json"
    copytree(SCHEMAS, tmp_path, dirs_exist_ok=True)
    (tmp_path / name).unlink()
    monkeypatch.setattr(assets, "SCHEMAS", tmp_path)
    (got,) = find_missing(PROVIDER, CONTRACT)
    assert got == f"{OPERATION} has no schema of {what}: write schemas/{name}."


def test_a_missing_fixture_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copytree(FIXTURES, tmp_path, dirs_exist_ok=True)
    for file in (tmp_path / FIRST).glob("*.yaml"):
        file.unlink()
    monkeypatch.setattr(assets, "FIXTURES", tmp_path)
    (got,) = find_missing(PROVIDER, CONTRACT)
    assert got == f"{FIRST} has no rule that shows it: write one in fixtures/{FIRST}/."


@pytest.mark.parametrize("side", ["request", "response"])
def test_the_server_does_not_start_without_a_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str) -> None:
    copytree(SCHEMAS, tmp_path, dirs_exist_ok=True)
    name = f"{FIRST}/{OPERATION.replace('/', '_')}.{side}.json"
    (tmp_path / name).unlink()
    monkeypatch.setattr(assets, "SCHEMAS", tmp_path)
    with pytest.raises(Problems) as raised:
        building.build(load_settings(None, {}, {}, collect_provided_settings(PROVIDERS.values())), PROVIDERS)
    assert str(raised.value) == f"schemas/{name}: $: expected a schema, got no such file in {tmp_path}"


def omit_sample(operation: str) -> Contract:
    """Return the first provider's contract without one sample."""
    return replace(CONTRACT, samples={name: each for name, each in CONTRACT.samples.items() if name != operation})
