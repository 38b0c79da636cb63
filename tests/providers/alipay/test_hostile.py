"""Texts that no proper client sends, in the common parameters of the gateway and in every charset."""

import pytest

from moderation_emulator.contract.hostile import TEXTS
from moderation_emulator.contract.in_process import Ask, make_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders as gateway


@pytest.mark.parametrize(
    "name", ["app_id", "method", "format", "charset", "sign_type", "timestamp", "version", "sign", "biz_content"]
)
@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_parameters_of_the_gateway(live: RunningServer, ask: Ask, name: str, charset: str) -> None:
    gateway.register(live)
    common = gateway.make_common(gateway.DETECT, {"content": "x"}, charset=charset)
    queries = [gateway.encode_form({**common, "sign": "x", name: text}) for text in TEXTS]
    queries += [
        f"{gateway.encode_form(common)}&sign=x&{name}={raw}&{raw}={raw}"
        for raw in ("%ff", "%80", "%", "%A2%E3", "%ed%a0%80")
    ]
    ask(make_request("/gateway.do", query.encode()) for query in queries)
    assert live.control("DELETE", f"alipay/apps/{gateway.APP_ID}/public-key").status_code == 200
