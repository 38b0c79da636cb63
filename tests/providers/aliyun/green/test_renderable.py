"""No answer in XML, which a browser renders, holds a tag of the caller's, though it has the text to be signed."""

import pytest

from moderation_emulator.contract.rendering import TAG
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green import builders as green

pytestmark = pytest.mark.usefixtures("answers")


def test_text_to_be_signed_as_xml(live: RunningServer) -> None:
    for accept in ("text/xml", "application/octet-stream"):
        green.call(
            live, "image/scan", {"scenes": [TAG]}, headers={"Accept": accept, "x-acs-x": TAG, "x-acs-version": TAG}
        )
        green.call(live, "image/scan", {TAG: TAG}, secret=TAG, headers={"Accept": accept, "x-acs-x": TAG})
