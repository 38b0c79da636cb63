"""urllib.request: a token, then a text."""

import json
import os
import sys
from urllib.parse import urlencode
from urllib.request import urlopen

API = "https://api.weixin.qq.com"
ASKED = {"grant_type": "client_credential", "appid": os.environ["WECHAT_APPID"], "secret": os.environ["WECHAT_SECRET"]}
TEXT = {"content": "emu-block"}

token = json.load(urlopen(f"{API}/cgi-bin/token?{urlencode(ASKED)}", timeout=30))
url = f"{API}/wxa/msg_sec_check?access_token={token['access_token']}"
checked = json.load(urlopen(url, json.dumps(TEXT).encode(), timeout=30))
json.dump({"expires_in": token["expires_in"], "errcode": checked["errcode"]}, sys.stdout)
