"""http.client: a token, then a text on the same connection."""

import json
import os
import sys
from http.client import HTTPSConnection
from urllib.parse import urlencode

ASKED = {"grant_type": "client_credential", "appid": os.environ["WECHAT_APPID"], "secret": os.environ["WECHAT_SECRET"]}
TEXT = {"content": "emu-block"}

connection = HTTPSConnection("api.weixin.qq.com", timeout=30)
connection.request("GET", f"/cgi-bin/token?{urlencode(ASKED)}")
token = json.load(connection.getresponse())
connection.request("POST", f"/wxa/msg_sec_check?access_token={token['access_token']}", json.dumps(TEXT))
checked = json.load(connection.getresponse())
json.dump({"expires_in": token["expires_in"], "errcode": checked["errcode"]}, sys.stdout)
