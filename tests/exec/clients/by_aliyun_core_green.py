"""aliyun-python-sdk-core with its package for Green, by https."""

import json
import os
import sys

from aliyunsdkcore.client import AcsClient
from aliyunsdkgreen.request.v20180509.TextScanRequest import TextScanRequest

client = AcsClient(
    os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], "cn-shanghai"
)
request = TextScanRequest()
request.set_protocol_type("https")
request.set_content(json.dumps({"scenes": ["antispam"], "tasks": [{"content": "emu-ad"}]}).encode())
answer = json.loads(client.do_action_with_exception(request))
found = answer["data"][0]["results"][0]
json.dump({name: found[name] for name in ("label", "suggestion")}, sys.stdout)
