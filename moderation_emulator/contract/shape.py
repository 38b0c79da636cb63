"""The shape of a contract: what a provider brings so that this suite can call it.

`CONTRACT` stands in the module `contract` of the provider's package; those of the emulator's own providers lie beside
their tests. `Sample` is a call of one operation, `Contract` all of one provider.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import requests

from emulator.error_types import ErrorRow
from emulator.types import WireRequest
from moderation_emulator.contract.running_server import RunningServer

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

    samples: Valid calls of operations, by their names. Of one that is not here, the call is made of the first of the
        `examples` in its request schema, in which each WORD stands for a word given.
    request: Makes the call of an operation with any parameters, also broken ones, such that the gate lets it in.
    refusal: Reads code and message of a refused call, in whatever dialect.
    unknown: For each path prefix a call of an operation that is not there. Its code is empty where the answer is a
        plain 404.
    refused: A call for each way to be refused at the gate.
    unlisted: An error that is in no table of the provider, as a rule writes it out for any operation. None where rules
        may name only those of the table.
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
    unlisted: Mapping[str, Any] | None = None
    failed: Callable[[ErrorRow], CodeAndMessage] = lambda row: (row.code, row.message)
    headers: Sequence[tuple[str, str]] = ()
    account: Mapping[str, Any] | None = None
    secrets: Sequence[str] = ()
