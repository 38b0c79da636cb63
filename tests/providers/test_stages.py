"""The journal names the stage that refused a call, and none that was not reached."""

from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.steps import after, set_limits, times
from tests.providers.alipay import builders as alipay
from tests.providers.aliyun.imageaudit import builders as imageaudit
from tests.providers.aliyun.rpc_calls import scan_text
from tests.providers.wechat import builders as wechat


def test_the_stage_that_refused_is_journaled(live: RunningServer) -> None:
    imageaudit.send_request(live, "GET", "/?Action=%zz")
    assert live.list_entries()[0].decided_by == ("wire", None, None)
    scan_text(live, "x", labels=("none",))
    assert live.list_entries()[0].decided_by == ("schema", None, None)
    refreshed = times(2, lambda it: wechat.fetch_stable_token(it, force_refresh=True))
    after(set_limits(wechat={"force_refresh_gap": 30}), refreshed)(live)
    assert live.list_entries()[0].decided_by == ("gate", None, None)
    live.control("PATCH", "settings", {"quirks": {"alipay.unknown_apply_id": "INVALID_PARAMETER"}})
    alipay.call(live, alipay.QUERY, alipay.make_task("nobody"))
    assert live.list_entries()[0].decided_by == ("operation", None, None)
    assert live.control("GET", "journal", unmatched="true").json()["items"][0]["id"] == str(live.list_entries()[0].id)
