"""alipay-sdk-python in a process of its own: takes one call as JSON, prints as JSON what it got or raised."""

import json
import sys
from http.client import HTTPConnection
from importlib import import_module

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.util import WebUtils

asked = json.load(sys.stdin)


def connect_to_another_port(url: str, query: str, timeout: float) -> tuple[str, HTTPConnection]:
    """Connect to the port of the emulator: the client dials port 80 and nothing else."""
    return f"{url}?{query}", HTTPConnection("127.0.0.1", asked["port"], timeout=timeout)


if asked["port"] != 80:
    WebUtils.get_http_connection = connect_to_another_port

config = AlipayClientConfig()
config.server_url = f"http://{asked['host']}/gateway.do"
config.app_id = asked["app_id"]
config.app_private_key = asked["private_key"]
config.alipay_public_key = asked["public_key"]
config.charset = asked["charset"]
config.sign_type = asked["sign_type"]

name = "".join(word.title() for word in asked["method"].split("."))
model = getattr(import_module(f"alipay.aop.api.domain.{name}Model"), f"{name}Model")()
for key, value in asked["content"].items():
    setattr(model, key, value)
request = getattr(import_module(f"alipay.aop.api.request.{name}Request"), f"{name}Request")(model)
response = getattr(import_module(f"alipay.aop.api.response.{name}Response"), f"{name}Response")()
try:
    response.parse_response_content(DefaultAlipayClient(config).execute(request))
    answer = {key.lstrip("_"): value for key, value in vars(response).items()}
    json.dump(answer, sys.stdout, default=lambda value: value.to_alipay_dict())
except Exception as error:
    json.dump({"raised": f"{type(error).__name__}: {error}"}, sys.stdout)
