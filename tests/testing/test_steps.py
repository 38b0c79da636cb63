"""Walking real clients through every documented error of an operation."""

from collections.abc import Iterator

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkimageaudit.request.v20191230.ScanImageRequest import ScanImageRequest
from Tea.exceptions import TeaException

from emulator.testing import Account, Emulator, walk
from tests.live import Live
from tests.testing.sdk import scan_text


@pytest.fixture
def account(live: Live) -> Iterator[Account]:
    with Emulator(live.url).account() as fresh:
        yield fresh


def documented(live: Live, operation: str) -> set[str]:
    rows = live.control("GET", "errors", provider="aliyun_imageaudit").json()["items"]
    return {row["code"] for row in rows if operation in row["operations"]}


def test_a_client_that_handles_everything(account: Account, live: Live) -> None:
    found = walk(account, "ScanText", scan_text(account), handled=(TeaException,))
    found.check()
    assert {step.case.code for step in found.steps} == documented(live, "ScanText")
    assert all(step.case.calls == 1 for step in found.steps)
    assert all(step.case.code in str(step.exception) for step in found.steps)
    assert account.control("GET", "rules", account=account.id)["total"] == len(live.house.world.judge.files.rules)


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


def test_a_client_that_does_not_is_told_what_it_let_through(account: Account) -> None:
    check = scan_text(account)

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
    told, *lines = str(failed.value).splitlines()
    assert told == f"{len(found.failures)} of {len(found.steps)} documented errors are not handled"
    assert len(lines) == len(found.failures)
    assert all("unhandled  raised " in line for line in lines)


def test_a_client_that_tries_again_outlives_an_error_that_passes(account: Account) -> None:
    check = scan_text(account)

    def patient() -> str:
        try:
            return check()
        except TeaException:
            return check()

    found = walk(account, "ScanText", patient, times=1)
    assert {step.returned for step in found.steps} == {"pass"}
    assert not found.failures


def test_a_client_that_never_called_handled_nothing(account: Account) -> None:
    found = walk(account, "ScanText", lambda: "from a cache")
    assert {step.outcome for step in found.steps} == {"not called"}


def test_one_case_at_a_time(account: Account) -> None:
    check = scan_text(account)
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
