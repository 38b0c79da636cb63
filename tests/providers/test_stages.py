"""The journal names the stage that refused a call, and none that was not reached."""

from tests.contract.steps import after, limits, times
from tests.live import Live
from tests.providers.aliyun_imageaudit import forms as imageaudit
from tests.providers.wechat import forms as wechat


def test_each_stage(live: Live) -> None:
    imageaudit.http(live, "GET", "/?Action=%zz")
    assert live.entries()[0].decided_by == ("wire", None, None)
    live.scan_text("x", labels=("none",))
    assert live.entries()[0].decided_by == ("schema", None, None)
    refreshed = times(2, lambda it: wechat.stable_token(it, force_refresh=True))
    after(limits(wechat={"force_refresh_gap": 30}), refreshed)(live)
    assert live.entries()[0].decided_by == ("operation", None, None)
    assert live.control("GET", "journal", unmatched="true").json()["items"][0]["id"] == str(live.entries()[0].id)
