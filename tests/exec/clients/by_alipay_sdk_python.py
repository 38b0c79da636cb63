"""alipay-sdk-python: a text, at the gateway that it calls by default."""

import json
import os
import sys

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.domain.AlipaySecurityRiskContentDetectModel import AlipaySecurityRiskContentDetectModel
from alipay.aop.api.request.AlipaySecurityRiskContentDetectRequest import AlipaySecurityRiskContentDetectRequest

config = AlipayClientConfig()
config.app_id = os.environ["ALIPAY_APP_ID"]
config.app_private_key = os.environ["APP_PRIVATE_KEY"]
config.alipay_public_key = os.environ["ALIPAY_PUBLIC_KEY"]
model = AlipaySecurityRiskContentDetectModel()
model.content = "emu-block"
answer = json.loads(DefaultAlipayClient(config).execute(AlipaySecurityRiskContentDetectRequest(model)))
json.dump({"code": answer["code"], "action": answer["action"]}, sys.stdout)
