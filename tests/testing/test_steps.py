"""Walking real clients through every documented error of an operation."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkimageaudit.request.v20191230.ScanImageRequest import ScanImageRequest
from Tea.exceptions import TeaException
from wechatpy.exceptions import WeChatClientException

from emulator.testing import Account, Emulator, walk
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import QUERY, SUBMIT, TEXT, make_picture, make_task, make_text
from tests.providers.wechat.builders import PNG
from tests.providers.wechat.test_wechatpy import make_local_client
from tests.testing.sdk import make_scan_text_call

GOLDEN = Path(__file__).parents[1] / "providers" / "aliyun" / "imageaudit" / "golden" / "errors.zh.json"


@pytest.fixture
def account(live: RunningServer) -> Iterator[Account]:
    with Emulator(live.url).account() as fresh:
        yield fresh


def list_documented(live: RunningServer, operation: str) -> set[str]:
    rows = live.control("GET", "errors", provider="aliyun_imageaudit").json()["items"]
    return {row["code"] for row in rows if operation in row["operations"]}


def test_a_client_that_handles_everything(account: Account, live: RunningServer) -> None:
    found = walk(account, "ScanText", make_scan_text_call(account), handled=(TeaException,))
    found.check()
    assert {step.case.code for step in found.steps} == list_documented(live, "ScanText")
    assert all(step.case.calls == 1 for step in found.steps)
    assert all(step.case.code in str(step.exception) for step in found.steps)
    assert account.control("GET", "rules", account=account.id)["total"] == len(live.app.state.rule_engine.files.rules)


def test_the_other_official_client(account: Account) -> None:
    host, port = account.url.removeprefix("http://").split(":")
    keys = account.aliyun
    client = AcsClient(keys.access_key_id, keys.access_key_secret, "cn-shanghai", port=int(port), auto_retry=False)
    request = ScanImageRequest()
    request.set_endpoint(host)
    request.set_Scenes(["porn"])
    request.set_Tasks([{"ImageURL": "https://cdn.example.test/a.jpg"}])

    def call() -> str:
        try:
            client.do_action_with_exception(request)
        except ServerException as refused:
            return str(refused.get_error_code())
        return "OK"

    found = walk(account, "ScanImage", call, provider="aliyun_imageaudit")
    found.check()
    assert [step.returned for step in found.steps] == [step.case.code.replace(".N.", ".1.") for step in found.steps]


def test_a_client_that_does_not_learns_what_it_let_through(account: Account) -> None:
    check = make_scan_text_call(account)

    def call() -> str:
        try:
            return check()
        except TeaException as refused:
            if refused.code == "Throttling":
                return "later"
            raise

    found = walk(account, "ScanText", call)
    assert len(found.failures) == len(found.steps) - 1
    (handled,) = (step for step in found.steps if step.outcome == "handled")
    assert (handled.case.code, handled.returned) == ("Throttling", "later")
    (line,) = (line for line in str(found).splitlines() if " Throttling " in line)
    assert line.split() == ["429", "Throttling", "handled", "returned", "'later'"]
    with pytest.raises(AssertionError) as failed:
        found.check()
    got, *lines = str(failed.value).splitlines()
    assert got == f"{len(found.failures)} of {len(found.steps)} documented errors are not handled"
    assert all("unhandled  raised " in line for line in lines[::2])
    assert lines[1::2] == [f"     {' '.join(step.case.meaning.split())}"[:105] for step in found.failures]


def test_what_was_let_through_is_explained_in_chinese(account: Account) -> None:
    table = str(walk(account, "ScanText", make_scan_text_call(account), lang="zh"))
    printed = json.loads(GOLDEN.read_text(encoding="utf-8"))["codes"]["UnsupportedHTTPMethod"]["meaning"]
    at = table.index("  UnsupportedHTTPMethod ")
    assert printed in table[at:].splitlines()[1]


def test_a_client_that_tries_again_outlives_an_error_that_passes(account: Account) -> None:
    check = make_scan_text_call(account)

    def call_patiently() -> str:
        try:
            return check()
        except TeaException:
            return check()

    found = walk(account, "ScanText", call_patiently, times=1)
    assert {step.returned for step in found.steps} == {"pass"}
    assert not found.failures


def test_a_client_that_never_called_handled_nothing(account: Account) -> None:
    found = walk(account, "ScanText", lambda: "from a cache")
    assert {step.outcome for step in found.steps} == {"not called"}


def test_one_case_at_a_time(account: Account) -> None:
    check = make_scan_text_call(account)
    for case in account.codes("aliyun_imageaudit", "ScanText"):
        with case, pytest.raises(TeaException, match=case.code):
            check()
        assert case.calls == 1
    assert check() == "pass"


def test_names_that_nobody_documents(account: Account) -> None:
    with pytest.raises(ValueError, match="no operation 'ScanTxt'; did you mean ScanText"):
        account.codes(None, "ScanTxt")
    with pytest.raises(ValueError, match="no operation 'ScanText' of aliyun_green; there are image/"):
        account.codes("aliyun_green", "ScanText")


def test_the_wechat_client(account: Account) -> None:
    """It fetches another token when one is refused, and tries again: for ever, if that is refused as well."""
    wechat = account.wechat
    client = make_local_client(account.url)(wechat.appid, wechat.secret)
    client.wxa.check_image_security(PNG)
    found = walk(
        account,
        "security.imgSecCheck",
        lambda: client.wxa.check_image_security(PNG),
        handled=(WeChatClientException,),
        times=1,
    )
    found.check()
    assert all(step.case.provider == "wechat" and step.case.calls == 1 for step in found.steps)
    renewed = [step.case.code for step in found.steps if step.returned]
    assert renewed == ["40001", "40014", "42001"]
    assert not [step for step in found.steps if step.case.code.startswith("-6041")]


def test_a_cloud_call_meets_errors_of_its_own(account: Account) -> None:
    https = {case.code for case in account.codes("wechat", "security.imgSecCheck")}
    cloud = {case.code for case in account.codes("wechat", "security.imgSecCheck", via="cloud")}
    assert "87014" in https & cloud
    assert "-604102" in cloud - https
    assert https - cloud == {"412"}  # of the web server in front of the HTTPS API


@pytest.mark.parametrize("operation", [SUBMIT, QUERY, TEXT])
def test_what_a_mini_program_of_alipay_meets(account: Account, operation: str) -> None:
    params = {
        SUBMIT: make_picture("https://cdn.example.test/one.jpg"),
        QUERY: make_task("0f8fad5b-d9cb-469f-a165-70867728950e"),
        TEXT: make_text("hello", "keyword"),
    }[operation]

    def call() -> None:
        url = f"{account.url}/alipay/{operation}?account={account.id}"
        answer = requests.post(
            url, json={**params, "pid": account.alipay.pid} if "pid" in params else params, timeout=10
        )
        if "error" in answer.json():
            raise RuntimeError(answer.status_code, answer.json()["error"])

    found = walk(account, operation, call, handled=(RuntimeError,))
    found.check()
    assert [step.exception.args for step in found.steps if step.exception] == [
        (step.case.status, step.case.code) for step in found.steps
    ]
