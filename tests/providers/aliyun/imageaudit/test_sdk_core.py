"""aliyun-python-sdk-core 2.16.1 with aliyun-python-sdk-imageaudit 1.0.9, unmodified."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.profile import region_provider
from aliyunsdkcore.request import CommonRequest, RpcRequest
from aliyunsdkimageaudit.request.v20191230.ScanImageRequest import ScanImageRequest
from aliyunsdkimageaudit.request.v20191230.ScanTextRequest import ScanTextRequest
from defusedxml import ElementTree

from moderation_emulator.contract.running_server import RunningServer

pytestmark = pytest.mark.client("aliyun-python-sdk-imageaudit")

REGION = "cn-shanghai"


def build_client(
    live: RunningServer, key: str = "testId", secret: str = "testSecret", token: str | None = None
) -> AcsClient:
    if token is not None:
        return AcsClient(region_id=REGION, port=live.port, credential=StsTokenCredential(key, secret, token))
    return AcsClient(key, secret, REGION, port=live.port)


def build_scan_image(*urls: str, scenes: tuple[str, ...] = ("porn",)) -> ScanImageRequest:
    request = ScanImageRequest()
    request.set_Scenes(list(scenes))
    request.set_Tasks([{"ImageURL": url, "DataId": f"id-{n}"} for n, url in enumerate(urls or ("https://a.test/",))])
    request.set_endpoint("127.0.0.1")
    return request


def build_common(method: str, action: str = "ScanImage") -> CommonRequest:
    request = CommonRequest(domain="127.0.0.1", version="2019-12-30", action_name=action)
    request.set_protocol_type("http")
    request.set_method(method)
    return request


def send(asked: AcsClient, request: RpcRequest) -> Any:
    return json.loads(asked.do_action_with_exception(request))


def get_refusal(asked: AcsClient, request: RpcRequest) -> ServerException:
    with pytest.raises(ServerException) as failure:
        asked.do_action_with_exception(request)
    return failure.value


def connect_by_port(live: RunningServer, request: RpcRequest) -> AcsClient:
    request.set_endpoint("127.0.0.1")
    return AcsClient("testId", "testSecret", REGION, port=live.port)


def connect_by_address(live: RunningServer, request: RpcRequest) -> AcsClient:
    request.set_endpoint(live.host)
    return AcsClient("testId", "testSecret", REGION)


def connect_by_address_with_path(live: RunningServer, request: RpcRequest) -> AcsClient:
    request.set_endpoint(f"{live.host}/")
    return AcsClient("testId", "testSecret", REGION)


def connect_by_client(live: RunningServer, request: RpcRequest) -> AcsClient:
    request.endpoint = None
    asked = AcsClient("testId", "testSecret", REGION)
    asked.add_endpoint(REGION, "imageaudit", live.host)
    return asked


def connect_by_region_provider(live: RunningServer, request: RpcRequest) -> AcsClient:
    request.endpoint = None
    region_provider.modify_point("imageaudit", REGION, live.host)
    return AcsClient("testId", "testSecret", REGION)


@pytest.mark.parametrize(
    "way",
    [connect_by_port, connect_by_address, connect_by_address_with_path, connect_by_client, connect_by_region_provider],
)
def test_every_way_to_set_the_endpoint(
    live: RunningServer, way: Callable[[RunningServer, RpcRequest], AcsClient]
) -> None:
    request = build_scan_image()
    try:
        assert send(way(live, request), request)["Data"]["Results"][0]["Message"] == "OK"
    finally:
        region_provider.DefaultEndpointResolver.predefined_endpoint_resolver.reset()


def test_scan_image_is_answered(live: RunningServer) -> None:
    body = send(
        build_client(live),
        build_scan_image("https://a.test/1.jpg", "https://a.test/emu-logo.jpg", scenes=("porn", "logo")),
    )
    first, second = body["Data"]["Results"]
    assert (first["DataId"], second["DataId"]) == ("id-0", "id-1")
    assert [sub["Label"] for sub in first["SubResults"]] == ["normal", "normal"]
    assert [sub["Label"] for sub in second["SubResults"]] == ["normal", "TV"]


def test_every_parameter_of_a_task_arrives(live: RunningServer) -> None:
    request = build_scan_image()
    task = {"ImageURL": "https://a.test/a.gif", "Interval": 2, "MaxFrames": 3, "ImageTimeMillisecond": 1}
    request.set_Tasks([{**task, "DataId": "x"}])
    live.push_rule({"data_id": "x"}, verdict={"frames": 6})
    result = send(build_client(live), request)["Data"]["Results"][0]
    assert len(result["SubResults"][0]["Frames"]) == 3


@pytest.mark.parametrize("content", ["emu-ad a+b c*~!'()&=%", "加微信 emu-ad：领取\n第二行"])
def test_scan_text_is_answered(live: RunningServer, content: str) -> None:
    request = ScanTextRequest()
    request.set_Labelss([{"Label": "spam"}, {"Label": "ad"}])
    request.set_Taskss([{"Content": content}])
    request.set_endpoint("127.0.0.1")
    result = send(build_client(live), request)["Data"]["Elements"][0]["Results"][0]
    assert (result["Label"], result["Details"][0]["Contexts"]) == ("ad", [{"Context": "emu-ad"}])
    assert live.list_entries()[0].items[0][2]["text"] == content


@pytest.mark.parametrize("where", ["query", "body"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_common_request_is_answered(live: RunningServer, method: str, where: str) -> None:
    request = build_common(method)
    add = request.add_query_param if where == "query" else request.add_body_params
    add("Scene.1", "porn")
    add("Task.1.ImageURL", "https://a.test/emu-porn-sexy.jpg")
    entry = send(build_client(live), request)["Data"]["Results"][0]["SubResults"][0]
    assert (entry["Label"], entry["Suggestion"]) == ("sexy", "review")
    assert live.list_entries()[0].method == method


def test_deprecated_do_action_sends_no_usable_format(live: RunningServer) -> None:
    with pytest.warns(DeprecationWarning, match="do_action"):
        body = build_client(live).do_action(build_scan_image())
    assert json.loads(body)["Data"]
    assert "Format=None" in live.list_entries()[0].target


@pytest.mark.parametrize(
    ("url", "root", "path", "text"),
    [
        ("https://a.test/", "ScanImageResponse", "Data/Results/SubResults/Label", "normal"),
        ("https://a.test/emu-error-InvalidImage.NotFound", "Error", "Code", "InvalidImage.NotFound"),
    ],
)
def test_the_deprecated_call_may_ask_for_xml(live: RunningServer, url: str, root: str, path: str, text: str) -> None:
    """Only the deprecated call leaves the format to the caller."""
    request = build_scan_image(url)
    request.set_accept_format("XML")
    with pytest.warns(DeprecationWarning, match="do_action"):
        answer = ElementTree.fromstring(build_client(live).do_action(request))
    assert (answer.tag, answer.findtext(path)) == (root, text)


def test_temporary_credentials_are_accepted(live: RunningServer) -> None:
    assert send(build_client(live, "STS.testId", token="testToken"), build_scan_image())["RequestId"]


@pytest.mark.parametrize(
    ("key", "token", "code"),
    [
        ("STS.testId", "nonsense", "InvalidSecurityToken.Malformed"),
        ("testId", "testToken", "InvalidSecurityToken.MismatchWithAccessKey"),
    ],
)
def test_bad_temporary_credentials(live: RunningServer, key: str, token: str, code: str) -> None:
    assert get_refusal(build_client(live, key, token=token), build_scan_image()).get_error_code() == code


def test_temporary_key_without_token(live: RunningServer) -> None:
    assert get_refusal(build_client(live, "STS.testId"), build_scan_image()).get_error_code() == "MissingSecurityToken"


@pytest.mark.parametrize("url", ["https://a.test/x.jpg", "https://a.test:8080/a b+c?d=*~!'()&e=é%25:#f"])
def test_wrong_secret_is_told_apart_from_a_wrong_signature(live: RunningServer, url: str) -> None:
    """The SDK says so only when our string to sign, behind the first colon of Message, is its own to the letter."""
    failure = get_refusal(build_client(live, secret="wrong"), build_scan_image(url))
    assert (failure.get_error_code(), failure.get_http_status()) == ("InvalidAccessKeySecret", 400)


def test_wrong_secret_of_a_common_request(live: RunningServer) -> None:
    """The SDK forgets what it signed of these, so it can only repeat what the answer says."""
    request = build_common("GET")
    request.add_query_param("Scene.1", "a:b 图")
    failure = get_refusal(build_client(live, secret="wrong"), request)
    assert failure.get_error_code() == "SignatureDoesNotMatch"
    assert "server string to sign is:GET&%2F&AccessKeyId%3DtestId%26" in failure.get_error_msg()


def test_an_unknown_key_is_refused(live: RunningServer) -> None:
    failure = get_refusal(build_client(live, key="nobody"), build_scan_image())
    assert (failure.get_http_status(), failure.get_error_code()) == (404, "InvalidAccessKeyId.NotFound")
    assert failure.get_error_msg() == "Specified access key is not found."
    assert failure.get_request_id() == live.list_entries()[0].request_id


def test_an_expired_timestamp_is_refused(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live.state.accounts.default.clock, "wall", lambda: time.time() + 1000)
    assert get_refusal(build_client(live), build_scan_image()).get_error_code() == "InvalidTimeStamp.Expired"


def test_version_and_action(live: RunningServer) -> None:
    request = build_common("GET")
    request.set_version("2020-01-01")
    assert get_refusal(build_client(live), request).get_error_code() == "InvalidVersion"
    failure = get_refusal(build_client(live), build_common("GET", action="ScanVideo"))
    assert (failure.get_http_status(), failure.get_error_code()) == (404, "InvalidAction.NotFound")


STATUSES = [
    ("InvalidImage.Unsafe", 401),
    ("InvalidImage.NotFound", 404),
    ("Throttling", 429),
    ("InvalidImage.Restriction", 480),
    ("InternalServerError", 500),
    ("ServiceUnavailable", 503),
    ("InternalServerError.Timeout", 581),
    ("InternalServerError.Frame", 595),
]


@pytest.mark.parametrize(("code", "status"), STATUSES)
def test_status_by_magic_word(live: RunningServer, code: str, status: int) -> None:
    failure = get_refusal(build_client(live), build_scan_image(f"https://a.test/emu-error-{code}.jpg"))
    assert (failure.get_http_status(), failure.get_error_code()) == (status, code)
    assert len(live.list_entries()) == 1, "the SDK tried again"


@pytest.mark.parametrize(("code", "status"), STATUSES)
def test_status_by_rule(live: RunningServer, code: str, status: int) -> None:
    live.push_rule({}, error=code, times=1)
    failure = get_refusal(build_client(live), build_scan_image())
    assert (failure.get_http_status(), failure.get_error_code()) == (status, code)
    assert send(build_client(live), build_scan_image())["Data"], "the rule was spent"
