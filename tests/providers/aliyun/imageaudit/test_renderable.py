"""No answer in XML, which a browser renders, holds a tag of the caller's, though it has the text to be signed."""

import json
from urllib.parse import quote

import pytest
import requests

from moderation_emulator.contract.rendering import TAG
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import call_rpc

pytestmark = pytest.mark.usefixtures("answers")


@pytest.mark.parametrize(
    "name", ["Format", "Action", "Version", "Signature", "Timestamp", "AccessKeyId", "Scene.1", TAG]
)
def test_text_to_be_signed_as_xml(live: RunningServer, name: str) -> None:
    call_rpc(live, "ScanImage", {name: TAG, TAG: TAG, "Host": TAG}, common={"Format": "XML", name: TAG})
    call_rpc(live, "ScanImage", {name: TAG, TAG: TAG, "Signature": TAG}, common={"Format": "XML"})
    call_rpc(live, "ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": TAG}, common={"Format": "XML"})
    live.push_rule(
        {"provider": "aliyun_imageaudit"}, respond={TAG: TAG, "Recommend": f"]]>{TAG}", "Data": {TAG: [TAG]}}
    )
    call_rpc(live, "ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": TAG}, common={"Format": "XML"})


def test_frames_and_the_page_of_help(live: RunningServer) -> None:
    for path in (f"_emulator/frames/{quote(TAG)}", f"_emulator/frames/x.png?Signature={TAG}", f"_emulator/{TAG}", ""):
        requests.get(f"{live.url}/{path}", headers={"Accept": "text/html"}, timeout=10)
    assert json.loads(live.control("GET", TAG).text)["error"]
