"""python-alipay-sdk in a process of its own: takes one call as JSON, prints as JSON what it got or raised."""

import json
import sys

from alipay import AliPay

asked = json.load(sys.stdin)
client = AliPay(
    appid=asked["app_id"],
    app_notify_url=None,
    app_private_key_string=asked["private_key"],
    alipay_public_key_string=asked["public_key"],
    sign_type=asked["sign_type"],
)
client._gateway = asked["url"]  # there is no setting for it
try:
    json.dump(client.server_api(asked["method"], asked["content"]), sys.stdout)
except Exception as error:
    json.dump({"raised": f"{type(error).__name__}: {error}"}, sys.stdout)
