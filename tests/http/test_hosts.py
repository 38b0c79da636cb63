"""Requests that name a real host go to its provider, whatever their path; what is not emulated there is told."""

from typing import Any

import pytest
import requests

from emulator.discovery import find_providers
from moderation_emulator.contract.raw_socket import Answer, ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import TEAM_B
from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc
from tests.providers.wechat.builders import APPID

WECHAT, LOGIN = "api.weixin.qq.com", "/sns/jscode2session"
HOSTS = [(p.name, host.replace("*", "env-1")) for p in find_providers().values() for host in p.hosts]


def get(live: RunningServer, host: str, target: str, accept: str = "*/*") -> Answer:
    return ask(live, encode_request("GET", target, host=host, Accept=accept))


@pytest.mark.parametrize(("provider", "host"), HOSTS)
@pytest.mark.parametrize("path", ["/", "/no/such/path", "/green/text/scan", "/wxa/img_sec_check", "/gateway.do"])
def test_a_host_belongs_to_its_provider(live: RunningServer, provider: str, host: str, path: str) -> None:
    get(live, host, path, "text/html")
    assert [entry.provider for entry in live.list_entries()] == [provider]


@pytest.mark.parametrize("host", [WECHAT.upper(), f"{WECHAT}:443", f"{WECHAT}.", f"{WECHAT}.:80"])
def test_a_host_is_read_as_names_are(live: RunningServer, host: str) -> None:
    assert get(live, host, "/").json()["errcode"] == 40066


@pytest.mark.parametrize(
    "host",
    ["", "localhost", f"{WECHAT}.evil.test", f"evil{WECHAT}", "weixin.qq.com", "a.b.api.weixin.qq.com", "x" * 9000],
)
def test_other_names_are_none(live: RunningServer, host: str) -> None:
    get(live, host, "/nowhere")
    assert not live.list_entries()


def test_a_target_with_its_host_goes_before_the_header(live: RunningServer) -> None:
    for target in (f"http://{WECHAT}/?Action=ScanImage", f"http://{WECHAT.upper()}:80?Action=ScanImage"):
        assert get(live, "localhost", target).json()["errcode"] == 40066
    assert get(live, WECHAT, "http://imageaudit.cn-shanghai.aliyuncs.com/").json()["Code"] == "MissingVersion"
    assert get(live, WECHAT, "http://example.com/nowhere").status == 404


def test_a_call_at_the_real_host_is_answered(live: RunningServer) -> None:
    query = encode_query(sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "emu-ad"}))
    answer = get(live, "imageaudit.cn-shanghai.aliyuncs.com", f"/?{query}").json()
    assert answer["Data"]["Elements"][0]["Results"][0]["Label"] == "ad"


def test_what_cannot_be_read_is_refused_by_the_provider_of_the_host(live: RunningServer) -> None:
    answer = ask(live, encode_request("GET", "/", host=WECHAT, Content_Length="999999999999"))
    assert answer.json()["errcode"] == 40006


def test_the_control_api_does_not_answer_there(live: RunningServer) -> None:
    answer = get(live, WECHAT, "/_emulator/accounts")
    assert answer.status == 403
    assert WECHAT in answer.json()["error"]
    assert get(live, "localhost", f"http://{WECHAT}/_emulator/accounts").json()["errcode"] == 40066


# -- neighbours


def test_the_journal_tells_a_path_that_is_not_emulated(live: RunningServer) -> None:
    answer = get(live, WECHAT, f"{LOGIN}?appid={APPID}&secret=s3cret&js_code=x")
    assert answer.json()["errcode"] == 40066
    (entry,) = live.list_entries()
    assert entry.detail.startswith("nothing emulated: GET /sns/jscode2session. ")
    assert "s3cret" not in entry.detail
    assert (entry.outcome, entry.decided_by[0]) == ("refused", "gate")


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("green.cn-shanghai.aliyuncs.com", "/green/voice/asyncscan"),
        ("openapi.alipay.com", "/other.do"),
        ("imageaudit.cn-shanghai.aliyuncs.com", "/other"),
        ("env-1.tcb-api.tencentcloudapi.com", "/web"),
    ],
)
def test_so_do_other_providers(live: RunningServer, host: str, target: str) -> None:
    get(live, host, target)
    (entry,) = live.list_entries()
    assert entry.detail.startswith(f"nothing emulated: GET {target}. ")


@pytest.mark.parametrize("target", ["/?Action=DescribeRegions", "/wxa/msg_sec_check"])
def test_a_wrong_call_of_what_is_emulated_is_no_such_path(live: RunningServer, target: str) -> None:
    get(live, "localhost", target)
    assert "nothing emulated" not in live.list_entries()[0].detail


def push(live: RunningServer, match: dict[str, Any], account: str = "", **more: Any) -> requests.Response:
    query = {"account": account} if account else {}
    return live.control("POST", "rules", {"match": match, "raw": {"body": '{"openid": "o"}'}, **more}, **query)


def test_a_rule_answers_a_path_literally(live: RunningServer) -> None:
    assert push(live, {"provider": "wechat", "path": LOGIN}, times=1).status_code == 201
    answer = get(live, WECHAT, f"{LOGIN}?appid={APPID}")
    assert (answer.status, answer.json()) == (200, {"openid": "o"})
    (entry,) = live.list_entries()
    assert (entry.outcome, entry.decided_by[0], entry.account) == ("respond", "rule", live.state.accounts.default.id)
    assert get(live, WECHAT, LOGIN).json()["errcode"] == 40066  # its times are spent


@pytest.mark.parametrize("demand", [{"prefix": "/sns/"}, {"glob": "/*/jscode2session"}, [LOGIN, "/other"]])
def test_a_path_may_be_a_pattern(live: RunningServer, demand: object) -> None:
    assert push(live, {"path": demand}).status_code == 201
    assert get(live, WECHAT, LOGIN).json() == {"openid": "o"}


def test_a_rule_of_one_account_holds_for_calls_that_name_it(live: RunningServer) -> None:
    other = live.control("POST", "accounts", TEAM_B).json()
    assert push(live, {"path": LOGIN}, account=other["id"]).status_code == 201
    assert get(live, WECHAT, f"{LOGIN}?appid={other['wechat']['appid']}").json() == {"openid": "o"}
    for query in ("", f"?appid={APPID}", "?appid=nobody"):
        assert get(live, WECHAT, f"{LOGIN}{query}").json()["errcode"] == 40066
    assert live.control("DELETE", f"accounts/{other['id']}").status_code == 200


def test_a_rule_waits_on_the_clock_of_the_account(live: RunningServer) -> None:
    push(live, {"path": LOGIN}, delay=3600)
    live.control("POST", "clock", {"freeze": True})
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{live.url}{LOGIN}", headers={"Host": WECHAT}, timeout=0.2)


def test_no_other_rule_answers_it_and_it_answers_nothing_else(live: RunningServer) -> None:
    live.push_rule({"provider": "wechat"}, raw={"body": "any"})
    assert get(live, WECHAT, LOGIN).json()["errcode"] == 40066
    live.reset()
    push(live, {"path": "/cgi-bin/token"})
    assert "access_token" not in get(live, WECHAT, "/cgi-bin/token").json()
    assert get(live, WECHAT, "/cgi-bin/token").json()["errcode"] == 41002


@pytest.mark.parametrize(
    ("match", "more", "told"),
    [
        ({}, {"raw": None, "verdict": "block"}, "raw beside it"),
        ({}, {"raw": None, "error": -1}, "raw beside it"),
        ({}, {"raw": None, "delay": 1}, "raw beside it"),
        ({"operation": "cgi-bin/token"}, {}, "got operation"),
        ({"text": "x"}, {}, "got text"),
    ],
)
def test_a_rule_that_could_never_do_what_it_says_is_refused(
    live: RunningServer, match: dict[str, Any], more: dict[str, Any], told: str
) -> None:
    form = {"match": {"provider": "wechat", "path": LOGIN, **match}, "raw": {"body": ""}, **more}
    answer = live.control("POST", "rules", {key: value for key, value in form.items() if value is not None})
    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert problem["path"] == "$.match.path"
    assert told in f"{problem['expected']}, got {problem['got']}"
