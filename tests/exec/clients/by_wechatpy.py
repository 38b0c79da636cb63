"""wechatpy, nothing patched: a token, then a picture."""

import json
import os
import sys
from base64 import b64decode

from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = b64decode(DOT) + b"emu-block"

client = WeChatClient(os.environ["WECHAT_APPID"], os.environ["WECHAT_SECRET"])
token = client.fetch_access_token()
try:
    checked = client.wxa.check_image_security(PICTURE)
except WeChatClientException as error:
    checked = {"errcode": error.errcode}
json.dump({"expires_in": token["expires_in"], "errcode": checked["errcode"]}, sys.stdout)
