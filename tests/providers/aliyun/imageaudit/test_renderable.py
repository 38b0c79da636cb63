"""No answer in XML, which a browser renders, holds a tag of the caller's, though it has the text to be signed."""

import pytest

from tests.contract.rendering import TAG
from tests.running_server import RunningServer

pytestmark = pytest.mark.usefixtures("answers")


@pytest.mark.parametrize(
    "name", ["Format", "Action", "Version", "Signature", "Timestamp", "AccessKeyId", "Scene.1", TAG]
)
def test_text_to_be_signed_as_xml(live: RunningServer, name: str) -> None:
    live.rpc("ScanImage", {name: TAG, TAG: TAG, "Host": TAG}, common={"Format": "XML", name: TAG})
    live.rpc("ScanImage", {name: TAG, TAG: TAG, "Signature": TAG}, common={"Format": "XML"})
    live.rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": TAG}, common={"Format": "XML"})
    live.push_rule(
        {"provider": "aliyun_imageaudit"}, respond={TAG: TAG, "Recommend": f"]]>{TAG}", "Data": {TAG: [TAG]}}
    )
    live.rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": TAG}, common={"Format": "XML"})
