"""The scheme rsa2 of `sign`: what a merchant's backend signs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.commands.sign import command
from tests.providers.alipay.gateway import builders

URL = "http://127.0.0.1:8080/gateway.do"


def sign(*words: str, secret: str = "") -> Result:
    secret = secret or builders.make_key_pair().pkcs8
    result = CliRunner().invoke(command, ["rsa2", "--json", "--secret", secret, *words])
    assert "PRIVATE KEY" not in result.output
    return result


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
@pytest.mark.parametrize("place", ["url", "both"])
def test_what_a_client_sends(charset: str, place: str) -> None:
    params = builders.sign_params(builders.make_common(builders.DETECT, {"content": "加我 & 100%"}, charset=charset))
    content = {"biz_content": params.pop("biz_content")}
    written, form = builders.encode_form(params, charset), builders.encode_form(content, charset)
    words = [f"{URL}?{written}&{form}"] if place == "url" else [f"{URL}?{written}", "--data", form]
    result = sign(*words)
    found = json.loads(result.output)
    assert (result.exit_code, found["valid"], found["scheme"]) == (0, True, "rsa2")
    assert found["given"] == found["signature"] == params["sign"]
    assert '&biz_content={"content": "加我 & 100%"}&' in found["string_to_sign"]


def test_another_key_does_not_match() -> None:
    params = builders.sign_params(builders.make_common(builders.DETECT, {}), builders.make_key_pair("other").key)
    result = sign(f"{URL}?{builders.encode_form(params)}")
    assert (result.exit_code, json.loads(result.output)["valid"]) == (1, False)


def test_empty_values_either_way() -> None:
    for params in ({"a": "1", "b": ""}, {"a": "1"}):
        signed = {"b": "", **builders.sign_params(params)}
        assert sign(f"{URL}?{builders.encode_form(signed)}").exit_code == 0


def test_what_is_not_signed_yet() -> None:
    found = json.loads(sign(f"{URL}?b=2&a=1").output)
    assert found.keys() == {"scheme", "string_to_sign", "signature"}
    assert (found["string_to_sign"], found["signature"]) == (
        "a=1&b=2",
        builders.sign_text(builders.make_key_pair().key, b"a=1&b=2"),
    )


def test_the_key_in_every_form(tmp_path: Path) -> None:
    file = tmp_path / "app_private.pem"
    file.write_text(builders.make_key_pair().pkcs1, encoding="ascii")
    line = "".join(builders.make_key_pair().pkcs1.splitlines()[1:-1])
    outputs = {sign(f"{URL}?a=1", secret=secret).output for secret in (str(file), builders.make_key_pair().pkcs1, line)}
    assert len(outputs) == 1


@pytest.mark.parametrize("secret", ["testSecret", "/nowhere/app.pem", builders.make_key_pair().public])
def test_what_is_no_private_key(secret: str) -> None:
    result = sign(f"{URL}?a=1", secret=secret)
    assert result.exit_code == 2
    assert "--secret is no RSA private key" in result.output
    assert secret not in result.output
