"""`sign callback`: the checksum of a pushed result, against openssl."""

import json
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner, Result

from emulator.commands.sign import command

CONTENT = '{"code":200,"url":"http://a.test/?x=1&content=2","dataId":"图"}'
# printf %s 1234567890s1"$CONTENT" | openssl dgst -sha256, and -sm3
DIGESTS = {
    "SHA256": "638360a1d81a569366d7df9013bcff66b3ed81c2613da8932561d6b931beaf60",
    "SM3": "6f69da919a9d0e0a0e27b9561d6003b07cb1759647fe6e97a0045fde5c5794e0",
}


def sign(*words: str) -> Result:
    result = CliRunner().invoke(command, ["callback", "--uid", "1234567890", "--seed", "s1", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def report(*words: str) -> dict[str, str | bool]:
    result = sign("--json", *words)
    found: dict[str, str | bool] = json.loads(result.output)
    assert result.exit_code == (found.get("valid") is False)
    return found


@pytest.mark.parametrize("crypt", DIGESTS)
def test_content_alone_is_signed(crypt: str) -> None:
    assert report("--crypt", crypt, "--data", CONTENT) == {
        "scheme": "callback",
        "string_to_sign": f"1234567890s1{CONTENT}",
        "signature": DIGESTS[crypt],
    }


@pytest.mark.parametrize("crypt", DIGESTS)
def test_a_form_that_fits(crypt: str) -> None:
    form = urlencode({"checksum": DIGESTS[crypt], "content": CONTENT})
    found = report("--crypt", crypt, "--data", form)
    assert (found["given"], found["signature"], found["valid"]) == (DIGESTS[crypt], DIGESTS[crypt], True)
    assert found["string_to_sign"] == f"1234567890s1{CONTENT}"


def test_a_form_that_does_not_fit() -> None:
    form = urlencode({"content": CONTENT, "checksum": DIGESTS["SM3"]})
    assert report("--data", form)["valid"] is False
    assert sign("--data", form).output.endswith("\n\nvalid:\nno\n")


def test_a_form_without_checksum() -> None:
    assert report("--data", urlencode({"content": CONTENT}))["signature"] == DIGESTS["SHA256"]


@pytest.mark.parametrize("words", [[], ["--data", "{}", "--crypt", "MD5"], ["--data", "{}", "--secret", "s"]])
def test_an_incomplete_command_line_is_refused(words: list[str]) -> None:
    assert sign(*words).exit_code == 2
