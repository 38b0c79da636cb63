import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import pytest

from emulator.providers.aliyun.credentials import CREDENTIALS
from emulator.providers.aliyun.gateway.frames import LIFE_SECONDS, PATH, explain_refusal, make_urls
from emulator.state.accounts import Account, Accounts
from tests.state.builders import make_account, make_default_account

NOW = 1_700_000_000.25
ONE, OTHER = make_default_account(), make_account("team-b", 2)
ACCOUNTS = Accounts([ONE, OTHER])
PICTURE = "https://a.test/1.gif"


@pytest.fixture(autouse=True)
def _stopped_clocks() -> None:
    for each in ACCOUNTS:
        each.clock.freeze(True)
        each.clock.set(NOW)


def make_address(host: str, of: Account, picture: str, number: int) -> str:
    (url,) = make_urls(of, host, picture, [number])
    return url


def split_address(url: str) -> tuple[str, dict[str, str]]:
    """Return the name and the query of an address."""
    return urlsplit(url).path.removeprefix(PATH), dict(parse_qsl(urlsplit(url).query))


def test_an_address_has_name_and_signed_query() -> None:
    url = make_address("localhost:8080", ONE, PICTURE, 3)
    assert url.startswith("http://localhost:8080/_emulator/frames/")
    name, query = split_address(url)
    assert re.fullmatch(r"[0-9a-f]{16}-3\.png", name)
    assert query["OSSAccessKeyId"] == "testId"
    assert query["Expires"] == str(int(NOW) + LIFE_SECONDS)


def test_same_picture_same_name() -> None:
    names = [split_address(make_address("h", ONE, picture, n))[0] for picture in (PICTURE, "中文") for n in (0, 1)]
    assert len(set(names)) == 4
    assert split_address(make_address("h", ONE, PICTURE, 0))[0] == names[0]


@pytest.mark.parametrize(
    ("after", "shown"),
    [
        (0, True),
        (LIFE_SECONDS - 1, True),
        (LIFE_SECONDS - 0.251, True),
        (LIFE_SECONDS - 0.25, False),
        (LIFE_SECONDS, False),
        (-1e6, True),
    ],
)
def test_an_address_expires_by_the_clock(after: float, shown: bool) -> None:
    name, query = split_address(make_address("h", ONE, PICTURE, 3))
    ONE.clock.set(NOW + after)
    found = explain_refusal(ACCOUNTS, name, query)
    assert found is None if shown else found == "Request has expired."


def test_life_is_on_the_clock_of_its_account() -> None:
    name, query = split_address(make_address("h", OTHER, PICTURE, 3))
    ONE.clock.advance(10_000)
    assert explain_refusal(ACCOUNTS, name, query) is None
    OTHER.clock.advance(10_000)
    assert explain_refusal(ACCOUNTS, name, query) == "Request has expired."


@pytest.mark.parametrize(
    "change",
    [
        {"Signature": ""},
        {"Signature": "0" * 40},
        {"Signature": "文"},
        {"Expires": "9999999999"},
        {"Expires": ""},
        {"Expires": "never"},
        {"OSSAccessKeyId": "nobody"},
        {"OSSAccessKeyId": ""},
        {"OSSAccessKeyId": OTHER.of(CREDENTIALS).access_key_id},
    ],
)
def test_changed_addresses_are_refused(change: Mapping[str, str]) -> None:
    name, query = split_address(make_address("h", ONE, PICTURE, 3))
    assert "signature" in (explain_refusal(ACCOUNTS, name, {**query, **change}) or "")
    for left_out in change:
        kept = {key: value for key, value in query.items() if key != left_out}
        assert "signature" in (explain_refusal(ACCOUNTS, name, kept) or "")


def test_an_address_is_good_for_one_frame() -> None:
    name, query = split_address(make_address("h", ONE, PICTURE, 3))
    other, _ = split_address(make_address("h", ONE, PICTURE, 4))
    assert explain_refusal(ACCOUNTS, name, query) is None
    assert "signature" in (explain_refusal(ACCOUNTS, other, query) or "")
