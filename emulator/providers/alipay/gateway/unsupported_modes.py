"""The modes of the gateway that are not emulated: certificates instead of keys, AES, a body of another kind.

A call in such a mode is refused, so that nobody takes it for a plain call. It gets the code that the real gateway has
for an application that did not set up the mode.
"""

from collections.abc import Mapping

from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.signatures import rsa2
from emulator.types import WireRequest

_CERTIFICATES = ("app_cert_sn", "alipay_root_cert_sn")


def require_readable_body(request: WireRequest) -> None:
    """Refuse a body of a kind that parameters are not read from."""
    if rsa2.has_other_body(request):
        kind = shorten(request.headers.get("Content-Type", ""))
        taken = "the query, a form (application/x-www-form-urlencoded) or a form in parts (multipart/form-data)"
        cause = f"The body, of Content-Type {kind}, begins with {shorten(request.body[:20].decode('utf-8', 'replace'))}"
        raise Refusal("isv.invalid-content-type", cause=f"{cause}; parameters are read from {taken}.")


def require_no_certificates(given: Mapping[str, str]) -> None:
    """Refuse certificate mode, which has two serial numbers: no application here has registered a certificate."""
    numbers = [name for name in _CERTIFICATES if given.get(name)]
    if not numbers:
        return
    hint = "Certificate mode is not emulated: leave out app_cert_sn and alipay_root_cert_sn, and sign with a key."
    if len(numbers) < len(_CERTIFICATES):
        (absent,) = set(_CERTIFICATES).difference(numbers)
        code = f"isv.missing-{absent.replace('_', '-')}"
        raise Refusal(code, cause=f"There is {numbers[0]}, but no {absent}. {hint}")
    cause = f"The app_cert_sn is {shorten(given['app_cert_sn'])}, and no certificate is registered. {hint}"
    raise Refusal("isv.app-cert-not-exist", cause=cause)


def require_no_encryption(given: Mapping[str, str]) -> None:
    """Refuse an encrypted biz_content: no application here has an AES key."""
    kind = given.get("encrypt_type", "")
    if kind == "AES":
        cause = "The encrypt_type is AES, which is not emulated: no application has a key for it. Send it plain."
        raise Refusal("isv.decryption-error-unknown", cause=cause)
    if kind:
        cause = (
            f"The encrypt_type is {shorten(kind)}; AES is the only one there is, and none is emulated: leave it out."
        )
        raise Refusal("isv.invalid-encrypt-type", cause=cause)
