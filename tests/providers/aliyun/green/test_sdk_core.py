"""aliyun-python-sdk-core 2.16.1 with aliyun-python-sdk-green 3.6.6, unmodified."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest, RoaRequest
from aliyunsdkgreen.request.v20180509.ImageAsyncScanRequest import ImageAsyncScanRequest
from aliyunsdkgreen.request.v20180509.ImageAsyncScanResultsRequest import ImageAsyncScanResultsRequest
from aliyunsdkgreen.request.v20180509.ImageScanFeedbackRequest import ImageScanFeedbackRequest
from aliyunsdkgreen.request.v20180509.ImageSyncScanRequest import ImageSyncScanRequest
from aliyunsdkgreen.request.v20180509.TextFeedbackRequest import TextFeedbackRequest
from aliyunsdkgreen.request.v20180509.TextScanRequest import TextScanRequest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import SAMPLE

pytestmark = pytest.mark.client("aliyun-python-sdk-green")

REGION = "cn-shanghai"
REQUESTS: dict[str, Callable[[], RoaRequest]] = {
    "image/asyncscan": ImageAsyncScanRequest,
    "image/results": ImageAsyncScanResultsRequest,
    "image/scan": ImageSyncScanRequest,
    "text/scan": TextScanRequest,
    "image/feedback": ImageScanFeedbackRequest,
    "text/feedback": TextFeedbackRequest,
}


def build_request(operation: str, body: Any = None) -> RoaRequest:
    made = REQUESTS[operation]()
    made.set_content(json.dumps(SAMPLE[operation] if body is None else body).encode())
    made.set_endpoint("127.0.0.1")
    return made


def build_client(live: RunningServer, key: str = "testId", secret: str = "testSecret") -> AcsClient:
    return AcsClient(key, secret, REGION, port=live.port)


def send(live: RunningServer, made: RoaRequest, **keys: str) -> Any:
    return json.loads(build_client(live, **keys).do_action_with_exception(made))


@pytest.mark.parametrize("operation", REQUESTS)
def test_every_operation_is_answered(live: RunningServer, operation: str) -> None:
    assert send(live, build_request(operation))["code"] == 200
    headers = dict(live.list_entries()[0].headers)
    assert not [name for name in headers if name.lower() == "x-acs-signature-nonce"]
    assert headers["Content-Type"] == "application/octet-stream"


def connect_by_port(live: RunningServer, made: RoaRequest) -> AcsClient:
    made.set_endpoint("127.0.0.1")
    return build_client(live)


def connect_by_address(live: RunningServer, made: RoaRequest) -> AcsClient:
    made.set_endpoint(live.host)
    return AcsClient("testId", "testSecret", REGION)


def connect_by_url(live: RunningServer, made: RoaRequest) -> AcsClient:
    made.set_endpoint(live.url)
    return AcsClient("testId", "testSecret", REGION)


def connect_by_client(live: RunningServer, made: RoaRequest) -> AcsClient:
    made.endpoint = None
    asked = build_client(live)
    asked.add_endpoint(REGION, "Green", "127.0.0.1")
    return asked


@pytest.mark.parametrize("way", [connect_by_port, connect_by_address, connect_by_url, connect_by_client])
def test_ways_to_point_the_client_here(
    live: RunningServer, way: Callable[[RunningServer, RoaRequest], AcsClient]
) -> None:
    made = build_request("image/scan")
    assert json.loads(way(live, made).do_action_with_exception(made))["code"] == 200


@pytest.mark.parametrize(
    "kind", [None, "application/json", "application/json;charset=utf-8", "application/json;chrset=utf-8"]
)
def test_any_content_type_is_accepted(live: RunningServer, kind: str | None) -> None:
    made = build_request("image/scan")
    if kind:
        made.set_content_type(kind)
        made.add_header("Content-Type", kind)
    assert send(live, made)["code"] == 200


def test_client_info_with_a_capital(live: RunningServer) -> None:
    made = build_request("image/asyncscan")
    made.set_ClientInfo('{"userNick": "小明 & +*~", "userType": "others"}')
    assert send(live, made)["code"] == 200
    assert json.loads(live.list_entries()[0].items[0][2]["client_info"])["userNick"] == "小明 & +*~"
    assert "ClientInfo=" in live.list_entries()[0].target


def test_a_nonce_of_the_caller_s_own(live: RunningServer) -> None:
    made = build_request("image/scan")
    made.add_header("x-acs-signature-nonce", "once")
    assert send(live, made)["code"] == 200
    with pytest.raises(ServerException) as failure:
        send(live, made)
    assert failure.value.get_error_code() == "SignatureNonceUsed"


def test_the_older_do_action_takes_octet_stream(live: RunningServer) -> None:
    made = build_request("image/scan")
    with pytest.warns(DeprecationWarning, match="do_action"):
        assert json.loads(build_client(live).do_action(made))["code"] == 200
    assert dict(live.list_entries()[0].headers)["Accept"] == "application/octet-stream"
    with pytest.warns(DeprecationWarning, match="do_action"):
        assert build_client(live, secret="wrong").do_action(made).startswith(b"<?xml")


@pytest.mark.parametrize("version", ["2018-05-09", "2017-08-25", "2017-01-12"])
def test_a_common_request_of_any_version_is_answered(live: RunningServer, version: str) -> None:
    made = CommonRequest(domain="127.0.0.1", version=version, uri_pattern="/green/image/scan")
    made.set_protocol_type("http")
    made.set_method("POST")
    made.set_content(json.dumps(SAMPLE["image/scan"]).encode())
    assert json.loads(build_client(live).do_action_with_exception(made))["code"] == 200


def test_temporary_credentials_are_accepted(live: RunningServer) -> None:
    asked = AcsClient(
        region_id=REGION, port=live.port, credential=StsTokenCredential("STS.testId", "testSecret", "testToken")
    )
    assert json.loads(asked.do_action_with_exception(build_request("image/scan")))["code"] == 200


@pytest.mark.parametrize(
    ("keys", "status", "code"),
    [
        ({"key": "nobody"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"secret": "wrong"}, 400, "SignatureDoesNotMatch"),
    ],
)
def test_errors_of_the_gateway_are_exceptions(
    live: RunningServer, keys: dict[str, str], status: int, code: str
) -> None:
    with pytest.raises(ServerException) as failure:
        send(live, build_request("image/scan"), **keys)
    assert (failure.value.get_http_status(), failure.value.get_error_code()) == (status, code)
    assert failure.value.get_request_id() == live.list_entries()[0].request_id


def test_body_codes_are_answers(live: RunningServer) -> None:
    assert send(live, build_request("image/scan", {}))["code"] == 400
    live.push_rule({"operation": "image/scan"}, error=588)
    assert send(live, build_request("image/scan")) == {
        "code": 588,
        "msg": "EXCEED_QUOTA",
        "requestId": live.list_entries()[0].request_id,
    }


def test_from_submission_to_result(live: RunningServer) -> None:
    tasks = [
        {"dataId": f"id-{n}", "url": f"https://a.test/{word}.jpg"} for n, word in enumerate(("x", "emu-porn-sexy"))
    ]
    taken = send(live, build_request("image/asyncscan", {"scenes": ["porn"], "tasks": tasks}))
    ids = [item["taskId"] for item in taken["data"]]
    items = send(live, build_request("image/results", ids))["data"]
    assert [(item["dataId"], item["results"][0]["label"]) for item in items] == [("id-0", "normal"), ("id-1", "sexy")]
