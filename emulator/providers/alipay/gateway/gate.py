"""The gate of the OpenAPI gateway: its checks, in the order of CHECKS.

In production the application is looked up before its signature is checked; the rest of the order is our guess.
"""

import re

from emulator.admission import run_checks
from emulator.error_types import Refusal
from emulator.problems import format_choices, shorten
from emulator.providers.alipay.credentials import CREDENTIALS, find_app_id
from emulator.providers.alipay.gateway import unsupported_modes
from emulator.providers.alipay.gateway.admission import ANY_APP_HINT, Admission
from emulator.providers.alipay.gateway.errors import METHODS
from emulator.providers.alipay.gateway.wire import encode_text
from emulator.quota import Quota, claim_call
from emulator.signatures import rsa2
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call, WireRequest

_QUOTA = Quota("alipay", "per_second", "isv.app-call-limited")
_SIGN_TYPES = f"{' and '.join(rsa2.SIGN_TYPES)} are taken"
_TIMESTAMP = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII
).fullmatch


def require_method(admission: Admission) -> None:
    if not admission.call.operation:
        raise Refusal("isv.missing-method", cause=f"There is no method; there are {', '.join(METHODS)}.")
    if (method := admission.call.operation) not in METHODS:
        cause = f"The method is {shorten(method)}, and expected {format_choices(method, METHODS)}."
        raise Refusal("isv.invalid-method", cause=cause)


def require_application(admission: Admission) -> None:
    if admission.account is None and not admission.get("app_id"):
        raise Refusal("isv.missing-app-id", cause=f"There is no app_id; {ANY_APP_HINT}.")
    admission.known_account  # noqa: B018 - refuses an unknown app_id


def require_no_certificates(admission: Admission) -> None:
    unsupported_modes.require_no_certificates(admission.call.common)


def require_sign_type(admission: Admission) -> None:
    given = admission.get("sign_type")
    if not given:
        raise Refusal("isv.missing-signature-type", cause=f"There is no sign_type; {_SIGN_TYPES}.")
    if given not in rsa2.SIGN_TYPES:
        raise Refusal("isv.invalid-signature-type", cause=f"The sign_type is {shorten(given)}; {_SIGN_TYPES}.")


def require_signature(admission: Admission) -> None:
    """Refuse a wrong signature. Any is good where no key is registered; by the quirk alipay.any_app none is needed."""
    if admission.state.settings.quirks["alipay.any_app"]:
        return
    if not admission.get("sign"):
        raise Refusal("isv.missing-signature", cause=f"There is no sign; {ANY_APP_HINT}, and needs none.")
    require_sign_type(admission)
    registered = admission.known_account.of(CREDENTIALS)
    if registered.app_public_key:
        _verify(admission, registered.app_public_key, registered.sign_type)


def _verify(admission: Admission, key: str, registered_type: str | None) -> None:
    """Refuse a signature that the registered key did not make, and a sign_type that no key is registered for."""
    common, kind, given = admission.call.common, admission.get("sign_type"), admission.get("sign")
    if registered_type and kind != registered_type:
        only = f"the application registered a key for {registered_type} alone"
        cause = f"The sign_type is {kind}, and {only}: alipay.sign_type."
        raise Refusal("isv.missing-signature-config", cause=cause)
    if isinstance(admission.call.params, str) and (misreading := _explain_misread(admission)):
        raise Refusal("isv.invalid-signature", cause=f"The biz_content cannot be read as it was signed: {misreading}.")
    texts = [rsa2.build_string_to_sign(common, bare=bare) for bare in (True, False)]
    signed = [encode_text(text, common) for text in texts]
    try:
        if any(rsa2.verify(key, each, given, kind) for each in signed):
            return
    except ValueError:
        cause = "What the application registered is no RSA key: alipay.app_public_key of its account."
        raise Refusal("isv.missing-signature-config", cause=cause) from None
    other = next(each for each in rsa2.SIGN_TYPES if each != kind)
    message = _MISMATCH + texts[0].replace("&", "&amp;")
    if any(rsa2.verify(key, each, given, other) for each in signed):
        message = _OTHER_SIGN_TYPE.format(kind, other)
    key_name = f"the public key that the application {shorten(admission.get('app_id'))} registered"
    hint = "`signature` of this entry has what is signed, and the cause if one is found"
    cause = f"The sign does not fit this call and {key_name}; {hint}."
    raise Refusal("isv.invalid-signature", cause=cause, message=message)


_MISMATCH = "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为："
# As in published answers to a signature by RSA that was named RSA2.
_OTHER_SIGN_TYPE = (
    "验签出错，sign值与sign_type参数指定的签名类型不一致：sign_type参数值为{}，您实际用的签名类型可能是{}"
)


def require_timestamp(admission: Admission) -> None:
    """Refuse a timestamp of another form. Its time is not checked, as clients send local time of any zone."""
    given = admission.get("timestamp")
    if not given:
        raise Refusal("isv.missing-timestamp", cause="There is no timestamp, written like 2026-01-05 16:00:00.")
    if not _TIMESTAMP(given):
        cause = f"The timestamp {shorten(given)} is not written like 2026-01-05 16:00:00."
        raise Refusal("isv.invalid-timestamp", cause=cause)


def require_version(admission: Admission) -> None:
    if not admission.get("version"):
        raise Refusal("isv.missing-version", cause="There is no version; it is 1.0.")


def require_charset(admission: Admission) -> None:
    if admission.get("charset") and not rsa2.is_charset(admission.get("charset")):
        given = shorten(admission.get("charset"))
        raise Refusal("isv.invalid-charset", cause=f"The charset is {given}; utf-8 and gbk are taken, or none.")


def require_json_format(admission: Admission) -> None:
    if admission.get("format") and admission.get("format").lower() != "json":
        given = shorten(admission.get("format"))
        raise Refusal("isv.invalid-format", cause=f"The format is {given}; JSON is taken, or none: XML is not.")


def require_no_encryption(admission: Admission) -> None:
    unsupported_modes.require_no_encryption(admission.call.common)


def require_biz_content(admission: Admission) -> None:
    """Refuse a biz_content that is missing or cannot be read.

    Either the gateway or the method may be the first to read it: the quirk alipay.broken_json says whose error comes.
    """
    if "biz_content" not in admission.call.common:
        raise Refusal("INVALID_PARAMETER", cause="There is no biz_content, the parameter with what the method takes.")
    if isinstance(admission.call.params, str):
        misreading = _explain_misread(admission)
        cause = f"The biz_content is no JSON object{misreading and f': {misreading}'}."
        raise Refusal(str(admission.state.settings.quirks["alipay.broken_json"]), cause=cause)


def _explain_misread(admission: Admission) -> str:
    """Return how the bytes of biz_content differ from the charset, if they do: some clients always send UTF-8."""
    codec = rsa2.choose_codec(admission.get("charset"))
    try:
        admission.get("biz_content").encode(codec)
    except UnicodeEncodeError:
        mismatch = f"the charset is {admission.get('charset') or codec}, and the bytes that came are"
    else:
        return ""
    try:
        encode_text(admission.get("biz_content"), admission.call.common).decode()
    except UnicodeDecodeError:
        return f"{mismatch} of another"
    return f"{mismatch} UTF-8"


def claim_quota(admission: Admission) -> None:
    """Claim one of the calls per second that an application may make; no document gives a figure."""
    admission.claims += claim_call(admission.known_account, "gateway", _QUOTA)


def require_permission(admission: Admission) -> None:
    if not admission.known_account.of(CREDENTIALS).signed_up:
        name = shorten(admission.known_account.name)
        cause = f"The account {name} has no feature package: it has alipay.signed_up false."
        raise Refusal("isv.insufficient-isv-permissions", cause=cause)


def identify(call: Call, state: State) -> Account | None:
    """Return the account of the application that a call names; None, or by a quirk the default one, if unknown."""
    found = find_app_id(state.accounts, call.common.get("app_id", ""))
    return state.accounts.default if found is None and state.settings.quirks["alipay.any_app"] else found


CHECKS = (
    *(
        require_method,
        require_application,
        require_no_certificates,
        require_signature,
        require_timestamp,
        require_version,
        require_charset,
        require_json_format,
    ),
    *(require_no_encryption, require_biz_content, require_permission, claim_quota),
)


def admit(request: WireRequest, call: Call, state: State) -> Admission:
    """Return the account of the application that signed the call. Raises the Refusal of the first check that fails."""
    if request.method == "HEAD":
        raise Refusal("isv.invalid-parameter", "HEAD is for files: a call is made to be answered.")
    unsupported_modes.require_readable_body(request)
    return run_checks(CHECKS, Admission(request, call, identify(call, state), state))
