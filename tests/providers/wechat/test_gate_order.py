"""The order of the gate's checks, in each dialect: of two flaws, the earlier check of gate.CHECKS refuses."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from emulator.providers.wechat import credentials, gate, quotas, tokens
from emulator.state.accounts import Account
from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import CREDENTIAL
from tests.providers.wechat.cloud import builders as cloud


class Flaw(NamedTuple):
    """How a call breaks one check: what differs from a sound call, and the refusal it brings."""

    check: Callable[..., object] | None
    code: str
    changes: dict[str, Any]


UNKNOWN_APPID = Flaw(gate.require_appid, "40013", {"appid": "wxffffffffffffffff"})
CREDENTIALS = (
    Flaw(gate.require_appid, "41002", {"appid": None}),
    UNKNOWN_APPID,
    Flaw(gate.require_grant_type, "40002", {"grant_type": "password"}),
    Flaw(gate.require_secret, "41004", {"secret": None}),
    Flaw(gate.require_secret, "40125", {"secret": "wrong"}),
    Flaw(gate.require_allowed_address, "40164", {"ELSEWHERE": True}),
)
FLAWS = {
    "cgi-bin/token": (
        Flaw(gate.require_no_head, "43002", {"METHOD": "HEAD"}),
        Flaw(gate.require_content_length, "412", {"CHUNKED": True}),
        *CREDENTIALS,
        Flaw(gate.claim_room, "45009", {"SPENT": True}),
    ),
    "cgi-bin/stable_token": (
        Flaw(gate.require_content_length, "412", {"CHUNKED": True}),
        Flaw(gate.require_post, "43002", {"METHOD": "GET"}),
        Flaw(gate.require_body, "44002", {"BODY": b""}),
        Flaw(gate.require_json_body, "47001", {"BODY": b"no JSON"}),
        *CREDENTIALS,
        Flaw(gate.claim_room, "45011", {"SPENT": True}),
    ),
    "https": (
        Flaw(gate.require_path, "40066", {"PATH": "/wxa/nosuch"}),
        Flaw(gate.require_content_length, "412", {"CHUNKED": True}),
        Flaw(gate.require_token, "41001", {"access_token": None}),
        Flaw(gate.require_token, "40001", {"access_token": "garbage"}),
        Flaw(gate.require_token, "40001", {"TOKEN": "replaced"}),
        Flaw(gate.require_token, "42001", {"TOKEN": "old"}),
        Flaw(gate.require_post, "43002", {"METHOD": "GET"}),
        Flaw(gate.require_plain_body, "47001", {"SEALED": True}),
        Flaw(gate.require_body, "44002", {"BODY": b""}),
        Flaw(gate.claim_room, "45011", {"SPENT": True}),
        Flaw(None, "47001", {"BODY": b"no JSON"}),
    ),
    "cloud": (
        Flaw(gate.require_no_head, "-501007", {"METHOD": "HEAD"}),
        Flaw(gate.require_signature, "-501001", {"Authorization": None}),
        Flaw(gate.require_cloud_operation, "-604100", {"API": "security.nosuch"}),
        Flaw(gate.require_known_appid, "40013", UNKNOWN_APPID.changes),
        Flaw(gate.claim_room, "45011", {"SPENT": True}),
        Flaw(None, "41005", {"BODY": True}),
    ),
}
PAIRS = [(dialect, *pair) for dialect, flaws in FLAWS.items() for pair in combinations(flaws, 2)]
SINGLE = [(dialect, flaw) for dialect, flaws in FLAWS.items() for flaw in flaws]


@pytest.fixture(scope="module")
def app() -> Iterator[RunningServer]:
    """Run an emulator with one call a minute or day, that wants lengths, and whose time stands still."""
    limits = {"per_minute": 1, "text_per_minute": 1, "token_per_day": 1, "stable_token_per_minute": 1}
    with RunningServer({"quirks": {"wechat.chunked": "refused"}, "limits": {"wechat": limits}}) as live:
        assert live.control("POST", "clock", {"freeze": True}).status_code == 200
        yield live


async def _prepare(live: RunningServer, operation: str, changes: dict[str, Any]) -> str:
    """Bring the account into the state that the flaws want; return a token of it."""
    account: Account = live.state.accounts.default
    account.clock.advance(86_400)
    ip_allow = ("192.0.2.1",) if "ELSEWHERE" in changes else ()
    account.credentials[credentials.CREDENTIALS.name] = replace(account.of(credentials.CREDENTIALS), ip_allow=ip_allow)
    token, changed = tokens.mint(account, live.state, "token")
    await live.state.store.commit(account, changed)
    if changes.get("TOKEN") == "replaced":
        await live.state.store.commit(account, tokens.replace(account, token, grace=0))
    elif changes.get("TOKEN") == "old":
        account.clock.advance(7200)
    if "SPENT" in changes:
        await live.state.store.claim(account, quotas.claim_count(account, operation))
    return token


def override(known: dict[str, Any], changes: dict[str, Any]) -> dict[str, str]:
    """Return some parameters or headers with what flaws put in their place."""
    given = {**known, **{name: value for name, value in changes.items() if name in known}}
    return {name: value for name, value in given.items() if value is not None}


def build_https_call(live: RunningServer, changes: dict[str, Any]) -> bytes:
    known = {"access_token": live.run(_prepare(live, "security.msgSecCheck", changes))}
    target = f"{changes.get('PATH', '/wxa/msg_sec_check')}?{urlencode(override(known, changes))}"
    return encode_call(changes, changes.get("METHOD", "POST"), target, changes.get("BODY", b'{"content":"x"}'))


def encode_call(changes: dict[str, Any], method: str, target: str, body: bytes = b"") -> bytes:
    """Return a request, its body in chunks or under a signature of WeChat's where the flaws want it."""
    sealed: dict[str, Any] = {"Wechatmp_Signature": "x"} if "SEALED" in changes else {}
    if "CHUNKED" in changes:
        chunks = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
        return encode_request(method, target, Transfer_Encoding="chunked", **sealed) + chunks
    return encode_request(method, target, body, **sealed)


def build_token_call(live: RunningServer, changes: dict[str, Any]) -> bytes:
    live.run(_prepare(live, "cgi-bin/token", changes))
    return encode_call(
        changes, changes.get("METHOD", "GET"), f"/cgi-bin/token?{urlencode(override(CREDENTIAL, changes))}"
    )


def build_stable_token_call(live: RunningServer, changes: dict[str, Any]) -> bytes:
    live.run(_prepare(live, "cgi-bin/stable_token", changes))
    body = changes.get("BODY", json.dumps(override(CREDENTIAL, changes)).encode())
    return encode_call(changes, changes.get("METHOD", "POST"), "/cgi-bin/stable_token", body)


def build_cloud_call(live: RunningServer, changes: dict[str, Any]) -> bytes:
    live.run(_prepare(live, "security.imgSecCheck", changes))
    pairs = () if "BODY" in changes else (cloud.encode_pair("media", cloud.PNG, "a.png"),)
    data = cloud.encode_data(*pairs, appid=changes.get("appid", CREDENTIAL["appid"]))
    headers = {"Content_Type": f"multipart/form-data; boundary={cloud.BOUNDARY}"}
    headers |= override({"Authorization": cloud.TC3}, changes)
    body = cloud.encode_form(data, changes.get("API", "security.imgSecCheck"))
    return encode_request(changes.get("METHOD", "POST"), "/admin?env=local&seqId=1", body, **headers)


BUILDERS = {
    "cgi-bin/token": build_token_call,
    "cgi-bin/stable_token": build_stable_token_call,
    "https": build_https_call,
    "cloud": build_cloud_call,
}


def send(live: RunningServer, dialect: str, changes: dict[str, Any]) -> str | None:
    """Send a call with these flaws; return the code of its refusal as the journal has it, for a HEAD gets no body."""
    ask(live, BUILDERS[dialect](live, changes), head=changes.get("METHOD") == "HEAD")
    return live.list_entries()[0].code


@pytest.mark.parametrize("dialect", FLAWS)
def test_every_check_has_a_flaw(dialect: str) -> None:
    assert tuple(dict.fromkeys(flaw.check for flaw in FLAWS[dialect] if flaw.check)) == gate.CHECKS[dialect]


def test_every_dialect_is_known() -> None:
    assert FLAWS.keys() == BUILDERS.keys() == gate.CHECKS.keys()


@pytest.mark.parametrize("dialect", FLAWS)
def test_a_sound_call(app: RunningServer, dialect: str) -> None:
    assert send(app, dialect, {}) is None


@pytest.mark.parametrize(("dialect", "flaw"), SINGLE, ids=lambda each: each if isinstance(each, str) else each.code)
def test_one_flaw_is_refused_with_its_code(app: RunningServer, dialect: str, flaw: Flaw) -> None:
    assert send(app, dialect, flaw.changes) == flaw.code


@pytest.mark.parametrize(
    ("dialect", "first", "second"), PAIRS, ids=lambda each: each if isinstance(each, str) else each.code
)
def test_of_two_flaws_the_earlier_check_refuses(app: RunningServer, dialect: str, first: Flaw, second: Flaw) -> None:
    assert send(app, dialect, {**second.changes, **first.changes}) == first.code
