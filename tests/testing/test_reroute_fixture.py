"""The fixture and the ini option moderation_reroute, by running sample suites with them."""

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.testing.test_plugin import ROOT, run_apart

pytest_plugins = ["pytester"]

CALLS = """
    import pytest
    import requests
    from moderation_emulator import Leak

    def get_token(account):
        keys = {"appid": account.wechat.appid, "secret": account.wechat.secret}
        answer = requests.get(
            "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential", params=keys, timeout=10
        )
        return answer.json()["expires_in"]
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a folder for a sample suite, which starts an emulator of its own."""
    monkeypatch.delenv("EMULATOR_URL", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return pytester


def test_a_test_that_asks_is_led(suite: pytest.Pytester) -> None:
    result = run_apart(
        suite,
        f"""{CALLS}
    def test_led(moderation_emulator, moderation_reroute, moderation_leak_guard):
        assert get_token(moderation_emulator) == 7200
        moderation_emulator.verify({{"operation": "cgi-bin/token"}}, 1)
        with pytest.raises(Leak):
            requests.get("https://x.oss-cn-shanghai.aliyuncs.com/", timeout=10)
        moderation_leak_guard.leaks.clear()

    @pytest.mark.usefixtures("moderation_reroute")
    def test_led_by_mark(moderation_emulator):
        assert get_token(moderation_emulator) == 7200

    def test_not_led(moderation_emulator, moderation_leak_guard):
        with pytest.raises(Leak):
            get_token(moderation_emulator)
        moderation_leak_guard.leaks.clear()
    """,
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("guard", ["true", "false"])
def test_the_ini_option_leads_every_test(suite: pytest.Pytester, guard: str) -> None:
    result = run_apart(
        suite,
        f"""{CALLS}
    def test_one(moderation_emulator):
        assert get_token(moderation_emulator) == 7200

    def test_two():
        assert requests.get("https://api.weixin.qq.com/cgi-bin/token", timeout=10).json()["errcode"]
    """,
        *("-o", "moderation_reroute=true", "-o", f"moderation_leak_guard={guard}"),
    )
    result.assert_outcomes(passed=2)


def test_who_asks_too_late_is_told(suite: pytest.Pytester) -> None:
    """The emulator of the session has started without TLS by then."""
    result = run_apart(suite, "def test_late(request):\n    request.getfixturevalue('moderation_reroute')\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["name moderation_reroute as an argument of the test, or in usefixtures"])


def test_an_emulator_elsewhere_without_tls_is_told(suite: pytest.Pytester, live: RunningServer) -> None:
    result = run_apart(suite, "def test_led(moderation_reroute):\n    pass\n", f"--emulator-url={live.url}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*the emulator at {live.url} takes no TLS*"])


def test_pytest_tells_of_it(suite: pytest.Pytester) -> None:
    text = "def test_nothing():\n    pass\n"
    assert "moderation_reroute (bool)" in run_apart(suite, text, "--help").stdout.str()
    listed = run_apart(suite, text, "--fixtures").stdout.str()
    assert "moderation_reroute" in listed
    assert "_reroute_by_ini" not in listed


def test_no_test_runs_unled_where_another_package_hides_ours(suite: pytest.Pytester) -> None:
    suite.mkpydir("emulator")
    result = run_apart(suite, "def test_nothing():\n    pass\n", "-o", "moderation_reroute=true")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*moderation_reroute cannot lead calls: another package named emulator*"])
