"""The right signature in another encoding than its scheme writes: what is wrong is said, whatever the scheme."""

import base64
from collections.abc import Callable, Mapping
from urllib.parse import quote

import pytest
from multidict import CIMultiDict

from emulator.signatures.diagnosis import diagnose, find_claim
from emulator.signatures.diagnosis.encodings import BASE64, HEX, decode_signature
from emulator.types import WireRequest
from tests.providers.alipay.gateway.builders import make_key_pair
from tests.signatures.diagnosis import test_headers, test_rpc, test_rsa2

RPC = base64.b64decode(test_rpc.compute_mac(test_rpc.build_text()))
RSA2 = base64.b64decode(test_rsa2.sign_encoded(test_rsa2.build_text(test_rsa2.make_params())))
CORE, TEA = test_headers.sign_by_core(), test_headers.sign_by_tea("x")


def build_rpc_call(signature: str) -> tuple[WireRequest, str]:
    return test_rpc.build_call(signature), test_rpc.SECRET


def build_rsa2_call(signature: str) -> tuple[WireRequest, str]:
    return test_rsa2.build_call(signature), make_key_pair().public


def build_roa_call(signature: str) -> tuple[WireRequest, str]:
    return test_headers.change_headers(CORE, Authorization=f"acs testId:{signature}"), test_headers.SECRET


def build_acs3_call(signature: str) -> tuple[WireRequest, str]:
    header = TEA.headers["Authorization"].rpartition("=")[0]
    return test_headers.change_headers(TEA, Authorization=f"{header}={signature}"), test_headers.SECRET


ROA = base64.b64decode(CORE.headers["Authorization"].rpartition(":")[2])
ACS3 = bytes.fromhex(TEA.headers["Authorization"].rpartition("=")[2])
SCHEMES: Mapping[str, tuple[Callable[[str], tuple[WireRequest, str]], bytes]] = {
    "rpc": (build_rpc_call, RPC),
    "rsa2": (build_rsa2_call, RSA2),
    "roa": (build_roa_call, ROA),
    "acs3": (build_acs3_call, ACS3),
}
BASE64_SCHEMES = ("rpc", "rsa2", "roa")


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


CLOTHES: Mapping[str, tuple[Callable[[bytes], str], tuple[str, ...]]] = {
    "is hexadecimal in small letters instead of Base64": (bytes.hex, BASE64_SCHEMES),
    "is hexadecimal in capital letters instead of Base64": (lambda data: data.hex().upper(), BASE64_SCHEMES),
    "is hexadecimal in capital letters instead of hexadecimal in small": (lambda data: data.hex().upper(), ("acs3",)),
    "is Base64 instead of hexadecimal in small letters": (encode, ("acs3",)),
    "is Base64 of its hexadecimal form": (lambda data: encode(data.hex().encode()), tuple(SCHEMES)),
    "is Base64 without its = at the end": (lambda data: encode(data).rstrip("="), tuple(SCHEMES)),
    "was percent-encoded twice": (lambda data: quote(encode(data), safe=""), ("rpc", "rsa2")),
    "was percent-encoded three times": (lambda data: quote(quote(encode(data), safe=""), safe=""), ("rpc", "rsa2")),
    "was percent-encoded once": (lambda data: quote(encode(data), safe=""), ("roa",)),
    "holds blanks or line breaks": (lambda data: base64.encodebytes(data).decode(), ("rpc", "rsa2")),
    "holds blanks or line breaks:": (lambda data: f"{encode(data)[:20]} {encode(data)[20:]}", BASE64_SCHEMES),
}
ALL = [(cause, scheme) for cause, (_dress, schemes) in CLOTHES.items() for scheme in schemes]


def list_causes(scheme: str, signature: str) -> list[str]:
    request, secret = SCHEMES[scheme][0](signature)
    found = find_claim(request)
    assert found is not None
    assert (found[0].name, found[1].signature) == (scheme, signature)
    diagnosis = diagnose(found[0], request, signature, secret, [("other", "other")])
    assert diagnosis["valid"] is False
    return list(diagnosis["causes"])


@pytest.mark.parametrize(("cause", "scheme"), ALL)
def test_a_signature_in_another_encoding_is_explained(cause: str, scheme: str) -> None:
    dress = CLOTHES[cause][0]
    (diagnosis,) = list_causes(scheme, dress(SCHEMES[scheme][1]))
    assert diagnosis.startswith(f"the signature {cause}")


def find_call_with_marks(scheme: str) -> tuple[str, str]:
    """Return a call whose signature holds + or /, and the signature."""
    for n in range(99):
        if scheme == "rpc":
            pairs = sorted({**test_rpc.PARAMS, "z": str(n)}.items())
            signature = test_rpc.compute_mac(test_rpc.build_text(pairs))
        else:
            signature = encode(SCHEMES[scheme][1])
        if "+" in signature and "/" in signature:
            return str(n), signature
    raise AssertionError


def test_base64url_is_explained() -> None:
    n, signature = find_call_with_marks("rpc")
    odd = base64.urlsafe_b64encode(base64.b64decode(signature)).decode()
    target = "/?" + "&".join(f"{name}={quote(value)}" for name, value in {**test_rpc.PARAMS, "z": n}.items())
    for written in (odd, odd.rstrip("=")):
        request = WireRequest("GET", f"{target}&Signature={written}", CIMultiDict(), b"")
        assert test_rpc.report(request)["causes"] == ["the signature is base64url instead of Base64"]
    odd = base64.urlsafe_b64encode(RSA2).decode()
    assert "_" in odd
    assert list_causes("rsa2", odd) == ["the signature is base64url instead of Base64"]


def test_an_encoding_and_a_mistake_together() -> None:
    text = test_rsa2.build_text({name: value for name, value in test_rsa2.PLAIN.items() if name != "sign_type"})
    assert list_causes("rsa2", base64.b64decode(test_rsa2.sign_encoded(text)).hex()) == [
        "the signature is hexadecimal in small letters instead of Base64",
        "sign_type is not signed: it is left out of answers only",
    ]
    slipped = base64.b64decode(test_rpc.CAUSES["lacks the &"]).hex()
    assert len(list_causes("rpc", slipped)) == 2


def test_the_secret_of_another_in_other_clothes() -> None:
    signature = base64.b64decode(test_rpc.compute_mac(test_rpc.build_text(), "other&")).hex()
    assert list_causes("rpc", signature) == [
        "the signature is hexadecimal in small letters instead of Base64",
        "wrong secret: it was signed with that of the key other",
    ]


@pytest.mark.parametrize("letters", [BASE64, HEX])
@pytest.mark.parametrize("given", ["", "=", "%", "%25" * 4000, " " * 4000, "é中", "\udcff", "A", "A===", "a" * 10_000])
def test_any_text_is_read(given: str, letters: str) -> None:
    assert len(decode_signature(given, letters)) < 20


def test_what_is_right_has_no_fault() -> None:
    assert decode_signature(encode(RPC), BASE64)[RPC] == []
    assert decode_signature(ACS3.hex(), HEX)[ACS3] == []
