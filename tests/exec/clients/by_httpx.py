"""httpx: a token, then a text."""

import json
import os
import sys

import httpx

API = "https://api.weixin.qq.com"
ASKED = {"grant_type": "client_credential", "appid": os.environ["WECHAT_APPID"], "secret": os.environ["WECHAT_SECRET"]}
TEXT = {"content": "emu-block"}

token = httpx.get(f"{API}/cgi-bin/token", params=ASKED, timeout=30).json()
url = f"{API}/wxa/msg_sec_check?access_token={token['access_token']}"
checked = httpx.post(url, json=TEXT, timeout=30).json()
json.dump({"expires_in": token["expires_in"], "errcode": checked["errcode"]}, sys.stdout)
