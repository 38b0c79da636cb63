"""alibabacloud_tea_openapi 0.4.6, the ground of the current SDKs, by both of its signatures."""

from typing import Any

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import SAMPLE

pytestmark = pytest.mark.client("alibabacloud-tea-openapi")

V2 = "v2"  # ROA HMAC-SHA1, without Content-MD5


def ask(
    live: RunningServer,
    operation: str,
    body: Any = None,
    *,
    algorithm: str | None = None,
    query: dict[str, str] | None = None,
    **config: Any,
) -> Any:
    made = Config(
        **{
            "access_key_id": "testId",
            "access_key_secret": "testSecret",
            "endpoint": live.host,
            "protocol": "HTTP",
            **config,
        },
        signature_algorithm=algorithm,
    )
    params = Params(
        action="Any",
        version="2018-05-09",
        protocol="HTTP",
        pathname=f"/green/{operation}",
        method="POST",
        auth_type="AK",
        style="ROA",
        req_body_type="json",
        body_type="json",
    )
    request = OpenApiRequest(query=query, body=SAMPLE[operation] if body is None else body)
    return Client(made).call_api(params, request, RuntimeOptions(autoretry=False))["body"]


@pytest.mark.parametrize("algorithm", [None, V2])
@pytest.mark.parametrize("operation", SAMPLE)
def test_every_operation_is_answered(live: RunningServer, operation: str, algorithm: str | None) -> None:
    assert ask(live, operation, algorithm=algorithm)["code"] == 200
    headers = {name.lower(): value for name, value in live.list_entries()[0].headers}
    assert "content-md5" not in headers
    assert headers["authorization"].startswith("acs " if algorithm else "ACS3-HMAC-SHA256 ")


@pytest.mark.parametrize("algorithm", [None, V2])
def test_an_endpoint_with_its_scheme_goes_into_host(live: RunningServer, algorithm: str | None) -> None:
    assert ask(live, "image/scan", algorithm=algorithm, endpoint=live.url)["code"] == 200
    assert {name.lower(): value for name, value in live.list_entries()[0].headers}["host"] == live.url


@pytest.mark.parametrize("algorithm", [None, V2])
@pytest.mark.parametrize("query", [{"ClientInfo": '{"userNick":"小明 & +*~"}'}, {"a": "", "B": "1"}])
def test_signed_queries_are_accepted(live: RunningServer, query: dict[str, str], algorithm: str | None) -> None:
    assert ask(live, "image/scan", algorithm=algorithm, query=query)["code"] == 200


@pytest.mark.parametrize("algorithm", [None, V2])
def test_temporary_credentials_are_accepted(live: RunningServer, algorithm: str | None) -> None:
    keys: dict[str, Any] = {"access_key_id": "STS.testId", "security_token": "testToken"}
    assert ask(live, "image/scan", algorithm=algorithm, **keys)["code"] == 200


@pytest.mark.parametrize("algorithm", [None, V2])
def test_refusals_are_raised_and_bad_requests_returned(live: RunningServer, algorithm: str | None) -> None:
    with pytest.raises(ClientException) as failure:
        ask(live, "image/scan", algorithm=algorithm, access_key_id="nobody")
    assert (failure.value.code, failure.value.status_code) == ("InvalidAccessKeyId.NotFound", 404)
    with pytest.raises(ClientException) as failure:
        ask(live, "image/scan", algorithm=algorithm, access_key_secret="wrong")
    assert failure.value.code == "SignatureDoesNotMatch"
    assert ask(live, "image/scan", {}, algorithm=algorithm)["code"] == 400
