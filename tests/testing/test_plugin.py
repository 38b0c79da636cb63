"""The pytest plug-in, by running sample suites with it."""

import os
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from emulator.assets import FIXTURES
from moderation_emulator.contract.running_server import RunningServer

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
INSTALLED = bool(entry_points(group="pytest11", name="moderation_emulator"))
OPTIONS = ("-p", "no:cacheprovider", *(() if INSTALLED else ("-p", "moderation_emulator")))

CLIENT = """
    import pytest
    from tests.testing.sdk import make_scan_text_call
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """Yield a folder for a sample suite; EMULATOR_URL names the running emulator."""
    monkeypatch.setenv("EMULATOR_URL", live.url)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    yield pytester
    assert live.control("GET", "accounts").json()["total"] == 1  # every account of a test is gone


def write_sample(suite: pytest.Pytester, text: str) -> None:
    suite.makepyfile(test_sample=CLIENT + text)


def run(suite: pytest.Pytester, *options: str) -> pytest.RunResult:
    return suite.runpytest_inprocess(*OPTIONS, *options)


def run_apart(suite: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    """Run a suite in a process of its own, without the plug-ins that happen to be installed."""
    suite.makeini("[pytest]")
    suite.makepyfile(test_sample=text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return suite.runpytest_subprocess("-p", "no:cacheprovider", "-p", "moderation_emulator", *options)


def test_each_test_has_an_account_of_its_own(suite: pytest.Pytester) -> None:
    write_sample(
        suite,
        """
    seen = []

    @pytest.mark.parametrize("n", range(2))
    def test_fresh(moderation_emulator, n):
        assert make_scan_text_call(moderation_emulator)() == "pass"
        moderation_emulator.verdict("ad")
        assert make_scan_text_call(moderation_emulator)() == "block"
        moderation_emulator.verify({"operation": "ScanText"}, 2)
        seen.append(moderation_emulator.id)
        assert len(set(seen)) == n + 1

    def test_two(moderation_emulator, moderation_emulator_server):
        with moderation_emulator_server.account() as other:
            moderation_emulator.error("Throttling")
            assert make_scan_text_call(other)() == "pass"
        assert moderation_emulator_server.url == moderation_emulator.url
    """,
    )
    run(suite).assert_outcomes(passed=3)


def test_an_account_goes_though_its_test_failed(suite: pytest.Pytester) -> None:
    write_sample(suite, "\n    def test_fail(moderation_emulator):\n        assert 0\n")
    run(suite).assert_outcomes(failed=1)


def test_a_failing_test_tells_what_the_emulator_saw(suite: pytest.Pytester) -> None:
    write_sample(
        suite,
        """
    def test_fail(moderation_emulator):
        moderation_emulator.error("Throttling", times=1)
        moderation_emulator.rule({"text": {"contains": "hullo"}}, verdict="ad", name="greeting")
        with pytest.raises(Exception):
            make_scan_text_call(moderation_emulator)()
        assert make_scan_text_call(moderation_emulator, "hello there")() == "block"
    """,
    )
    result = run(suite)
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(
        [
            r"-+ moderation emulator -+",
            r"account acc-\d+ at http://127\.0\.0\.1:\d+: 2 calls",
            r"#\d+  [\d:.]+  ScanText  429  Throttling  error by rule-\d+  hello",
            r"#\d+  [\d:.]+  ScanText  200  pass by default  pass hello there",
            r"#\d+ nearly matched .*greeting.*: text contains 'hullo', got 'hello there'",
        ]
    )


def test_a_failing_test_with_wrong_credentials_tells_whose_they_are(suite: pytest.Pytester) -> None:
    write_sample(
        suite,
        """
    from types import SimpleNamespace

    def test_fail(moderation_emulator):
        keys = SimpleNamespace(access_key_id="nobody", access_key_secret="x")
        make_scan_text_call(SimpleNamespace(aliyun=keys, url=moderation_emulator.url))()

    def test_wrong_secret(moderation_emulator):
        keys = SimpleNamespace(access_key_id=moderation_emulator.aliyun.access_key_id, access_key_secret="x")
        make_scan_text_call(SimpleNamespace(aliyun=keys, url=moderation_emulator.url))()
    """,
    )
    result = run(suite)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*: no calls came in",
            "calls whose credentials are*",
            "*InvalidAccessKeyId*refused by gate*",
        ]
    )
    result.stdout.fnmatch_lines(["#*signature: *secret*"])


FROZEN = """
    import time
    from datetime import UTC, datetime
    import pytest
    from aliyunsdkcore.acs_exception.exceptions import ServerException
    from aliyunsdkcore.client import AcsClient
    from aliyunsdkimageaudit.request.v20191230.ScanTextRequest import ScanTextRequest

    NOON = 1767268800.0  # 2026-01-01T12:00:00Z

    @pytest.fixture(autouse=True)
    def frozen(monkeypatch):
        \"\"\"As freezegun does: whoever asks for the time hears of noon on New Year's Day.\"\"\"
        gmtime = time.gmtime
        monkeypatch.setattr(time, "time", lambda: NOON)
        monkeypatch.setattr(time, "gmtime", lambda seconds=NOON: gmtime(seconds))

    def scan(account):
        keys = account.aliyun
        port = int(account.url.rpartition(":")[2])
        client = AcsClient(keys.access_key_id, keys.access_key_secret, "cn-shanghai", port=port)
        request = ScanTextRequest()
        request.set_endpoint("127.0.0.1")
        request.set_Labelss([{"Label": "ad"}])
        request.set_Taskss([{"Content": "hello"}])
        return client.do_action_with_exception(request)

    @pytest.mark.parametrize("when", [NOON, "2026-01-01T12:00:00Z", datetime.fromtimestamp(NOON, UTC),
                                      datetime.fromtimestamp(NOON)])
    def test_with_its_clock(moderation_emulator, when):
        with pytest.raises(ServerException, match="InvalidTimeStamp.Expired"):
            scan(moderation_emulator)
        moderation_emulator.set_clock(when)
        assert b"pass" in scan(moderation_emulator)

    def test_fail_without_it(moderation_emulator):
        scan(moderation_emulator)

    def test_fail_with_it(moderation_emulator):
        moderation_emulator.set_clock(time.time())
        moderation_emulator.freeze()
        scan(moderation_emulator)
        assert 0
"""


def test_a_suite_under_frozen_time(suite: pytest.Pytester, live: RunningServer) -> None:
    result = run_apart(suite, FROZEN)
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.re_match_lines(
        [
            r"account acc-\d+ at .*: 1 call",
            r".*InvalidTimeStamp\.Expired.*refused by gate",
            r"#\d+ .*the stamp is \d+ s behind the account's clock; 900 are allowed",
            r"account acc-\d+ at .*: 1 call",
            r"times are those of the account's clock, \d+ s behind real time and frozen",
            r"#\d+  12:00:\S+  ScanText  200 ",
        ]
    )


def test_a_failing_test_tells_of_samples_only_when_there_is_nothing_else(suite: pytest.Pytester) -> None:
    write_sample(
        suite,
        """
    def test_fail(moderation_emulator):
        moderation_emulator.rule({"text": {"contains": "hullo"}}, verdict="ad", name="greeting")
        assert make_scan_text_call(moderation_emulator, "hello there")() == "block"
    """,
    )
    said = run(suite).stdout.str()
    assert "greeting" in said
    assert str(FIXTURES) not in said


QUIET = """
    from moderation_emulator import Emulator, LeakGuard, verify_callback, walk

    def test_verify(moderation_emulator):
        moderation_emulator.verify({"text": "hello"})

    def test_rule(moderation_emulator):
        moderation_emulator.rule({"texd": "hello"}, verdict="ad")

    def test_error(moderation_emulator):
        moderation_emulator.error("Throtling")

    async def test_aio(moderation_emulator):
        await moderation_emulator.aio.journal(limitt=1)

    def test_codes(moderation_emulator):
        list(moderation_emulator.codes(None, "ScanTxt"))

    def test_walk(moderation_emulator):
        walk(moderation_emulator, "ScanText", lambda: "nothing").check()

    def test_leak(moderation_leak_guard):
        import socket
        socket.getaddrinfo("api.weixin.qq.com", 443)

    def test_nobody():
        Emulator("http://127.0.0.1:9").journal()

    def test_callback():
        verify_callback("1", "2", {"checksum": "x", "content": "{}"})

    def test_start():
        with Emulator(serve=["--nonsense"]):
            pass
"""


def test_a_failure_shows_the_one_good_line_and_none_of_ours(suite: pytest.Pytester) -> None:
    write_sample(suite, QUIET)
    result = run(suite)
    result.assert_outcomes(failed=10)
    said = result.stdout.str()
    assert not re.search(r"^\S*(?:emulator/testing|moderation_emulator)/\S+:\d+", said, re.MULTILINE)
    assert not re.search(r"^\S+/(?:asyncio|concurrent|http)/\S+:\d+", said, re.MULTILINE)
    for told in (
        "expected at least 1 calls matching",
        "$.match.texd: expected one of",
        "did you mean Throttling?",
        "limitt",
        "did you mean ScanText?",
        "documented errors are not handled",
        "this test calls the real api.weixin.qq.com",
        "Connection refused",
        "the checksum is not SHA256",
        "No such option",
    ):
        assert re.search(rf"^E  .*{re.escape(told)}", said, re.MULTILINE), told


def test_a_passing_test_and_one_without_the_fixture_tell_nothing(suite: pytest.Pytester) -> None:
    write_sample(
        suite, "\n    def test_fail():\n        assert 0\n\n    def test_pass(moderation_emulator):\n        pass\n"
    )
    result = run(suite)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.no_fnmatch_line("*moderation emulator*")


def test_rules_of_a_file(suite: pytest.Pytester) -> None:
    rules = suite.mkdir("rules")
    (rules / "ad.yaml").write_text("- match: {text: {contains: hello}}\n  verdict: ad\n", encoding="utf-8")
    (rules / "later.json").write_text(
        '{"rules": [{"match": {"text": {"glob": "*"}}, "error": "Throttling"}]}', encoding="utf-8"
    )
    write_sample(
        suite,
        """
    pytestmark = pytest.mark.moderation_rules("rules/later.json")

    @pytest.mark.moderation_rules("rules/ad.yaml")
    def test_the_closest_marker_is_asked_first(moderation_emulator):
        assert make_scan_text_call(moderation_emulator)() == "block"
        with pytest.raises(Exception, match="Throttling"):
            make_scan_text_call(moderation_emulator, "else")()

    def test_module(moderation_emulator):
        with pytest.raises(Exception, match="Throttling"):
            make_scan_text_call(moderation_emulator)()
    """,
    )
    run(suite, "--strict-markers").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "- match: {}\n  verdict: ad\n- match:\n    texd: x\n  verdict: ad\n",
            r"rules\.yaml:4: \$\[1\]\.match\.texd: ",
        ),
        ("rules:\n- match: {}\n  error: Nonsense\n", r"rules\.yaml:3: \$\.rules\[0\]\.error: "),
        ("nonsense\n", r"rules\.yaml:1: \$: expected a rule: "),
        ("- [", r"rules\.yaml:\d: \$: expected valid YAML"),
        (None, r"rules\.yaml:1: \$: expected a readable file"),
    ],
)
def test_a_bad_rule_file_is_reported_with_its_line(suite: pytest.Pytester, content: str | None, told: str) -> None:
    if content is not None:
        (suite.path / "rules.yaml").write_text(content, encoding="utf-8")
    write_sample(
        suite, '\n    @pytest.mark.moderation_rules("rules.yaml")\n    def test_it(moderation_emulator): pass\n'
    )
    result = run(suite)
    result.assert_outcomes(errors=1)
    said = result.stdout.str()
    assert re.search(told, said)
    assert len(re.findall(told, said)) <= 2  # where it happened, and in the summary
    assert "During handling" not in said
    assert "journal" not in said
    assert "moderation emulator" not in said


ON_THE_LOOP = """
    import asyncio, json
    from aiohttp import web
    from aliyunsdkcore.client import AcsClient
    from aliyunsdkgreen.request.v20180509.ImageAsyncScanRequest import ImageAsyncScanRequest
    from emulator.testing import verify_callback

    async def test_a_receiver_on_the_loop_of_the_test(moderation_emulator, aiohttp_server):
        got = []

        async def receive(request):
            got.append(await request.read())
            return web.Response()

        app = web.Application()
        app.router.add_post("/pushed", receive)
        receiver = await aiohttp_server(app)
        await moderation_emulator.aio.freeze()
        keys = moderation_emulator.aliyun
        port = int(moderation_emulator.url.rpartition(":")[2])
        client = AcsClient(keys.access_key_id, keys.access_key_secret, "cn-shanghai", port=port)
        request = ImageAsyncScanRequest()
        request.set_endpoint("127.0.0.1")
        task = {"url": "https://cdn.example.test/emu-porn.jpg"}
        body = {"scenes": ["porn"], "tasks": [task], "seed": "s", "callback": str(receiver.make_url("/pushed"))}
        request.set_content(json.dumps(body).encode())
        await asyncio.to_thread(client.do_action_with_exception, request)
        await moderation_emulator.aio.advance(60)
        content = verify_callback(keys.uid, "s", got[0])
        assert content["results"][0]["suggestion"] == "block"
        (callback,) = moderation_emulator.callbacks(state="delivered")
        assert (await moderation_emulator.aio.redeliver(callback["id"]))["attempts"][-1]["manual"]
        assert got[0] == got[1]
"""


def test_an_asyncio_test(suite: pytest.Pytester) -> None:
    write_sample(suite, ON_THE_LOOP)
    run(suite).assert_outcomes(passed=1)


WHERE = """
    import os, pathlib, pytest

    @pytest.mark.parametrize("n", range(4))
    def test_where(moderation_emulator, n):
        moderation_emulator.error("Throttling")
        own = moderation_emulator.control("GET", "rules", account=moderation_emulator.id)["items"]
        assert [rule["source"] for rule in own].count("control") == 1
        worker = os.environ["PYTEST_XDIST_WORKER"]
        pid = moderation_emulator.control("GET", "info")["pid"]
        pathlib.Path(f"{worker}-{n}").write_text(f"{moderation_emulator.url} {pid}")
"""


def read_notes(suite: pytest.Pytester) -> dict[str, set[str]]:
    """Return what the tests of each worker wrote down."""
    found: dict[str, set[str]] = {}
    for path in suite.path.glob("gw*-*"):
        found.setdefault(path.name.partition("-")[0], set()).add(path.read_text())
    return found


def test_workers_start_servers_of_their_own(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMULATOR_URL")
    run_apart(suite, WHERE, "-p", "xdist", "-n2").assert_outcomes(passed=4)
    by_worker = read_notes(suite)
    assert set(by_worker) == {"gw0", "gw1"}
    (one,), (other,) = by_worker.values()
    assert one != other
    for server in (one, other):
        with pytest.raises(ProcessLookupError):
            os.kill(int(server.split()[1]), 0)


def test_workers_share_the_server_at_a_url(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, live: RunningServer
) -> None:
    monkeypatch.setenv("EMULATOR_URL", "http://127.0.0.1:9")  # the option goes first
    run_apart(suite, WHERE, "-p", "xdist", "-n2", f"--emulator-url={live.url}").assert_outcomes(passed=4)
    assert set.union(*read_notes(suite).values()) == {f"{live.url} {os.getpid()}"}
    assert len(read_notes(suite)) == 2


def test_nobody_at_the_url(suite: pytest.Pytester) -> None:
    write_sample(suite, "\n    def test_it(moderation_emulator): pass\n")
    result = run(suite, "--emulator-url=http://127.0.0.1:9")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["POST http://127.0.0.1:9/_emulator/accounts: *refused*"])


LEAKS = """
    import socket, requests

    def test_naive():
        {guard}requests.get("https://api.weixin.qq.com/wxa", timeout=5)

    def test_swallowed():
        {guard}try:
            requests.get("https://imageaudit.cn-shanghai.aliyuncs.com/", timeout=5)
        except Exception:
            pass

    def test_in_other_words():
        {guard}try:
            socket.getaddrinfo("openapi.alipay.com", 443)
        except BaseException:
            raise ValueError("try later")

    def test_clean():
        {guard}socket.getaddrinfo("127.0.0.1", 80)
"""


@pytest.mark.parametrize("way", ["argument", "usefixtures", "ini"])
def test_a_leak_fails_the_test(suite: pytest.Pytester, way: str) -> None:
    text = LEAKS.replace("{guard}", "")
    if way == "argument":
        text = text.replace("():", "(moderation_leak_guard):")
    elif way == "usefixtures":
        text = '\n    pytestmark = pytest.mark.usefixtures("moderation_leak_guard")\n' + text
    write_sample(suite, text)
    result = run(suite, *(["-o", "moderation_leak_guard=true"] if way == "ini" else []))
    result.assert_outcomes(failed=3, passed=1)
    for host in ("api.weixin.qq.com", "imageaudit.cn-shanghai.aliyuncs.com", "openapi.alipay.com"):
        result.stdout.fnmatch_lines([f"*this test calls the real {host}; *emulator*"])


def test_a_leak_of_a_fixture_fails_the_set_up(suite: pytest.Pytester) -> None:
    write_sample(
        suite,
        """
    import socket

    @pytest.fixture(scope="session")
    def token():
        try:
            socket.create_connection(("api.weixin.qq.com", 443), 5)
        except Exception:
            return "none"

    def test_it(token): pass
    def test_unharmed(): pass
    """,
    )
    result = run(suite, "-o", "moderation_leak_guard=true")
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*this test calls the real api.weixin.qq.com; *"])


def test_a_skip_and_a_pass_remain_what_they_are_under_guard(suite: pytest.Pytester) -> None:
    text = "\n    def test_skip(): pytest.skip('so')\n    def test_x(): pytest.xfail('so')\n    def test_p(): pass\n"
    write_sample(suite, text)
    run(suite, "-o", "moderation_leak_guard=true").assert_outcomes(skipped=1, xfailed=1, passed=1)


def test_the_guard_is_asked_for_by_name(suite: pytest.Pytester) -> None:
    write_sample(suite, '\n    def test_late(request): request.getfixturevalue("moderation_leak_guard")\n')
    result = run(suite)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*name moderation_leak_guard as an argument*"])


def test_a_walk_in_a_test(suite: pytest.Pytester) -> None:
    write_sample(
        suite,
        """
    from Tea.exceptions import TeaException
    from emulator.testing import walk

    def test_all_handled(moderation_emulator):
        walk(moderation_emulator, "ScanText", make_scan_text_call(moderation_emulator), handled=(TeaException,)).check()

    def test_none_handled(moderation_emulator):
        walk(moderation_emulator, "ScanText", make_scan_text_call(moderation_emulator)).check()
    """,
    )
    result = run(suite)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.re_match_lines([r".*\d+ of \d+ documented errors are not handled", r".*429 +Throttling +unhandled"])


def test_the_plug_in_adds_nothing_to_tests_that_do_not_ask(suite: pytest.Pytester) -> None:
    text = """
    def test_it():
        import sys
        assert not {"aiohttp", "http.client", "yaml", "emulator.server", "emulator.documents"} & set(sys.modules)
    """
    run_apart(suite, text).assert_outcomes(passed=1)


def test_pytest_tells_of_it(suite: pytest.Pytester) -> None:
    helped = run(suite, "--help").stdout.str()
    assert "--emulator-url" in helped
    assert "moderation_leak_guard (bool)" in helped
    assert "moderation_rules(*files)" in run(suite, "--markers").stdout.str()
    listed = run(suite, "--fixtures").stdout.str()
    assert all(name in listed for name in ("moderation_emulator", "moderation_emulator_server"))
