"""aliyun-python-sdk-core with its package for imageaudit, by the protocol that is named; by its default without one."""

import json
import os
import sys

from aliyunsdkcore.client import AcsClient
from aliyunsdkimageaudit.request.v20191230.ScanImageRequest import ScanImageRequest

client = AcsClient(
    os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], "cn-shanghai"
)
request = ScanImageRequest()
if len(sys.argv) > 1:
    request.set_protocol_type(sys.argv[1])
request.set_Scenes(["porn"])
request.set_Tasks([{"ImageURL": "https://a.test/emu-porn-sexy-62.11.jpg"}])
answer = json.loads(client.do_action_with_exception(request))
found = answer["Data"]["Results"][0]["SubResults"][0]
json.dump({name: found[name] for name in ("Label", "Suggestion", "Rate")}, sys.stdout)
