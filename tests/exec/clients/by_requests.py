"""requests: a token, then a text."""

import json
import os
import sys

import requests

API = "https://api.weixin.qq.com"
ASKED = {"grant_type": "client_credential", "appid": os.environ["WECHAT_APPID"], "secret": os.environ["WECHAT_SECRET"]}
TEXT = {"content": "emu-block"}

token = requests.get(f"{API}/cgi-bin/token", ASKED, timeout=30).json()
url = f"{API}/wxa/msg_sec_check?access_token={token['access_token']}"
checked = requests.post(url, json=TEXT, timeout=30).json()
json.dump({"expires_in": token["expires_in"], "errcode": checked["errcode"]}, sys.stdout)
