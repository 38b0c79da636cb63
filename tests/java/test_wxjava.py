"""WxJava's service of mini programs, its host set: tokens, checks, and the event as its receiver reads it."""

from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.java.jvm import Call
from tests.providers.wechat.builders import APPID, PNG, SECRET, pushing
from tests.receiver import Receiver

CLIENT = "com.github.binarywang:weixin-java-miniapp"
TOKEN = "a-token"

pytestmark = pytest.mark.client(CLIENT)


@pytest.fixture
def ask(live: RunningServer, call: Call, request: pytest.FixtureRequest) -> Call:
    """Return a function that calls with a service of the test's own, for it keeps its token."""
    session = request.node.name
    return partial(call, CLIENT, url=live.url, appid=APPID, secret=SECRET, session=session)


def list_called(live: RunningServer) -> list[str | None]:
    """Return the operations called, in their order."""
    return [entry.operation for entry in reversed(live.list_entries())]


def test_clean_ones(live: RunningServer, ask: Call, tmp_path: Path) -> None:
    (tmp_path / "plain.png").write_bytes(PNG)
    assert ask("imgSecCheck", file=str(tmp_path / "plain.png")) is True
    assert ask("msgSecCheck", content="你好") is True
    assert ask("msgSecCheck 2", content="你好") == {"suggest": "pass", "label": "100"}
    assert list_called(live) == ["cgi-bin/token", "security.imgSecCheck", *["security.msgSecCheck"] * 2]


def test_risky_ones(ask: Call, tmp_path: Path) -> None:
    (tmp_path / "risky.png").write_bytes(PNG + b"emu-block")
    assert ask("imgSecCheck", file=str(tmp_path / "risky.png"))["code"] == 87014
    assert ask("msgSecCheck", content="emu-block")["code"] == 87014
    assert ask("msgSecCheck 2", content="emu-porn")["suggest"] == "risky"


def test_wrong_credentials(ask: Call) -> None:
    assert ask("msgSecCheck", content="a", secret="wrong")["code"] == 40125
    assert ask("msgSecCheck", content="a", appid="wx0")["code"] == 40013


@pytest.mark.parametrize("code", [45009, 45011, 87015])
def test_an_error_is_raised_once(live: RunningServer, ask: Call, code: int) -> None:
    live.push_rule({"operation": "security.msgSecCheck"}, error=code, times=1)
    assert ask("msgSecCheck", content="a")["code"] == code
    assert list_called(live).count("security.msgSecCheck") == 1, "the client tried again"
    assert ask("msgSecCheck", content="a") is True


def test_a_token_is_kept_until_it_has_expired(live: RunningServer, ask: Call) -> None:
    first = ask("token")
    assert ask("token") == first
    assert live.control("POST", "clock", {"advance": 7200}, account="default").status_code == 200
    assert ask("msgSecCheck", content="a") is True
    assert [entry.code for entry in reversed(live.list_entries())] == [None, "42001", None, None]
    assert ask("token") != first


def test_a_stable_token(live: RunningServer, ask: Call) -> None:
    assert ask("token", stable=True) == ask("token", stable=True)
    assert ask("msgSecCheck", content="a", stable=True) is True
    assert list_called(live) == ["cgi-bin/stable_token", "security.msgSecCheck"]


@pytest.mark.parametrize(("version", "form"), [("", "xml"), ("", "json"), (" 2", "xml"), (" 2", "json")])
def test_an_event_from_submission_to_receiver(
    live: RunningServer, receiver: Receiver, ask: Call, version: str, form: str
) -> None:
    with pushing(live, receiver.url("200"), push_token=TOKEN, push_format=form):
        trace = ask(f"mediaCheckAsync{version}", picture="https://a.test/emu-porn.png", token=TOKEN)
        live.run(receiver.until(lambda: bool(receiver.got)))
    query = {name: value for name, (value,) in parse_qs(urlsplit(receiver.got[0].path).query).items()}
    body = receiver.got[0].body.decode()
    event = ask("event", token=TOKEN, query=query, body=body)
    verdict = "risky" if version else "1"
    assert event == {"genuine": True, "event": "wxa_media_check", "trace_id": trace, "verdict": verdict}
    assert not ask("event", token=TOKEN, query={**query, "nonce": "1"}, body=body)["genuine"]
