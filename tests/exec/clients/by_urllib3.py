"""urllib3: a token, then a text."""

import json
import os
import sys

import urllib3

API = "https://api.weixin.qq.com"
ASKED = {"grant_type": "client_credential", "appid": os.environ["WECHAT_APPID"], "secret": os.environ["WECHAT_SECRET"]}
TEXT = {"content": "emu-block"}

pool = urllib3.PoolManager()
token = pool.request("GET", f"{API}/cgi-bin/token", fields=ASKED).json()
url = f"{API}/wxa/msg_sec_check?access_token={token['access_token']}"
checked = pool.request("POST", url, json=TEXT).json()
json.dump({"expires_in": token["expires_in"], "errcode": checked["errcode"]}, sys.stdout)
