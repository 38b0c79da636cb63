"""The order in which a mini-program call is checked: of two flaws, the earlier check refuses."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import QUERY, SUBMIT, TEXT, make_picture, make_task, make_text


class Flaw(NamedTuple):
    """What differs from a sound call, and the code that it brings in the image calls and in that for texts."""

    images: str
    texts: str
    changes: dict[str, Any]


FLAWS = (
    Flaw("param error", "2", {"METHOD": "PUT"}),
    Flaw("serviceNoAuth", "4", {"account": "nobody"}),
    Flaw("serviceNoAuth", "4", {"pid": "2088999999999999"}),
    Flaw("serviceNoAuth", "4", {"SIGNED_UP": False}),
    Flaw("OVER_LIMIT", "OVER_LIMIT", {"SPENT": True}),
    Flaw("param error", "2", {"BAD": True}),
)
SOUND = {SUBMIT: make_picture(), QUERY: make_task("2eee1a72-4f32-45d6-bfa3-0f7173cde80b"), TEXT: make_text("示例")}
PIDS = {True: "2088000000000001", False: "2088000000000002"}


@pytest.fixture(scope="module")
def app() -> Iterator[RunningServer]:
    """Run an emulator with an application that signed up and one that did not.

    It takes one call a second, and time stands still.
    """
    accounts = [
        {"name": f"signed-{signed}", "alipay": {"pid": pid, "signed_up": signed}} for signed, pid in PIDS.items()
    ]
    with RunningServer({"accounts": accounts, "limits": {"alipay": {"per_second": 1}}}) as live:
        assert live.control("POST", "clock", {"freeze": True}).status_code == 200
        yield live


async def _prepare(live: RunningServer, name: str, spent: bool) -> None:
    account = live.state.accounts.find(name)
    assert account is not None
    account.clock.advance(2)
    if spent:
        account.memory.increment("alipay/my", account.clock.now(), 1)


def send(live: RunningServer, name: str, changes: dict[str, Any]) -> str | None:
    """Return the code of the refusal of a call with these flaws, None for a success."""
    signed_up = changes.get("SIGNED_UP", True)
    live.run(_prepare(live, f"signed-{signed_up}", "SPENT" in changes))
    params = {**SOUND[name], "pid": changes.get("pid", PIDS[signed_up])}
    if "BAD" in changes:
        params |= {"type": 7, "content": []} if name == TEXT else {"bizContext": 7}
    query = {key: changes[key] for key in ("account",) if key in changes}
    method = changes.get("METHOD", "POST")
    answer = requests.request(method, f"{live.url}/alipay/{name}", params=query, json=params, timeout=10)
    return str(answer.json()["error"]) if answer.status_code >= 400 else None


def get_expected(name: str, flaw: Flaw) -> str:
    return flaw.texts if name == TEXT else flaw.images


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_call(app: RunningServer, name: str) -> None:
    assert send(app, name, {}) is None


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: "-".join(flaw.changes))
def test_one_flaw_is_refused_with_its_code(app: RunningServer, name: str, flaw: Flaw) -> None:
    assert send(app, name, flaw.changes) == get_expected(name, flaw)


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize(("first", "second"), list(combinations(FLAWS, 2)), ids=lambda flaw: "-".join(flaw.changes))
def test_of_two_flaws_the_earlier_check_refuses(app: RunningServer, name: str, first: Flaw, second: Flaw) -> None:
    assert send(app, name, {**second.changes, **first.changes}) == get_expected(name, first)
