"""wechatpy 1.8.18 unmodified, its three hard-wired addresses pointed here by a subclass."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from wechatpy import WeChatClient
from wechatpy.client.api import WeChatWxa
from wechatpy.exceptions import APILimitedException, WeChatClientException

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import APPID, PNG, SECRET

pytestmark = pytest.mark.client("wechatpy")


def make_local_client(url: str) -> type[WeChatClient]:
    """Return the client for an emulator at `url`: the recipe that users copy."""

    class LocalWxa(WeChatWxa):  # type: ignore[misc]
        API_BASE_URL = f"{url}/"

    class LocalClient(WeChatClient):  # type: ignore[misc]
        API_BASE_URL = f"{url}/cgi-bin/"
        wxa = LocalWxa()

        def fetch_access_token(self) -> Any:
            params = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            return self._fetch_access_token(f"{url}/cgi-bin/token", params)

    return LocalClient


@pytest.fixture
def client(live: RunningServer) -> Any:
    return make_local_client(live.url)(APPID, SECRET)


def list_called(live: RunningServer) -> list[str | None]:
    """Return the operations called, in their order."""
    return [entry.operation for entry in reversed(live.list_entries())]


def get_refusal(client: Any, media: Any, kind: type[Exception] = WeChatClientException) -> Any:
    with pytest.raises(kind) as failure:
        client.wxa.check_image_security(media)
    return failure.value


@pytest.mark.parametrize("media", [PNG, io.BytesIO(PNG), ("a.png", PNG, "image/png")])
def test_a_clean_picture(live: RunningServer, client: Any, media: Any) -> None:
    assert client.wxa.check_image_security(media) == {"errcode": 0, "errmsg": "ok", "errMsg": "ok"}
    client.wxa.check_image_security(PNG)
    assert list_called(live) == ["cgi-bin/token", "security.imgSecCheck", "security.imgSecCheck"]


def test_bytes_are_named_media(live: RunningServer, client: Any) -> None:
    client.wxa.check_image_security(PNG)
    assert live.list_entries()[0].items[0][2]["filename"] == "media"


def test_a_chinese_name_is_not_read(start: Callable[..., RunningServer], live: RunningServer, client: Any) -> None:
    """It goes as raw UTF-8, in which callers got 41005; `lenient` of wechat.parser reads it."""
    assert get_refusal(client, ("图片.png", PNG)).errcode == 41005
    own = start({"quirks": {"wechat.parser": "lenient"}})
    make_local_client(own.url)(APPID, SECRET).wxa.check_image_security(("图片.png", PNG))
    assert own.list_entries()[0].items[0][2]["filename"] == "图片.png"


def test_a_risky_picture(live: RunningServer, client: Any) -> None:
    failure = get_refusal(client, PNG + b"emu-block")
    assert failure.errcode == 87014
    assert failure.errmsg == f"risky content rid: {live.list_entries()[0].request_id}"


@pytest.mark.parametrize(
    ("media", "code"), [(None, 41005), (b"", 41005), (b"text", 40004), (PNG + bytes(1 << 20), 40006)]
)
def test_refusals_are_raised(client: Any, media: Any, code: int) -> None:
    assert get_refusal(client, media).errcode == code


def test_an_exhausted_quota_is_raised_as_api_limit(client: Any, live: RunningServer) -> None:
    live.push_rule({"operation": "security.imgSecCheck"}, error=45009, times=1)
    assert get_refusal(client, PNG, APILimitedException).errcode == 45009
    assert client.wxa.check_image_security(PNG)["errcode"] == 0


def test_wrong_credentials_are_raised(live: RunningServer) -> None:
    assert get_refusal(make_local_client(live.url)(APPID, "wrong"), PNG).errcode == 40125
    assert get_refusal(make_local_client(live.url)("wx0", SECRET), PNG).errcode == 40013


def test_an_expired_token_is_fetched_anew(live: RunningServer, client: Any) -> None:
    client.wxa.check_image_security(PNG)
    live.control("POST", "clock", {"advance": 7200})
    assert client.wxa.check_image_security(PNG)["errcode"] == 0
    assert [entry.code for entry in reversed(live.list_entries())] == [None, None, "42001", None, None]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_refused_once_is_fetched_anew(live: RunningServer, client: Any, code: int) -> None:
    live.push_rule({"operation": "security.imgSecCheck"}, error=code, times=2)
    assert client.wxa.check_image_security(PNG)["errcode"] == 0
    assert list_called(live).count("cgi-bin/token") == 3


def test_an_expired_token_loses_the_file_of_the_retry(live: RunningServer, client: Any, tmp_path: Path) -> None:
    """A trap of the client: it sends the file again without rewinding, so an expired token surfaces as 41005."""
    client.wxa.check_image_security(PNG)
    live.control("POST", "clock", {"advance": 7200})
    (tmp_path / "a.png").write_bytes(PNG)
    with (tmp_path / "a.png").open("rb") as file:
        assert get_refusal(client, file).errcode == 41005
    assert [entry.code for entry in reversed(live.list_entries())] == [None, None, "42001", None, "41005"]


def test_a_token_given_to_the_client(live: RunningServer) -> None:
    client = make_local_client(live.url)(APPID, SECRET, access_token="ACCESS_TOKEN")
    assert client.wxa.check_image_security(PNG)["errcode"] == 0
    assert list_called(live) == ["security.imgSecCheck"]
