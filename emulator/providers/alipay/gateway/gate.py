"""Who may come in at the OpenAPI gateway: its checks, in the order of CHECKS.

That the application is looked up before its signature was seen in production; the rest of the order is our guess.
"""

import re
from typing import NamedTuple

from emulator.problems import beyond, choice, shown
from emulator.providers.alipay.gateway import modes
from emulator.providers.alipay.gateway.errors import METHODS
from emulator.providers.alipay.gateway.wire import signed_bytes
from emulator.signatures import rsa2
from emulator.vocabulary import Call, Refusal, WireRequest
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.credentials import few

_KINDS = f"{' and '.join(rsa2.SIGN_TYPES)} are taken"
_ANY = "with the quirk alipay.any_app any is good"
_STAMP = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII
).fullmatch


class Arrival(NamedTuple):
    """Everything a check may look at. `app` is None when the app_id is nobody's."""

    call: Call
    app: Account | None
    world: World

    @property
    def account(self) -> Account:
        if self.app is None:
            known = few(self.world.accounts, lambda account: account.alipay.app_id)
            cause = f"The app_id {shown(self.given('app_id'))} is that of no account; known are {known}, and {_ANY}."
            raise Refusal("isv.invalid-app-id", cause=cause)
        return self.app

    def given(self, name: str) -> str:
        return self.call.common.get(name, "")


def method(arrival: Arrival) -> None:
    if not arrival.call.operation:
        raise Refusal("isv.missing-method", cause=f"There is no method; there are {', '.join(METHODS)}.")
    if arrival.call.operation not in METHODS:
        cause = (
            f"The method is {shown(arrival.call.operation)}, and expected {choice(arrival.call.operation, METHODS)}."
        )
        raise Refusal("isv.invalid-method", cause=cause)


def application(arrival: Arrival) -> None:
    if arrival.app is None and not arrival.given("app_id"):
        raise Refusal("isv.missing-app-id", cause=f"There is no app_id; {_ANY}.")
    arrival.account  # noqa: B018 - refuses one that is nobody's


def certificates(arrival: Arrival) -> None:
    modes.certificates(arrival.call.common)


def sign_type(arrival: Arrival) -> None:
    given = arrival.given("sign_type")
    if not given:
        raise Refusal("isv.missing-signature-type", cause=f"There is no sign_type; {_KINDS}.")
    if given not in rsa2.SIGN_TYPES:
        raise Refusal("isv.invalid-signature-type", cause=f"The sign_type is {shown(given)}; {_KINDS}.")


def signature(arrival: Arrival) -> None:
    """Of an application that registered no key any signature is good; where any application is, none is needed."""
    if arrival.world.settings.quirks["alipay.any_app"]:
        return
    if not arrival.given("sign"):
        raise Refusal("isv.missing-signature", cause=f"There is no sign; {_ANY}, and needs none.")
    sign_type(arrival)
    registered = arrival.account.alipay
    if registered.app_public_key:
        _verify(arrival, registered.app_public_key, registered.sign_type)


def _verify(arrival: Arrival, key: str, only: str | None) -> None:
    """Refuse a signature that is not by the key that was registered, for this sign_type or for `only` another."""
    common, kind, given = arrival.call.common, arrival.given("sign_type"), arrival.given("sign")
    if only and kind != only:
        cause = f"The sign_type is {kind}, and the application registered a key for {only} alone: alipay.sign_type."
        raise Refusal("isv.missing-signature-config", cause=cause)
    if isinstance(arrival.call.params, str) and (misread := _misread(arrival)):
        raise Refusal("isv.invalid-signature", cause=f"The biz_content cannot be read as it was signed: {misread}.")
    texts = [rsa2.string_to_sign(common, bare=bare) for bare in (True, False)]
    signed = [signed_bytes(text, common) for text in texts]
    try:
        if any(rsa2.verify(key, each, given, kind) for each in signed):
            return
    except ValueError:
        cause = "What the application registered is no RSA key: alipay.app_public_key of its account."
        raise Refusal("isv.missing-signature-config", cause=cause) from None
    other = next(each for each in rsa2.SIGN_TYPES if each != kind)
    message = _MISMATCH + texts[0].replace("&", "&amp;")
    if any(rsa2.verify(key, each, given, other) for each in signed):
        message = _OTHER_KIND.format(kind, other)
    whose = f"the public key that the application {shown(arrival.account.alipay.app_id)} registered"
    told = "`signature` of this entry has what is signed, and the cause if one is found"
    cause = f"The sign does not fit this call and {whose}; {told}."
    raise Refusal("isv.invalid-signature", cause=cause, message=message)


_MISMATCH = "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为："
# As published answers have it of RSA under the name of RSA2.
_OTHER_KIND = "验签出错，sign值与sign_type参数指定的签名类型不一致：sign_type参数值为{}，您实际用的签名类型可能是{}"


def timestamp(arrival: Arrival) -> None:
    """Only its form is checked: clients stamp local time, of whatever zone they run in."""
    given = arrival.given("timestamp")
    if not given:
        raise Refusal("isv.missing-timestamp", cause="There is no timestamp, written like 2026-01-05 16:00:00.")
    if not _STAMP(given):
        cause = f"The timestamp {shown(given)} is not written like 2026-01-05 16:00:00."
        raise Refusal("isv.invalid-timestamp", cause=cause)


def version(arrival: Arrival) -> None:
    if not arrival.given("version"):
        raise Refusal("isv.missing-version", cause="There is no version; it is 1.0.")


def charset(arrival: Arrival) -> None:
    if arrival.given("charset") and not rsa2.is_charset(arrival.given("charset")):
        given = shown(arrival.given("charset"))
        raise Refusal("isv.invalid-charset", cause=f"The charset is {given}; utf-8 and gbk are taken, or none.")


def format_of_answer(arrival: Arrival) -> None:
    if arrival.given("format") and arrival.given("format").lower() != "json":
        given = shown(arrival.given("format"))
        raise Refusal("isv.invalid-format", cause=f"The format is {given}; JSON is taken, or none: XML is not.")


def encryption(arrival: Arrival) -> None:
    modes.encryption(arrival.call.common)


def biz_content(arrival: Arrival) -> None:
    """The gateway may read it before the method does, or leave it to the method."""
    if "biz_content" not in arrival.call.common:
        raise Refusal("INVALID_PARAMETER", cause="There is no biz_content, the parameter with what the method takes.")
    if isinstance(arrival.call.params, str):
        misread = _misread(arrival)
        cause = f"The biz_content is no JSON object{misread and f': {misread}'}."
        raise Refusal(str(arrival.world.settings.quirks["alipay.broken_json"]), cause=cause)


def _misread(arrival: Arrival) -> str:
    """How the bytes of biz_content differ from the charset, if they do: some clients send UTF-8 whatever they name."""
    named = rsa2.codec(arrival.given("charset"))
    try:
        arrival.given("biz_content").encode(named)
    except UnicodeEncodeError:
        told = f"the charset is {arrival.given('charset') or named}, and the bytes that came are"
    else:
        return ""
    try:
        signed_bytes(arrival.given("biz_content"), arrival.call.common).decode()
    except UnicodeDecodeError:
        return f"{told} of another"
    return f"{told} UTF-8"


def quota(arrival: Arrival) -> None:
    """Calls per second of an application; no document tells a figure."""
    account = arrival.account
    most = account.settings.limits["alipay"]["per_second"]
    if most and (used := account.store.increment("gateway", account.clock.now(), 1)) > most:
        raise Refusal("isv.app-call-limited", cause=beyond("alipay.per_second", most, used))


def permission(arrival: Arrival) -> None:
    if not arrival.account.alipay.signed_up:
        cause = f"The account {shown(arrival.account.name)} has no feature package: it has alipay.signed_up false."
        raise Refusal("isv.insufficient-isv-permissions", cause=cause)


def caller(call: Call, world: World) -> Account | None:
    """The account of the application that a call names."""
    app = world.accounts.app_id(call.common.get("app_id", ""))
    return world.accounts.default if app is None and world.settings.quirks["alipay.any_app"] else app


CHECKS = (
    *(method, application, certificates, signature, timestamp, version, charset, format_of_answer),
    *(encryption, biz_content, permission, quota),
)


def admit(request: WireRequest, call: Call, world: World) -> Account:
    """The account of the application that signed the call, or the refusal of the first check that fails."""
    if request.method == "HEAD":
        raise Refusal("isv.invalid-parameter", "HEAD is for files: a call is made to be answered.")
    modes.body(request)
    arrival = Arrival(call, caller(call, world), world)
    for check in CHECKS:
        check(arrival)
    return arrival.account
