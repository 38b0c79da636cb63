"""Alibaba's current client of imageaudit, sync or async as is named."""

import asyncio
import json
import os
import sys

from alibabacloud_imageaudit20191230 import models
from alibabacloud_imageaudit20191230.client import Client
from alibabacloud_tea_openapi.models import Config

client = Client(
    Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint="imageaudit.cn-shanghai.aliyuncs.com",
    )
)
task = models.ScanImageRequestTask(image_url="https://a.test/emu-porn-sexy-62.11.jpg")
request = models.ScanImageRequest(scene=["porn"], task=[task])
answer = asyncio.run(client.scan_image_async(request)) if sys.argv[1] == "async" else client.scan_image(request)
found = answer.body.data.results[0].sub_results[0]
json.dump({"Label": found.label, "Suggestion": found.suggestion, "Rate": found.rate}, sys.stdout)
