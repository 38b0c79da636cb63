"""Every answer of the gateway in these tests fits its method's schema, and bears a good signature."""

import json
from collections.abc import Iterator

import jsonschema
import pytest

from emulator.assets import SCHEMAS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders


@pytest.fixture(autouse=True)
def _answers_conform(live: RunningServer) -> Iterator[None]:
    yield
    assert live.control("DELETE", f"alipay/apps/{builders.APP_ID}/public-key").status_code == 200
    key = builders.fetch_gateway_key(live)
    for entry in live.list_entries():
        codec = entry.response_headers["Content-Type"].partition("charset=")[2]
        body = json.loads(entry.response_body.decode(codec))
        if entry.code is None and entry.outcome in ("pass", "verdict"):
            schema = json.loads((SCHEMAS / "alipay" / f"{entry.operation}.response.json").read_text(encoding="utf-8"))
            jsonschema.validate(next(iter(body.values())), schema, jsonschema.Draft202012Validator)
        if "sign" in body:
            kinds = ("RSA2", "RSA")
            assert any(
                builders.verifies(key, extract_signed_part(entry.response_body), body["sign"], kind) for kind in kinds
            )


def extract_signed_part(body: bytes) -> bytes:
    """Return the bytes from the first brace of the inner object to its last."""
    return body[body.index(b":") + 1 : body.rindex(b',"sign":"')]
