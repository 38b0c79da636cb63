"""What each step of the path returns, and the next one takes."""

from collections.abc import Sequence

from emulator.error_types import Refusal
from emulator.operation import Operation
from emulator.provider import Provider
from emulator.rules.decision import Decisions
from emulator.state.accounts import Account
from emulator.state.store import Change
from emulator.types import Call, WireRequest, WireResponse


class Received:
    """A request that was read and let in, or the failure that stopped it.

    request: The request as it came.
    provider: The provider that answers it.
    stage: Where it stopped: wire, gate or schema; `rule` when it was let in.
    request_id: The id that the answer carries.
    call: What was read; None when the wire failed.
    account: Who calls, or whom a call names that was refused.
    operation: What is called; None unless it was let in.
    failure: The refusal or the unhandled exception that stopped it.
    is_large: Whether it is so large that it is decided in a thread.
    """

    __slots__ = ("account", "call", "failure", "is_large", "operation", "provider", "request", "request_id", "stage")

    def __init__(  # noqa: PLR0913, PLR0917 - a record
        self,
        request: WireRequest,
        provider: Provider,
        stage: str,
        request_id: str,
        call: Call | None = None,
        account: Account | None = None,
        operation: Operation | None = None,
        failure: Exception | None = None,
        is_large: bool = False,
    ) -> None:
        self.request = request
        self.provider = provider
        self.stage = stage
        self.request_id = request_id
        self.call = call
        self.account = account
        self.operation = operation
        self.failure = failure
        self.is_large = is_large


class Decided:
    """The decisions about a call that was let in, or the failure to make them; neither for any other call."""

    __slots__ = ("decisions", "failure")

    def __init__(self, decisions: Decisions | None = None, failure: Exception | None = None) -> None:
        self.decisions = decisions
        self.failure = failure


class Performed:
    """The answer to a request, the id that it carries, the refusal that it is, if it is one, and what lasts."""

    __slots__ = ("changes", "refusal", "request_id", "response")

    def __init__(
        self,
        response: WireResponse,
        request_id: str,
        refusal: Refusal | None = None,
        changes: Sequence[Change] = (),
    ) -> None:
        self.response = response
        self.request_id = request_id
        self.refusal = refusal
        self.changes = changes
