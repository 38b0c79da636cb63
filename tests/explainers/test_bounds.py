"""However a call is made, explaining its signature signs no more than so many characters again."""

import pytest
from multidict import CIMultiDict

from emulator import explainers
from emulator.explainers import Explainer, Texts, Way, claimed, explained
from emulator.vocabulary import WireRequest

PAIRS = "a&" * 30_000
ACS3 = f"ACS3-HMAC-SHA256 Credential=testId,SignedHeaders={';'.join(f'h{n}' for n in range(1500))},Signature=x"


@pytest.mark.parametrize(
    ("target", "authorization", "body"),
    [
        (f"/?Signature=x&AccessKeyId=testId&{PAIRS}", "", b""),
        ("/?Signature=x&AccessKeyId=testId&a=" + "%41" * 20_000, "", b""),
        (f"/?Signature=x&AccessKeyId=testId&{PAIRS}", "", PAIRS.encode()),
        (f"/green/image/scan?{PAIRS}", "acs testId:x", b""),
        (f"/?{PAIRS}", ACS3, PAIRS.encode()),
        ("/gateway.do?sign=x&app_id=1&" + "&".join(f"a{n}=1" for n in range(9000)), "", PAIRS.encode()),
    ],
    ids=["pairs", "escapes", "both", "roa", "acs3", "rsa2"],
)
def test_a_hostile_call(monkeypatch: pytest.MonkeyPatch, target: str, authorization: str, body: bytes) -> None:
    request = WireRequest("POST", target, CIMultiDict({"Authorization": authorization}), body)
    found = claimed(request)
    assert found is not None
    made = 0
    accepts = Explainer.accepts

    def counted(self: Explainer, secret: str, texts: Texts, way: Way, given: str) -> bool:
        nonlocal made
        made += sum(map(len, texts.values()))
        return accepts(self, secret, texts, way, given)

    monkeypatch.setattr(Explainer, "accepts", counted)
    report = explained(*[found[0], request, found[1].given, "secret"])
    assert report["valid"] is False
    assert made <= explainers._SIGNED + 8 * (len(target) + len(body)) * 5
