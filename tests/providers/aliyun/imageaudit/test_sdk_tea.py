"""alibabacloud_imageaudit20191230 2.0.6, unmodified, with ACS3 (its default) and with the RPC signature ("v2")."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_imageaudit20191230 import models
from alibabacloud_imageaudit20191230.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ClientException, ServerException
from alibabacloud_tea_openapi.models import Config

from moderation_emulator.contract.running_server import RunningServer

pytestmark = pytest.mark.client("alibabacloud_imageaudit20191230")

URL = "https://a.test/x.jpg"
AWKWARD = "https://a.test:8080/a b+c/(d)'?e=*~!&f=%E5%9B%BE&emu-logo-TV=1"

Connect = Callable[..., Client]


@pytest.fixture(params=[None, "v2"], ids=["acs3", "v2"])
def connect(request: pytest.FixtureRequest, live: RunningServer) -> Connect:
    """Return a function that makes clients of the emulator with one kind of signature."""
    algorithm = {"signature_algorithm": request.param} if request.param else {}

    def build_client(key: str = "testId", secret: str = "testSecret", token: str | None = None) -> Client:
        config = Config(
            access_key_id=key,
            access_key_secret=secret,
            security_token=token,
            endpoint=live.host,
            protocol="HTTP",
            region_id="cn-shanghai",
            **algorithm,
        )
        return Client(config)

    return build_client


def build_scan_image(*urls: str, scenes: tuple[str, ...] = ("porn",)) -> models.ScanImageRequest:
    tasks = [models.ScanImageRequestTask(image_url=url, data_id=f"id-{n}") for n, url in enumerate(urls or (URL,))]
    return models.ScanImageRequest(scene=list(scenes), task=tasks)


def build_scan_text(*contents: str, labels: tuple[str, ...] = ("ad",)) -> models.ScanTextRequest:
    return models.ScanTextRequest(
        labels=[models.ScanTextRequestLabels(label=label) for label in labels],
        tasks=[models.ScanTextRequestTasks(content=content) for content in contents],
    )


def get_refusal(asked: Client, request: models.ScanImageRequest | None = None) -> Any:
    with pytest.raises(AlibabaCloudException) as failure:
        asked.scan_image(request or build_scan_image())
    return failure.value


def test_typed_models_lose_nothing(live: RunningServer, connect: Connect) -> None:
    answer = connect().scan_image(build_scan_image(AWKWARD, scenes=("porn", "logo")))
    result = answer.body.data.results[0]
    assert (result.image_url, result.data_id) == (AWKWARD, "id-0")
    clean, logo = result.sub_results
    assert (clean.scene, clean.label, clean.suggestion, clean.rate) == ("porn", "normal", "pass", 99.9)
    assert (logo.scene, logo.label, logo.suggestion, logo.rate) == ("logo", "TV", "block", 99.91)
    box = logo.logo_data_list[0]
    sent = live.list_entries()[0].response_body.decode()
    assert f'"X":{box.x},"Y":{box.y},"Width":{box.width},"Height":{box.height}' in sent
    assert answer.body.request_id == answer.headers["x-acs-request-id"] == live.list_entries()[0].request_id


def test_every_detail_list_reaches_the_typed_models(connect: Connect) -> None:
    url = "https://a.test/emu-terrorism-politics/emu-ad-programCode.gif"
    task = models.ScanImageRequestTask(image_url=url, interval=1, max_frames=2, image_time_millisecond=1)
    answer = connect().scan_image(models.ScanImageRequest(scene=["terrorism", "ad"], task=[task]))
    politics, code = answer.body.data.results[0].sub_results
    assert politics.sface_data_list[0].faces[0].id.startswith("AliFace_")
    assert politics.sface_data_list[0].y is not None
    assert code.program_code_data_list[0].y is not None
    assert [frame.url.startswith("http://") for frame in code.frames] == [True, True]


def test_scan_text_is_answered(connect: Connect) -> None:
    answer = connect().scan_text(build_scan_text("加我 emu-ad+1 ~*'()!", "好的\r\n ok", labels=("spam", "ad")))
    hit, clean = answer.body.data.elements
    assert (hit.results[0].label, hit.results[0].details[0].contexts[0].context) == ("ad", "emu-ad")
    assert (clean.results[0].label, clean.results[0].suggestion, clean.results[0].details) == ("normal", "pass", [])


async def test_the_async_client_is_answered(connect: Connect) -> None:
    answer = await connect().scan_image_async(build_scan_image("https://a.test/emu-porn.jpg"))
    assert answer.body.data.results[0].sub_results[0].label == "porn"


def test_temporary_credentials_are_accepted(connect: Connect) -> None:
    asked = connect("STS.testId", token="testToken")
    assert asked.scan_image(build_scan_image()).status_code == 200


@pytest.mark.parametrize(
    ("key", "token", "code"),
    [
        ("STS.testId", "nonsense", "InvalidSecurityToken.Malformed"),
        ("STS.testId", None, "MissingSecurityToken"),
        ("testId", "testToken", "InvalidSecurityToken.MismatchWithAccessKey"),
    ],
)
def test_bad_temporary_credentials(connect: Connect, key: str, token: str | None, code: str) -> None:
    failure = get_refusal(connect(key, token=token))
    assert (failure.code, failure.status_code) == (code, 400)


def test_a_wrong_secret_is_refused(connect: Connect) -> None:
    failure = get_refusal(connect(secret="wrong"), build_scan_image(AWKWARD))
    assert (type(failure), failure.code, failure.status_code) == (ClientException, "SignatureDoesNotMatch", 400)


def test_an_unknown_key_is_refused(live: RunningServer, connect: Connect) -> None:
    failure = get_refusal(connect(key="nobody"))
    assert (failure.code, failure.status_code) == ("InvalidAccessKeyId.NotFound", 404)
    assert failure.message == (
        f"code: 404, Specified access key is not found. request id: {live.list_entries()[0].request_id}"
    )


def test_an_expired_timestamp_is_refused(
    live: RunningServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.state.accounts.default.clock, "wall", lambda: time.time() + 1000)
    assert get_refusal(connect()).code == "InvalidTimeStamp.Expired"


STATUSES = [
    ("InvalidImage.Unsafe", 401, ClientException),
    ("InvalidImage.NotFound", 404, ClientException),
    ("Throttling", 429, ClientException),
    ("InvalidImage.Restriction", 480, ClientException),
    ("InternalServerError", 500, ServerException),
    ("ServiceUnavailable", 503, ServerException),
    ("InternalServerError.Timeout", 581, ServerException),
    ("InternalServerError.Frame", 595, ServerException),
]


@pytest.mark.parametrize("way", ["rule", "magic word"])
@pytest.mark.parametrize(("code", "status", "kind"), STATUSES)
def test_each_error_is_raised_once_with_its_status(
    live: RunningServer, connect: Connect, way: str, code: str, status: int, kind: type
) -> None:
    url = URL if way == "rule" else f"https://a.test/emu-error-{code}.jpg"
    if way == "rule":
        live.push_rule({"url": URL}, error=code)
    failure = get_refusal(connect(), build_scan_image(url))
    assert (failure.code, failure.status_code, type(failure)) == (code, status, kind)
    assert failure.data["Message"] in failure.message
    assert len(live.list_entries()) == 1, "the SDK tried again"


def test_a_bad_picture_among_good_ones_is_no_exception(connect: Connect) -> None:
    answer = connect().scan_image(build_scan_image(URL, "https://a.test/emu-error-InvalidImage.NotFound.jpg"))
    good, bad = answer.body.data.results
    assert good.sub_results[0].label == "normal"
    assert bad.sub_results == []
