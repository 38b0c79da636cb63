"""The clients of the JVM, as they call the hosts that are wired into them: a row each."""

from typing import Any, NamedTuple

from tests.java.jvm import find_jdk, list_versions, strip_key
from tests.providers.alipay.gateway import builders
from tests.providers.wechat.builders import APPID, SECRET

_ALIYUN = {"key": "testId", "secret": "testSecret"}
_WECHAT = {"appid": APPID, "secret": SECRET}
_TEXT = {"call": "ScanText", "content": "emu-ad", **_ALIYUN}
_GREEN = {"call": "text/scan", "body": {"scenes": ["antispam"], "tasks": [{"content": "emu-ad"}]}, **_ALIYUN}
_WXJAVA = "com.github.binarywang:weixin-java-miniapp"


class Row(NamedTuple):
    """A client of the JVM.

    name: What it is called in the table.
    library: What the project of Maven calls it; empty for what is in Java itself.
    asked: A call with a magic word in it, as Clients.java takes it.
    expected: What then stands in its answer.
    heeds_proxy: Whether it calls by the proxy that the options of the JVM name.
    """

    name: str
    library: str
    asked: dict[str, Any]
    expected: str
    heeds_proxy: bool = True

    @property
    def version(self) -> str:
        return list_versions()[self.library] if self.library else find_jdk()


def _build_row(library: str, asked: dict[str, Any], expected: str) -> Row:
    return Row(library, library, {"client": library, **asked}, expected)


def _build_alipay_row(library: str) -> Row:
    call = {"call": builders.DETECT, "content": {"content": "emu-block"}, "app_id": builders.APP_ID}
    key = strip_key(builders.make_key_pair().pkcs8)
    return _build_row(library, {**call, "private_key": key}, '"action": "REJECTED"')


def _build_http_row(client: str, library: str = "", heeds_proxy: bool = True) -> Row:
    asked = {"client": client, "call": "", **_WECHAT}
    return Row(f"JVM: {client}", library, asked, '"errcode": 87014', heeds_proxy)


def _build_wxjava_row(service: str, heeds_proxy: bool) -> Row:
    asked = {"client": _WXJAVA, "call": "msgSecCheck", "content": "emu-block", "service": service, **_WECHAT}
    return Row(f"{_WXJAVA}, `{service}`", _WXJAVA, asked, '"code": 87014', heeds_proxy)


ROWS = (
    _build_row("com.aliyun:aliyun-java-sdk-green", _GREEN, '"suggestion": "block"'),
    _build_row("com.aliyun:aliyun-java-sdk-imageaudit", _TEXT, '["ad", "block"]'),
    _build_row("com.aliyun:imageaudit20191230", _TEXT, '["ad", "block"]'),
    _build_row("com.aliyun:tea-openapi", _GREEN, '"suggestion": "block"'),
    _build_alipay_row("com.alipay.sdk:alipay-easysdk"),
    _build_alipay_row("com.alipay.sdk:alipay-sdk-java"),
    _build_wxjava_row("WxMaServiceImpl", heeds_proxy=False),
    _build_wxjava_row("WxMaServiceOkHttpImpl", heeds_proxy=True),
    _build_row("com.squareup.okhttp3:okhttp", _TEXT, '["ad", "block"]'),
    _build_http_row("HttpURLConnection"),
    _build_http_row("java.net.http.HttpClient"),
    _build_http_row("Apache HttpClient, `createSystem`", "org.apache.httpcomponents:httpclient"),
    _build_http_row("Apache HttpClient, `createDefault`", "org.apache.httpcomponents:httpclient", heeds_proxy=False),
)
