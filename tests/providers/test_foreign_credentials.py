"""Applications with keys and appids of their own: by a quirk they call as the default account."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green import builders as green
from tests.providers.aliyun.imageaudit import builders as imageaudit
from tests.providers.wechat import builders as wechat
from tests.providers.wechat.cloud import builders as cloud

FOREIGN = {"key": "LTAIofSomebody", "secret": "known-to-nobody-here"}
TOKEN = "a-token-of-sts"


@pytest.fixture
def lenient(start: Callable[..., RunningServer]) -> RunningServer:
    return start({"quirks": {"aliyun.any_key": True, "wechat.any_app": True}})


def call_imageaudit(form: str, **options: Any) -> Callable[[RunningServer], Any]:
    return lambda live: imageaudit.call(live, form, **{**FOREIGN, **options}).json()


def call_green(scheme: str, **options: Any) -> Callable[[RunningServer], Any]:
    return lambda live: green.call(live, "text/scan", scheme=scheme, **{**FOREIGN, **options}).json()


SIGNED = {
    **{f"imageaudit {form}": call_imageaudit(form) for form in "ABCDE"},
    **{f"green {scheme}": call_green(scheme) for scheme in ("roa", "acs3")},
}
BY_STS = {
    "imageaudit C": call_imageaudit("C", common={"SecurityToken": TOKEN}),
    "imageaudit E": call_imageaudit("E", headers={"x-acs-security-token": TOKEN}),
    "green roa": call_green("roa", headers={"x-acs-security-token": TOKEN}),
}


@pytest.mark.parametrize(
    "call", [*SIGNED.values(), *BY_STS.values()], ids=[*SIGNED, *(f"{name} STS" for name in BY_STS)]
)
def test_a_foreign_key_calls_as_the_default_account(
    lenient: RunningServer, call: Callable[[RunningServer], Any]
) -> None:
    answer = call(lenient)
    assert "Data" in answer or answer["code"] == 200
    entry = lenient.list_entries()[0]
    assert (entry.account, entry.outcome) == (lenient.state.accounts.default.id, "pass")
    (warning,) = entry.warnings
    assert warning.startswith(
        'the AccessKeyId "LTAIofSomebody" is that of no account: by aliyun.any_key it calls as default'
    )
    assert FOREIGN["secret"] not in warning


@pytest.mark.parametrize("call", SIGNED.values(), ids=SIGNED)
def test_without_the_quirk_the_refusal_names_it(live: RunningServer, call: Callable[[RunningServer], Any]) -> None:
    assert call(live)["Code"] == "InvalidAccessKeyId.NotFound"
    assert live.list_entries()[0].detail.endswith("known are testId, and with the quirk aliyun.any_key any is good.")


def test_everything_else_is_checked_all_the_same(lenient: RunningServer) -> None:
    """A known key is verified; a foreign one has a fresh timestamp, a nonce of its own, and a signature of any kind."""
    assert imageaudit.call(lenient, "C", secret="wrong").json()["Code"] == "SignatureDoesNotMatch"
    for common, code in (
        ({"Timestamp": "2019-10-12T08:18:18Z"}, "InvalidTimeStamp.Expired"),
        ({"Signature": ""}, "MissingSignature"),
        ({"Version": "2020"}, "InvalidVersion"),
    ):
        answer = imageaudit.call(lenient, "C", "ScanImage", imageaudit.IMAGE, common=common, **FOREIGN)
        assert answer.json()["Code"] == code
    once = call_imageaudit("C", common={"SignatureNonce": "once"})
    assert "Data" in once(lenient)
    assert once(lenient)["Code"] == "SignatureNonceUsed"


def test_a_key_without_a_name_is_none(lenient: RunningServer) -> None:
    assert imageaudit.call(lenient, "C", common={"AccessKeyId": ""}).json()["Code"] == "MissingAccessKeyId"


# -- WeChat


def fetch_tokens(live: RunningServer) -> Iterator[Any]:
    for fetch in (wechat.fetch_token, wechat.fetch_stable_token):
        yield fetch(live, appid="wxofsomebody", secret="known-to-nobody-here").json()


def test_a_foreign_appid_gets_a_token_that_works(lenient: RunningServer) -> None:
    for answer in fetch_tokens(lenient):
        (entry, *_rest) = lenient.list_entries()
        assert (entry.account, entry.outcome) == (lenient.state.accounts.default.id, "pass")
        told = 'the appid "wxofsomebody" is that of no account: by wechat.any_app it calls as default'
        assert entry.warnings == (f"{told}, and its secret is not checked",)
        assert wechat.read_code(wechat.upload(lenient, access_token=answer["access_token"])) == 0


def test_a_cloud_call_of_a_foreign_appid_is_taken(lenient: RunningServer) -> None:
    data = cloud.encode_data(cloud.encode_pair("media", wechat.PNG, "media.png"), appid="wxofsomebody")
    found = cloud.parse_answer(cloud.post(lenient, cloud.encode_form(data)))
    assert (found.gateway, found.platform) == ("", 0)
    assert lenient.list_entries()[0].account == lenient.state.accounts.default.id


def test_without_the_quirk_the_refusal_of_an_appid_names_it(live: RunningServer) -> None:
    for answer in fetch_tokens(live):
        assert answer["errcode"] == 40013
        assert live.list_entries()[0].detail.endswith(
            f"known are {wechat.APPID}, and with the quirk wechat.any_app any is good."
        )


def test_what_a_known_appid_needs_it_needs_still(lenient: RunningServer) -> None:
    assert wechat.fetch_token(lenient, secret="wrong").json()["errcode"] == 40125
    assert wechat.fetch_token(lenient, appid="wxofsomebody", secret="").json()["errcode"] == 41004
    assert wechat.fetch_token(lenient, appid="").json()["errcode"] == 41002
    assert wechat.read_code(wechat.upload(lenient, access_token="of-somebody")) == 40001
