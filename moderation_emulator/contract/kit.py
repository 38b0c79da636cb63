"""The providers that the suite holds to their contracts, and how it calls them.

`find_missing` says in sentences what is not there yet.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import requests

from emulator import assets
from emulator.discovery import find_modules, find_providers
from emulator.provider import Provider
from emulator.types import Problems
from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import Contract, Sample

_MODULES = find_modules()
_WORD = "WORD"


def locate_contract(provider: str) -> str:
    """Return the module of a provider's contract.

    Those of the emulator's own providers lie beside their tests, and are not installed.
    """
    package = _MODULES.get(provider, f"emulator.providers.{provider}")
    own = package.removeprefix("emulator.providers.")
    return f"{package}.contract" if own == package else f"tests.providers.{own}.contract"


def find_contract(provider: str) -> Contract | None:
    """Return the contract of a provider; None where there is none."""
    module = locate_contract(provider)
    try:
        there = find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package
        there = False
    return import_module(module).CONTRACT if there else None


def find_folder(provider: str) -> Path:
    """Return where the code of a provider lies, with what it shares with others of its vendor."""
    package = _MODULES[provider]
    parts = package.split(".")[:3] if package.startswith("emulator.providers.") else [package]
    return Path(str(import_module(".".join(parts)).__file__)).parent


def find_missing(provider: Provider, contract: Contract | None) -> Iterator[str]:
    """Say what a provider lacks, in one sentence each: what to write, and where."""
    file = f"{locate_contract(provider.name).replace('.', '/')}.py"
    if contract is None:
        told = "as moderation_emulator.contract.shape tells"
        yield f"Nothing says how to call {provider.name}: write {file} with a CONTRACT, {told}."
    else:
        yield from _find_missing_samples(provider, contract, file)
    for operation in provider.operations:
        yield from _find_missing_schemas(provider.name, operation)
    folders = assets.list_folders(assets.FIXTURES)
    if not any(file for folder in folders for file in (folder / provider.name).glob("*.yaml")):
        yield f"{provider.name} has no rule that shows it: write one in fixtures/{provider.name}/."


def _find_missing_samples(provider: Provider, contract: Contract, file: str) -> Iterator[str]:
    for operation in provider.operations:
        if _find_sample(provider.name, contract, operation) is None:
            example = f"`examples` of its request schema, or a Sample in `samples` of {file}"
            yield f"Nothing says how to call {operation}: write {example}."
    for operation in contract.samples.keys() - provider.operations.keys():
        yield f"{provider.name} has no operation {operation}: take its Sample out of {file}."
    for path_prefix in provider.wire.path_prefixes:
        if path_prefix not in contract.unknown:
            yield f"Nobody asks for an unknown operation at /{path_prefix}: write such a call in `unknown` of {file}."


def _find_missing_schemas(provider: str, operation: str) -> Iterator[str]:
    """Yield what to write for the schemas that an operation lacks."""
    for side, content in (("request", "its parameters"), ("response", "its answer")):
        try:
            find_schema(provider, operation, side)
        except Problems as problems:
            yield f"{operation} has no schema of {content}: write {problems.found[0].file}."


def _find_sample(provider: str, contract: Contract, operation: str) -> Sample | None:
    """Return the sample of an operation, else the one that its request schema makes; None without either."""
    if operation in contract.samples:
        return contract.samples[operation]
    try:
        schema = json.loads(find_schema(provider, operation, "request").read_text(encoding="utf-8"))
    except Problems:
        return None
    examples = [json.dumps(example) for example in schema.get("examples", ())]
    return _make_sample(examples[0]) if examples else None


def _make_sample(example: str) -> Sample:
    """Return the sample that the text of an example makes."""
    return Sample(lambda words: json.loads(example.replace(_WORD, words[0])), wordless=_WORD not in example)


def find_schema(provider: str, operation: str, side: str) -> Path:
    """Return the file of an operation's schema. Raises Problems where it is missing."""
    return assets.find_schema(f"{provider}/{operation.replace('/', '_')}.{side}")


_FOUND = find_providers()
CONTRACTS = {name: contract for name in _FOUND if (contract := find_contract(name)) is not None}
_FROM_OUTSIDE = {name for name, module in _MODULES.items() if not module.startswith("emulator.providers.")}

# Where the suite is installed, the contracts of the emulator's own providers are not there.
PROVIDERS = {name: provider for name, provider in _FOUND.items() if name in CONTRACTS.keys() | _FROM_OUTSIDE}

# One test reports what is missing; no other fails because of it.
_SAMPLES = {
    (name, operation): sample
    for name, contract in CONTRACTS.items()
    for operation in PROVIDERS[name].operations
    if (sample := _find_sample(name, contract, operation)) and not any(_find_missing_schemas(name, operation))
}
OPERATIONS = [*_SAMPLES]
PATH_PREFIXES = [
    (name, prefix)
    for name, contract in CONTRACTS.items()
    for prefix in PROVIDERS[name].wire.path_prefixes
    if prefix in contract.unknown
]


def get_sample(provider: str, operation: str) -> Sample:
    return _SAMPLES[provider, operation]


def send(live: RunningServer, provider: str, operation: str, params: Any) -> requests.Response:
    """Call an operation with these parameters."""
    call = CONTRACTS[provider].request(operation, params)
    with get_sample(provider, operation).during(live):
        return requests.request(
            call.method, f"{live.url}{call.target}", headers=dict(call.headers), data=call.body, timeout=10
        )


def send_words(live: RunningServer, provider: str, operation: str, *words: str) -> requests.Response:
    """Call an operation with pictures or texts that hold these words."""
    return send(live, provider, operation, get_sample(provider, operation).params(words))


def fetch_result(live: RunningServer, provider: str, operation: str, answer: requests.Response) -> requests.Response:
    """Return what says the result of the pictures and texts of a call: its answer, or what comes later."""
    ask = get_sample(provider, operation).result
    return answer if ask is None else ask(live, answer)
