"""What is masked of a text, in whatever shape it came, and what is not; by work that grows as the text does."""

import base64
import json
import re
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import masking
from emulator.masking import is_secret, list_secrets, mask_text

SECRET = "Sup3rS3cr3tValue"
BASIC = base64.b64encode(f"user:{SECRET}".encode()).decode()
LOOSE = json.dumps({"a": [{"b": {"access_token": SECRET}}]})
PART = f'--b\r\nContent-Disposition: form-data; name="access_token"\r\n\r\n{SECRET}'


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access_token":"{SECRET}","access_token":"{SECRET}"}}',
        f'{{"access_token" :\n "{SECRET}',
        f'{{"access_token":"{SECRET}" "x"}} trailing',
        f'{{"secret":"{SECRET}\\"{SECRET}"}}',
        f'{{"\\u0073ecre\\u0074":"{SECRET}"}}',
        f"{{'secret': '{SECRET}'}}",
        f'{{secret: "{SECRET}"}}',
        f"{{secret: {SECRET}}}",
        f'{{"secrets": ["{SECRET}", "{SECRET}"]}}',
        f'{{"secret" => "{SECRET}"}}',
        LOOSE,
        json.dumps(LOOSE),
        json.dumps(json.dumps(LOOSE)),
        quote(LOOSE),
        f"biz_content={quote(LOOSE)}&x=1",
        quote(quote(LOOSE, safe=""), safe=""),
        LOOSE[:-4],
        f"a=1&secret={SECRET}&b=2",
        f"a=1&%73ecret={SECRET}",
        f"a=1&%2573ecret={SECRET}",
        f"a=1%26secret%3D{SECRET}%26b%3D2",
        f"url={quote(f'https://h/?access_token={SECRET}&x=1', safe='')}",
        f"url={quote(quote(f'https://h/?access_token={SECRET}&x=1', safe=''), safe='')}",
        PART,
        f"{PART}\r\n--b--\r\n",
        f'--b\r\nContent-Disposition: form-data; name=secret; filename="x"\r\nContent-Type: a/b\r\n\r\n{SECRET}',
        PART.replace("\r\n", "\n"),
        f"Cookie: {SECRET}; {SECRET}",
        f"Proxy-Authorization: Basic {BASIC}",
        f"x-acs-security-token:{SECRET}\nother",
        f"https://user:{SECRET}@host/a.jpg",
        f"https://user:p@{SECRET}@host/a.jpg",
        f"https://{SECRET}@host/a.jpg",
        f'"https:\\/\\/user:{SECRET}@host\\/a.jpg"',
        quote(f"https://user:{SECRET}@host/a.jpg", safe=""),
        f"a Basic {BASIC} b",
        f"a Bearer {SECRET} b",
        f"<xml><secret>{SECRET}</secret></xml>",
        f'<a secret="{SECRET}"/>',
    ],
)
def test_secrets_in_any_text_are_masked(text: str) -> None:
    masked = mask_text(text)
    assert SECRET not in masked
    assert BASIC not in masked
    assert "****" in masked


@pytest.mark.parametrize(
    "name", ["Cookie", "Set-Cookie", "Proxy-Authorization", "X-Api-Key", "AccessKeySecret", "API_KEY"]
)
def test_values_of_secret_names_are_masked(name: str) -> None:
    assert is_secret(name)
    assert is_secret(name.lower())
    assert SECRET not in mask_text(f"{name}={SECRET}")
    assert SECRET not in mask_text(json.dumps({name: SECRET}))


@pytest.mark.parametrize(
    "text",
    [
        "https://cdn.example.test/a@2x.png?dataId=1&x=y#z",
        "https://bucket.oss.test/x.png?OSSAccessKeyId=testId&Expires=1",
        "AccessKeyId=testId&SignatureNonce=1&SignatureMethod=HMAC-SHA1&Task.1.ImageURL=https%3A%2F%2Fa%2Fb.jpg",
        '{"taskId":"img4wlJcb7p4wH4lAP3nXw1q-1s82jj","dataId":"d","key":"url","secret":null}',
        '{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}',
        "isv.invalid-app-auth-token, InvalidSecurityToken.Expired",
        "a basic understanding of bearer certificates: the key is patience, the token: none",
        "mail a@b.test, key=photo/1.jpg",
        "100%25 %u0041 %zz \\u4e16 %E4%B8%96",
        "",
    ],
)
def test_texts_without_secrets_are_left_alone(text: str) -> None:
    assert mask_text(text) == text


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    mask_text(text)
    list_secrets(f"token={text}")


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&=%+#"), min_size=12, max_size=20)
)
def test_values_of_any_letters(value: str) -> None:
    """Whatever a secret is made of, in JSON inside JSON and in a query."""
    for text in (
        json.dumps({"secret": value}),
        json.dumps(json.dumps({"secret": value})),
        f"secret={quote(value)}&a=b",
    ):
        masked = mask_text(text)
        assert "****" in masked
        assert value not in masked
        assert json.dumps(value)[1:-1] not in masked


HOSTILE = (
    *(
        '\\"',
        '"',
        "token",
        "token:",
        "token=",
        'token"',
        'token":',
        'token":"',
        "a-token:",
        'name="token"\r\n',
        "<token ",
    ),
    *('name="token";', "://", "%3A%2F%2F", "://a", "@", "basic ", "basic%20", "%25", "%2525", "\\u00", "\\", "token\\"),
    *('token" ', "token%22+", "token%22%3A%22", "token%3D", "key=", "_" * 79 + "key", "<a-key", "bearer a", "x@://"),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_part_of_a_hostile_text_is_read_again(monkeypatch: pytest.MonkeyPatch, unit: str) -> None:
    """What is hidden is passed over once, and what is not is looked at once for each name that ends there."""
    text = (unit * 65_536)[:65_536]
    read: list[tuple[int, int]] = []
    value = masking._match_value

    def note_read(text: str, before: str, name: str, at: int) -> re.Match[str] | None:
        found = value(text, before, name, at)
        read.append(found.span() if found else (at, at))
        return found

    monkeypatch.setattr(masking, "_match_value", note_read)
    mask_text(text)
    assert len(read) <= len(text) // 3
    assert all(begin >= end for (_, end), (begin, _) in pairwise(read))


def test_a_value_that_is_not_hidden_is_not_read() -> None:
    """A name without a credential takes one look, however long what follows is."""
    text = f'"publickey":"{"x" * 65_536}"'
    assert list(masking._iterate_spans(text)) == []
    assert mask_text("key: " * 20_000) == "key: " * 20_000


def test_a_provider_may_have_names_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_endings", masking._endings)  # as it was, when the test is over
    texts = (
        "ticket=abcdefgh&a=1",
        '{"x-acme-ticket": "abcdefgh"}',
        "X-Acme-Ticket: abcdefgh",
        "<ticket>abcdefgh</ticket>",
    )
    assert [masking.mask_text(text) for text in texts] == [*texts]
    assert not masking.is_secret("Ticket")
    masking.add_endings(["Ticket", "acme-pass"])
    assert all("abcd****" in masking.mask_text(text) for text in texts)
    assert masking.is_secret("sessionTickets")
    assert masking.mask_text("acme-pass=abcdefgh") == "acme-pass=abcd****"
    assert masking.mask_text("ticketing=abcdefgh, secret=abcdefgh") == "ticketing=abcdefgh, secret=abcd****"
