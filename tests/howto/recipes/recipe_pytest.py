from collections.abc import Callable

import pytest
from alibabacloud_imageaudit20191230.client import Client
from alibabacloud_imageaudit20191230.models import ScanTextRequest, ScanTextRequestLabels, ScanTextRequestTasks
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException

from moderation_emulator import Account, walk


class Unsure(Exception):
    """What our code raises when the service cannot tell."""


@pytest.fixture
def is_clean(moderation_emulator: Account) -> Callable[[str], bool]:
    """The code under test, with the test's own credentials."""
    keys = moderation_emulator.aliyun
    endpoint = moderation_emulator.url.removeprefix("http://")
    client = Client(
        Config(
            access_key_id=keys.access_key_id,
            access_key_secret=keys.access_key_secret,
            endpoint=endpoint,
            protocol="HTTP",
        )
    )

    def check(text: str) -> bool:
        request = ScanTextRequest(labels=[ScanTextRequestLabels("ad")], tasks=[ScanTextRequestTasks(text)])
        try:
            answer = client.scan_text(request)
        except TeaException as error:
            raise Unsure(error.code) from error
        suggestion: str = answer.body.data.elements[0].results[0].suggestion
        return suggestion == "pass"

    return check


def test_an_advertisement(moderation_emulator: Account, is_clean: Callable[[str], bool]) -> None:
    moderation_emulator.verdict("ad", {"text": {"contains": "cheap"}})
    assert not is_clean("cheap watches")
    assert is_clean("good morning")
    moderation_emulator.verify({"operation": "ScanText"}, 2)


def test_every_documented_error_is_dealt_with(moderation_emulator: Account, is_clean: Callable[[str], bool]) -> None:
    walk(moderation_emulator, "ScanText", lambda: is_clean("hello"), handled=(Unsure,)).check()
