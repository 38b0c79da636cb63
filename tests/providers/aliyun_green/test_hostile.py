"""Texts that no proper client sends, in the query of a call of Green."""

from urllib.parse import quote

import pytest

from tests.contract.asking import Ask, request
from tests.contract.hostile import TEXTS
from tests.providers.aliyun_green.forms import SAMPLE, roa, text


@pytest.mark.parametrize("operation", SAMPLE)
def test_client_info(ask: Ask, operation: str) -> None:
    body = text(SAMPLE[operation])
    targets = [f"/green/{operation}?clientInfo={quote(each[:5000])}" for each in TEXTS]
    ask(request(target, body, roa(target, body)) for target in targets)
