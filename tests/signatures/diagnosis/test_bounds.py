"""However a call is made, explaining its signature signs no more than so many characters again."""

from dataclasses import replace
from urllib.parse import quote

import pytest
from multidict import CIMultiDict

from emulator.signatures.diagnosis import diagnose, find_claim, variants
from emulator.signatures.diagnosis.variants import Variant
from emulator.types import WireRequest
from tests.providers.alipay.gateway.builders import make_key_pair, sign_text

PAIRS = "a&" * 30_000
ACS3 = f"ACS3-HMAC-SHA256 Credential=testId,SignedHeaders={';'.join(f'h{n}' for n in range(1500))},Signature=x"

RSA = quote(sign_text(make_key_pair().key, b"another text"), safe="")  # of the right key, so that mistakes are tried


@pytest.mark.parametrize(
    ("target", "authorization", "body"),
    [
        (f"/?Signature=x&AccessKeyId=testId&{PAIRS}", "", b""),
        ("/?Signature=x&AccessKeyId=testId&a=" + "%41" * 20_000, "", b""),
        (f"/?Signature=x&AccessKeyId=testId&{PAIRS}", "", PAIRS.encode()),
        (f"/green/image/scan?{PAIRS}", "acs testId:x", b""),
        (f"/?{PAIRS}", ACS3, PAIRS.encode()),
        (f"/gateway.do?sign={RSA}&app_id=1&" + "&".join(f"a{n}=1" for n in range(9000)), "", PAIRS.encode()),
        (f"/gateway.do?sign={RSA}&app_id=1&empty=&biz_content=" + "%E5%8A%A0" * 5000, "", b""),
    ],
    ids=["pairs", "escapes", "both", "roa", "acs3", "rsa2", "rsa2 with a long text"],
)
def test_a_hostile_call(target: str, authorization: str, body: bytes) -> None:
    request = WireRequest("POST", target, CIMultiDict({"Authorization": authorization}), body)
    found = find_claim(request)
    assert found is not None
    made = 0

    def count_and_sign(secret: str, text: str, way: Variant) -> bytes:
        nonlocal made
        made += len(text)
        return found[0].compute_digest(secret, text, way)

    scheme = replace(found[0], compute_digest=count_and_sign)
    report = diagnose(scheme, request, found[1].signature, make_key_pair().public)
    assert report["valid"] is False
    assert made <= variants._SIGNED + variants._SIGNED_TWICE + 8 * (len(target) + len(body)) * 5
