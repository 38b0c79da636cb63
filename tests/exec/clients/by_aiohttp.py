"""aiohttp with its defaults, on the loop that is named: a token, then a text."""

import asyncio
import json
import os
import sys
from typing import Any

import aiohttp
import uvloop

API = "https://api.weixin.qq.com"
ASKED = {"grant_type": "client_credential", "appid": os.environ["WECHAT_APPID"], "secret": os.environ["WECHAT_SECRET"]}
TEXT = {"content": "emu-block"}
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


async def check() -> dict[str, Any]:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{API}/cgi-bin/token", params=ASKED) as answer:
            token = await answer.json()
        url = f"{API}/wxa/msg_sec_check?access_token={token['access_token']}"
        async with session.post(url, json=TEXT) as answer:
            checked = await answer.json()
    return {"expires_in": token["expires_in"], "errcode": checked["errcode"]}


with asyncio.Runner(loop_factory=LOOPS[sys.argv[1]]) as runner:
    json.dump(runner.run(check()), sys.stdout)
