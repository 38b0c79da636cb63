"""Texts that no proper client sends, in the query of a call of Green."""

from urllib.parse import quote

import pytest

from moderation_emulator.contract.hostile import TEXTS
from moderation_emulator.contract.in_process import Ask, make_request
from tests.providers.aliyun.green.builders import SAMPLE, encode_body, sign_roa


@pytest.mark.parametrize("operation", SAMPLE)
def test_a_hostile_client_info_gets_a_documented_answer(ask: Ask, operation: str) -> None:
    body = encode_body(SAMPLE[operation])
    targets = [f"/green/{operation}?clientInfo={quote(each[:5000])}" for each in TEXTS]
    ask(make_request(target, body, sign_roa(target, body)) for target in targets)
