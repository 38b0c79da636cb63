"""Where the calls of a command go that `exec` runs: here, nowhere, or where they want to."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.exec.running import python, run_exec

TOKEN = "/cgi-bin/token?grant_type=client_credential&appid=$WECHAT_APPID&secret=$WECHAT_SECRET"
CHECK = "https://api.weixin.qq.com/wxa/msg_sec_check?access_token=ACCESS_TOKEN"
BUCKET, STS = "x.oss-cn-shanghai.aliyuncs.com", "sts.aliyuncs.com"
STOPPED = "moderation-emulator: calls to real services were stopped: "
GET = """
import sys
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

for address in sys.argv[1:]:
    url = urlsplit(address)
    connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = connect(url.hostname, url.port, timeout=30)
    try:
        connection.request("GET", "/")
    except OSError as error:
        print(error)
"""


def run_shell(script: str, *options: str, **env: str) -> tuple[int, str, str]:
    """Return the exit code of a shell that `exec` runs, and what was printed on standard output and error."""
    done = run_exec(["sh", "-c", script], options=options, env=env)
    return done.returncode, done.stdout, done.stderr


def check_text(text: str) -> str:
    return f"""curl -s '{CHECK}' -d '{{"content": "{text}"}}'; echo; """


class _Gateway(BaseHTTPRequestHandler):
    """Notes the requests that a proxy gets, and leads none of them."""

    def do_CONNECT(self) -> None:
        assert isinstance(self.server, _Outer)
        self.server.asked.append(f"{self.command} {self.path} {self.headers.get('Proxy-Authorization')}")
        self.send_response(502)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_CONNECT()

    def log_message(self, *_: object) -> None:
        pass


class _Outer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Gateway)
        self.asked: list[str] = []


@contextmanager
def run_outer_proxy() -> Iterator[_Outer]:
    """Yield the proxy that a user had already."""
    with _Outer() as outer:
        threading.Thread(target=outer.serve_forever, daemon=True).start()
        yield outer
        outer.shutdown()


# -- here


def test_rules_of_the_command_decide(tmp_path: Path) -> None:
    """More than one folder or file may be named."""
    for name, word in (("a", "mine"), ("b", "yours")):
        (tmp_path / f"{name}.yaml").write_text(f"- {{match: {{text: {word}}}, verdict: ad}}\n", encoding="utf-8")
    options = ("--fixtures", str(tmp_path / "a.yaml"), "--fixtures", str(tmp_path / "b.yaml"))
    script = check_text("mine") + check_text("yours") + check_text("theirs")
    code, answers, told = run_shell(script, *options)
    assert [json.loads(answer)["errcode"] for answer in answers.splitlines()] == [87014, 87014, 0]
    assert (code, told) == (0, "")


@pytest.mark.parametrize(("options", "latency"), [((), False), (("--profile", "documented"), True)])
def test_a_profile_is_chosen(options: tuple[str, ...], latency: bool) -> None:
    code, shown, _told = run_shell('curl -s "$EMULATOR_URL/_emulator/settings"', *options)
    assert code == 0
    assert json.loads(shown)["profile"] == ("documented" if latency else "fast")


def test_a_configuration_file_is_read_and_its_ports_are_not_taken(tmp_path: Path) -> None:
    config = tmp_path / "emulator.yaml"
    accounts = "accounts: [{name: default, wechat: {appid: wxmine, secret: s}}]"
    config.write_text(f"server: {{host: 0.0.0.0, port: 1, tls_port: 2}}\n{accounts}\n", encoding="utf-8")
    code, shown, told = run_shell('echo "$EMULATOR_URL $WECHAT_APPID"', "--config", str(config))
    assert (code, told) == (0, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d{4,5} wxmine\n", shown)


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_one_more_name_leads_here(scheme: str) -> None:
    calls = "; ".join(f'curl -s "{scheme}://{host}{TOKEN}"; echo' for host in ("gate.shop.test", "a.b.test"))
    code, answers, told = run_shell(calls, "--emulate", "gate.shop.test", "--emulate", "*.b.test")
    assert [json.loads(answer)["expires_in"] for answer in answers.splitlines()] == [7200, 7200]
    assert (code, told) == (0, "")


def test_credentials_are_told_where_the_command_has_none() -> None:
    code, shown, _told = run_shell('echo "$WECHAT_APPID $ALIPAY_PID"', WECHAT_APPID="wxmine")
    assert (code, shown) == (0, "wxmine 2088123456789012\n")


# -- nowhere


@pytest.mark.parametrize(
    ("script", "options", "code", "named"),
    [
        (f"curl -s https://{BUCKET}/; curl -s http://{BUCKET}/; true", (), 4, [BUCKET]),
        (f"curl -s https://{BUCKET}/; curl -s https://{STS}/; true", (), 4, [BUCKET, STS]),
        (f"curl -s https://{BUCKET}/; exit 7", (), 7, [BUCKET]),
        (f"curl -s https://{BUCKET}/; true", ("--leaks", "warn"), 0, [BUCKET]),
        ("curl -s https://api.weixin.qq.com:8443/; true", (), 4, ["api.weixin.qq.com"]),
        ("curl -s http://api.weixin.qq.com:22/; true", (), 4, ["api.weixin.qq.com"]),
        ("curl -s https://imageaudit.cn-beijing.aliyuncs.com/; true", (), 4, ["imageaudit.cn-beijing.aliyuncs.com"]),
    ],
)
def test_a_call_to_a_real_service_is_stopped_and_told(
    script: str, options: tuple[str, ...], code: int, named: list[str]
) -> None:
    ended, _shown, told = run_shell(script, *options)
    assert ended == code
    assert re.sub(r" \(curl/[0-9.]+\)", "", told) == f"{STOPPED}{', '.join(named)}\n"


def test_a_call_that_heeds_no_proxy_is_stopped_and_told() -> None:
    done = run_exec(python(GET, f"https://{BUCKET}", f"http://{BUCKET}", "http://api.weixin.qq.com:8080"))
    assert done.returncode == 4
    assert done.stderr == f"{STOPPED}{BUCKET}, api.weixin.qq.com\n"
    assert [BUCKET in line for line in done.stdout.splitlines()] == [True, True, False]


def test_a_host_that_is_stopped_in_two_ways_is_told_once() -> None:
    done = run_exec(["sh", "-c", f'"$@"; curl -s https://{BUCKET}/; true', "sh", *python(GET, f"https://{BUCKET}")])
    assert done.returncode == 4
    assert done.stderr.count(BUCKET) == 1


def test_services_of_a_vendors_machines_are_refused_and_not_told() -> None:
    asked = ("metadata.tencentyun.com", "100.100.100.200")
    calls = "; ".join(f"curl -s -o /dev/null -w '%{{http_code}} ' http://{host}/latest" for host in asked)
    assert run_shell(calls) == (0, "403 403 ", "")
    done = run_exec(python(GET, *(f"http://{host}" for host in asked)))
    assert (done.returncode, done.stderr) == (0, "")
    assert [host in line for host, line in zip(asked, done.stdout.splitlines(), strict=True)] == [True, True]


# -- where they want to


@pytest.mark.parametrize("name", [BUCKET, "*.oss-cn-shanghai.aliyuncs.com"])
def test_what_is_allowed_goes_out_by_the_proxy_that_the_user_has(name: str) -> None:
    """And nothing else does: neither what leads here, nor what is stopped, nor what is meant for this machine."""
    with run_outer_proxy() as outer:
        proxy = {"HTTPS_PROXY": f"http://me:my%20secret@127.0.0.1:{outer.server_port}"}
        script = f"curl -s https://{BUCKET}/a; curl -s https://{STS}/; curl -s http://shop.test/b; "
        script += 'curl -sf "$EMULATOR_URL/_emulator/health" >/dev/null; echo $?; ' + check_text("emu-block")
        code, shown, told = run_shell(script, "--allow", name, **proxy)
    known = "Basic bWU6bXkgc2VjcmV0"
    assert outer.asked == [f"CONNECT {BUCKET}:443 {known}", f"GET http://shop.test/b {known}"]
    assert shown.splitlines()[-2] == "0"
    assert json.loads(shown.splitlines()[-1])["errcode"] == 87014
    assert code == 4
    assert re.fullmatch(rf"{STOPPED}{STS} \(curl/\S+\)\n", told)


def test_an_outer_proxy_that_cannot_be_used_is_told_without_its_password() -> None:
    script = check_text("emu-block")
    code, shown, told = run_shell(script, HTTPS_PROXY="socks5://me:secret@127.0.0.1:1")
    assert (code, json.loads(shown)["errcode"]) == (0, 87014)
    assert "secret" not in told
    assert told.count("\n") == 1


def test_names_that_need_no_proxy_stay_so_unless_they_lead_here() -> None:
    script = 'echo "$NO_PROXY $no_proxy"; ' + check_text("emu-block")
    code, shown, told = run_shell(script, NO_PROXY="db.test, .weixin.qq.com")
    names, answer = shown.splitlines()
    expected = "db.test,localhost,127.0.0.1,::1"
    assert names == f"{expected} {expected}"
    assert (code, json.loads(answer)["errcode"], told) == (0, 87014, "")
