"""What a provider brings so that this suite can call it: CONTRACT in `tests/providers/<name>/contract.py`.

`Sample` is a call of one operation, `Contract` all of one provider. `find_missing` says in sentences what is not there
yet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import requests

from emulator.assets import FIXTURES, SCHEMAS
from emulator.discovery import find_providers
from emulator.error_types import ErrorRow
from emulator.plugins import iterate_packages
from emulator.provider import Provider
from emulator.types import WireRequest
from tests.running_server import RunningServer

Words = Sequence[str]
CodeAndMessage = tuple[Any, str]  # a code and its message
Refused = tuple[
    str, str, Callable[[RunningServer], object]
]  # part of what the journal says of a call, its code, how to make it


@dataclass(frozen=True)
class Sample:
    """A valid call of one operation.

    params: Makes its parameters as the request schema sees them: one picture or text for each word given, with the word
        in it, and a value wherever the schema sets a limit.
    wordless: The call carries neither picture nor text, so that no magic word in it decides anything.
    flat: Its parameters are texts, as in a query or an upload, and no JSON.
    items: Reads code and message of each item of an answer. None where a call has one picture or text only.
    result: Asks for the result of pictures or texts that were only accepted. None where the answer has the result.
    during: Holds while it is called, such as an address for events.
    """

    params: Callable[[Words], Any]
    wordless: bool = False
    flat: bool = False
    items: Callable[[requests.Response], list[CodeAndMessage]] | None = None
    result: Callable[[RunningServer, requests.Response], requests.Response] | None = None
    during: Callable[[RunningServer], AbstractContextManager[object]] = lambda _live: nullcontext()


@dataclass(frozen=True)
class Contract:
    """What the suite must know of one provider.

    samples: A valid call of each operation, by its name.
    request: Makes the call of an operation with any parameters, also broken ones, such that the gate lets it in.
    refusal: Reads code and message of a refused call, in whatever dialect.
    unknown: For each path prefix a call of an operation that is not there. Its code is empty where the answer is a
        plain 404.
    refused: A call for each way to be refused at the gate.
    unlisted: An error that is in no table of the provider, as a rule writes it out for any operation.
    failed: Reads code and message of the one item of several that failed with an error row.
    headers: Headers that the provider reads; `%s` stands where a caller may write anything.
    account: Settings of one more account, for `refused`.
    secrets: What no explanation of a refusal may hold.
    """

    samples: Mapping[str, Sample]
    request: Callable[[str, Any], WireRequest]
    refusal: Callable[[requests.Response], CodeAndMessage]
    unknown: Mapping[str, Refused]
    refused: Sequence[Refused]
    unlisted: Mapping[str, Any]
    failed: Callable[[ErrorRow], CodeAndMessage] = lambda row: (row.code, row.message)
    headers: Sequence[tuple[str, str]] = ()
    account: Mapping[str, Any] | None = None
    secrets: Sequence[str] = ()


# Where each provider lies below `emulator/providers/`, and its tests below `tests/providers/`: `aliyun/green`.
HOMES = {
    home.replace("/", "_"): home
    for package in iterate_packages("emulator.providers", "operations")
    if (home := "/".join(package.split(".")[2:]))
}


def find_contract(provider: str) -> Contract | None:
    """Return what lies beside the tests of a provider."""
    module = f"tests.providers.{HOMES.get(provider, provider).replace('/', '.')}.contract"
    try:
        there = find_spec(module) is not None
    except ModuleNotFoundError:  # not even the folder
        there = False
    return import_module(module).CONTRACT if there else None


def find_missing(
    provider: Provider, contract: Contract | None, schemas: Path = SCHEMAS, fixtures: Path = FIXTURES
) -> Iterator[str]:
    """Say what a provider lacks, in one sentence each: what to write, and where."""
    file = f"tests/providers/{HOMES.get(provider.name, provider.name)}/contract.py"
    if contract is None:
        yield f"Nothing says how to call {provider.name}: write {file} with a CONTRACT, as tests/contract/kit.py tells."
    else:
        yield from _find_missing_samples(provider, contract, file)
    for operation in provider.operations:
        yield from _find_missing_schemas(provider.name, operation, schemas)
    if not any((fixtures / provider.name).glob("*.yaml")):
        yield f"{provider.name} has no rule that shows it: write one in fixtures/{provider.name}/."


def _find_missing_samples(provider: Provider, contract: Contract, file: str) -> Iterator[str]:
    for operation in provider.operations:
        if operation not in contract.samples:
            yield f"Nothing says how to call {operation}: write a Sample of it in `samples` of {file}."
    for operation in contract.samples.keys() - provider.operations.keys():
        yield f"{provider.name} has no operation {operation}: take its Sample out of {file}."
    for path_prefix in provider.wire.path_prefixes:
        if path_prefix not in contract.unknown:
            yield f"Nobody asks for an unknown operation at /{path_prefix}: write such a call in `unknown` of {file}."


def _find_missing_schemas(provider: str, operation: str, schemas: Path) -> Iterator[str]:
    """Yield the schemas that an operation lacks."""
    for side, content in (("request", "its parameters"), ("response", "its answer")):
        name = f"{provider}/{operation.replace('/', '_')}.{side}.json"
        if not (schemas / name).is_file():
            yield f"{operation} has no schema of {content}: write schemas/{name}."


PROVIDERS = find_providers()
CONTRACTS = {name: contract for name in PROVIDERS if (contract := find_contract(name)) is not None}

# One test reports what is missing; no other fails because of it.
OPERATIONS = [
    (name, operation)
    for name, contract in CONTRACTS.items()
    for operation in PROVIDERS[name].operations
    if operation in contract.samples and not any(_find_missing_schemas(name, operation, SCHEMAS))
]
PATH_PREFIXES = [
    (name, prefix)
    for name, contract in CONTRACTS.items()
    for prefix in PROVIDERS[name].wire.path_prefixes
    if prefix in contract.unknown
]


def get_sample(provider: str, operation: str) -> Sample:
    return CONTRACTS[provider].samples[operation]


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
