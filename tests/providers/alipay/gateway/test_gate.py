"""Who the gateway lets in, and in which order it finds what is wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emulator.providers.alipay.credentials import CREDENTIALS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders

OK = {"content": "你好"}

# Each row is wrong where all below it are as well: so the order of the checks is the order of the table.
WRONG: list[tuple[dict[str, str | None], str, str]] = [
    ({"method": None}, "40001", "isv.missing-method"),
    ({"method": "alipay.trade.pay"}, "40002", "isv.invalid-method"),
    ({"app_id": None}, "40001", "isv.missing-app-id"),
    ({"app_id": "2021999999999999"}, "40002", "isv.invalid-app-id"),
    ({"app_cert_sn": "3bf49d3c9b3a4f14"}, "40002", "isv.missing-alipay-root-cert-sn"),
    ({"sign": None}, "40001", "isv.missing-signature"),
    ({"sign_type": None}, "40001", "isv.missing-signature-type"),
    ({"sign_type": "HMAC_SHA1"}, "40002", "isv.invalid-signature-type"),
    ({"sign": "AAAA"}, "40002", "isv.invalid-signature"),
    ({"timestamp": None}, "40001", "isv.missing-timestamp"),
    ({"timestamp": "2026-01-05T16:00:00Z"}, "40002", "isv.invalid-timestamp"),
    ({"version": None}, "40001", "isv.missing-version"),
    ({"charset": "latin-1"}, "40002", "isv.invalid-charset"),
    ({"format": "XML"}, "40002", "isv.invalid-format"),
    ({"encrypt_type": "AES"}, "40003", "isv.decryption-error-unknown"),
    ({"biz_content": "{"}, "40002", "isv.illegal-json"),
    ({"biz_content": "{}"}, "40004", "INVALID_PARAMETER"),
]
CODES = [code for _given, _family, code in WRONG]


def send(live: RunningServer, given: dict[str, str | None]) -> dict[str, Any]:
    """Return the answer to a call with these parameters, signed unless its signature is among them."""
    whole = builders.make_common(builders.DETECT, OK)
    changed = {name: value for name, value in {**whole, **given}.items() if value is not None and name != "sign"}
    params = (
        builders.sign_params(changed)
        if "sign" not in given
        else {**changed, **({"sign": given["sign"]} if given["sign"] else {})}
    )
    return builders.parse_inner(builders.send(live, params))


@pytest.mark.parametrize(("given", "family", "code"), WRONG, ids=CODES)
def test_one_thing_wrong(live: RunningServer, given: dict[str, str | None], family: str, code: str) -> None:
    builders.register(live)
    answer = send(live, given)
    assert (answer["code"], answer["sub_code"]) == (family, code)
    assert answer.keys() == {"code", "msg", "sub_code", "sub_msg"}
    assert live.list_entries()[0].code == code


@pytest.mark.parametrize("first", range(len(WRONG)), ids=CODES)
def test_of_several_the_first_is_reported(live: RunningServer, first: int) -> None:
    builders.register(live)
    given: dict[str, str | None] = {}
    for wrong, _family, _code in reversed(WRONG[first:]):
        given.update(wrong)
    assert send(live, given)["sub_code"] == CODES[first]


def test_permission_then_quota(start: Callable[..., RunningServer]) -> None:
    limited = start(
        {
            "limits": {"alipay": {"per_second": 1}},
            "accounts": [{"name": "b", "alipay": {"app_id": "2021b", "signed_up": False}}],
        }
    )
    limited.control("POST", "clock", {"freeze": True})
    for _ in range(2):  # of which the second would be one too many
        assert (
            builders.call_inner(limited, builders.DETECT, OK, app_id="2021b")["sub_code"]
            == "isv.insufficient-isv-permissions"
        )
        cause = 'The account "b" has no feature package: it has alipay.signed_up false.'
        assert limited.list_entries()[0].detail == cause
    assert builders.call_inner(limited, builders.DETECT, OK)["code"] == "10000"
    assert (
        builders.call_inner(limited, builders.SYNC, builders.make_content(builders.SYNC, "x"))["sub_code"]
        == "isv.app-call-limited"
    )
    limited.control("POST", "clock", {"advance": 1})
    assert builders.call_inner(limited, builders.DETECT, OK)["code"] == "10000"


@pytest.mark.parametrize(
    ("stamp", "good"),
    [
        ("2026-01-05 16:00:00", True),
        ("1970-01-01 00:00:00", True),
        ("2026-12-31 23:59:59", True),
        ("2026-13-01 00:00:00", False),
        ("2026-01-32 00:00:00", False),
        ("2026-01-05 24:00:00", False),
        ("2026-1-5 16:00:00", False),
        ("２０２６-01-05 16:00:00", False),
        ("2026-01-05 16:00:00\n", False),
        ("1767600000", False),
    ],
)
def test_timestamps_are_checked_for_their_format(live: RunningServer, stamp: str, good: bool) -> None:
    inner = builders.call_inner(live, builders.DETECT, OK, timestamp=stamp)
    assert inner.get("sub_code") == (None if good else "isv.invalid-timestamp")


@pytest.mark.parametrize(
    "given", [{"format": None}, {"format": "json"}, {"charset": None}, {"version": "2.0"}, {"alipay_sdk": "x"}]
)
def test_what_clients_vary(live: RunningServer, given: dict[str, str | None]) -> None:
    builders.register(live)
    assert builders.call_inner(live, builders.DETECT, OK, **given)["code"] == "10000"


def test_empty_values_are_signed_or_left_out(live: RunningServer) -> None:
    builders.register(live)
    params = builders.make_common(builders.DETECT, OK, app_auth_token="")
    assert builders.parse_inner(builders.send(live, builders.sign_params(params)))["code"] == "10000"
    del params["app_auth_token"]
    assert (
        builders.parse_inner(builders.send(live, {**builders.sign_params(params), "app_auth_token": ""}))["code"]
        == "10000"
    )


def test_the_verified_string_is_reported(live: RunningServer) -> None:
    builders.register(live)
    params = builders.make_common(builders.DETECT, {"content": "a&b <i>"})
    answer = builders.parse_inner(
        builders.send(live, builders.sign_params(params, builders.make_key_pair("other").key))
    )
    signed = "&amp;".join(f"{name}={params[name]}" for name in sorted(params))
    signed = signed.replace("a&b", "a&amp;b")
    assert answer["sub_msg"].endswith(f"网关生成的验签字符串为：{signed}")


@pytest.mark.parametrize("name", ["app_id", "method", "timestamp", "biz_content", "version"])
def test_whatever_is_changed_after_signing_is_seen(live: RunningServer, name: str) -> None:
    builders.register(live)
    params = builders.sign_params(builders.make_common(builders.DETECT, OK))
    changed = {"app_id": builders.APP_ID, "method": builders.RESULT}.get(name, params[name] + " ")
    expected = "10000" if name == "app_id" else "40002"
    assert builders.parse_inner(builders.send(live, {**params, name: changed}))["code"] == expected


@pytest.mark.parametrize("sign", ["x", "AAAA", "é", "=", "A" * 100_000, "\0"])
def test_an_odd_signature_is_invalid(live: RunningServer, sign: str) -> None:
    builders.register(live)
    answer = builders.parse_inner(builders.send(live, {**builders.make_common(builders.DETECT, OK), "sign": sign}))
    assert answer["sub_code"] == "isv.invalid-signature"


def test_an_application_without_a_key_may_sign_as_it_likes(live: RunningServer) -> None:
    params = builders.make_common(builders.DETECT, OK)
    assert builders.parse_inner(builders.send(live, {**params, "sign": "x"}))["code"] == "10000"
    assert builders.parse_inner(builders.send(live, params))["sub_code"] == "isv.missing-signature"


def test_a_registered_key_that_is_none(live: RunningServer) -> None:
    """Only settings and the control API check keys; an account made otherwise may have anything."""
    account = live.state.accounts.default
    before = account.of(CREDENTIALS)
    account.credentials[CREDENTIALS.name] = replace(before, app_public_key="no key")
    try:
        assert builders.call_inner(live, builders.DETECT, OK)["sub_code"] == "isv.missing-signature-config"
    finally:
        account.credentials[CREDENTIALS.name] = before


@pytest.mark.parametrize("given", [{"app_id": "2021999999999999"}, {"app_id": None}, {"sign_type": None}])
def test_any_application_is_let_in_by_the_quirk(
    start: Callable[..., RunningServer], given: dict[str, str | None]
) -> None:
    lenient = start({"quirks": {"alipay.any_app": True}})
    builders.register(lenient)
    answer = builders.send(lenient, builders.make_common(builders.DETECT, OK, **given))
    assert builders.parse_inner(answer)["code"] == "10000"
    assert "sign" in answer.json()
    assert lenient.list_entries()[0].account == lenient.state.accounts.default.id


def test_each_application_has_its_account(start: Callable[..., RunningServer]) -> None:
    live = start(
        {"accounts": [{"name": "b", "alipay": {"app_id": "2021b", "app_public_key": builders.make_key_pair().public}}]}
    )
    assert builders.call_inner(live, builders.DETECT, OK, app_id="2021b")["code"] == "10000"
    account = live.state.accounts.find("b")
    assert account is not None
    assert live.list_entries()[0].account == account.id
    assert builders.call_inner(live, builders.DETECT, OK, app_id="nobody")["sub_code"] == "isv.invalid-app-id"
    assert live.list_entries()[0].account is None


def test_broken_json_by_the_method(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"alipay.broken_json": "JSON_FORMAT_ERROR"}})
    assert builders.call_inner(live, builders.DETECT, OK, biz_content="{")["sub_code"] == "JSON_FORMAT_ERROR"
