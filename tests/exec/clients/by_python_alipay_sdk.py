"""python-alipay-sdk: a text, at the gateway that it calls by default."""

import json
import os
import sys

from alipay import AliPay

PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\n{ALIPAY_PUBLIC_KEY}\n-----END PUBLIC KEY-----".format_map(os.environ)

client = AliPay(
    appid=os.environ["ALIPAY_APP_ID"],
    app_notify_url=None,
    app_private_key_string=os.environ["APP_PRIVATE_KEY"],
    alipay_public_key_string=PUBLIC_KEY,
)
answer = client.server_api("alipay.security.risk.content.detect", {"content": "emu-block"})
json.dump({"code": answer["code"], "action": answer["action"]}, sys.stdout)
