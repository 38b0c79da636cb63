"""What becomes of a call to a host."""

import pytest

from emulator.clients import list_real_hosts
from emulator.discovery import find_providers
from emulator.net.fates import Fates

PROVIDERS = find_providers()
EMULATED = [host for provider in PROVIDERS.values() for host in provider.hosts]
REFUSED = list_real_hosts()
FATES = Fates(EMULATED, REFUSED)
OSS = "bucket.oss-cn-shanghai.aliyuncs.com"


@pytest.mark.parametrize("host", [host.replace("*", "any") for host in EMULATED])
@pytest.mark.parametrize("write", [str, str.upper, "{}.".format])
def test_hosts_of_providers(host: str, write: type[str]) -> None:
    fates = {port: FATES.decide(write(host), port) for port in (443, 80, 22, 8080, 1)}
    assert fates == {443: "emulate", 80: "emulate", 22: "refuse", 8080: "refuse", 1: "refuse"}


@pytest.mark.parametrize(
    "host",
    [
        *(OSS, "sts.aliyuncs.com", "green-cip.cn-shanghai.aliyuncs.com", "location.aliyuncs.com", "100.100.100.200"),
        *("imageaudit.cn-beijing.aliyuncs.com", "x.y.tcb-api.tencentcloudapi.com", "metadata.tencentyun.com"),
        *("openapi-sea.alipay.com", "OPENAPI-SEA.ALIPAY.COM.", "bj.api.weixin.qq.com"),
    ],
)
@pytest.mark.parametrize("port", [443, 80, 8080])
def test_real_hosts_that_are_not_emulated(host: str, port: int) -> None:
    assert FATES.decide(host, port) == "refuse"
    assert Fates(EMULATED, REFUSED, [host.lower().rstrip(".")]).decide(host, port) == "direct"


@pytest.mark.parametrize(
    "host",
    [
        *("pypi.org", "localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1", "aliyuncs.com", "weixin.qq.com", "db", "."),
        *("api.weixin.qq.com.evil.test", "evilapi.weixin.qq.com", "api-weixin.qq.com", "xaliyuncs.com", "1.1.1.1"),
    ],
)
@pytest.mark.parametrize("port", [443, 80, 8080])
def test_everything_else(host: str, port: int) -> None:
    assert FATES.decide(host, port) == "direct"


def test_names_of_the_user() -> None:
    fates = Fates([*EMULATED, "Review.Acme.test", "*.acme.test"], REFUSED, ["*.oss-cn-shanghai.aliyuncs.com", "A.Test"])
    asked = ["review.acme.test", "any.acme.test", "acme.test", "a.b.acme.test", OSS, f"a.{OSS}", "sts.aliyuncs.com"]
    assert [fates.decide(host, 443) for host in asked] == [
        *("emulate", "emulate", "direct", "direct", "direct", "refuse", "refuse"),
    ]
    assert fates.decide("any.acme.test", 5432) == "refuse"


def test_an_emulated_host_is_allowed_on_its_other_ports_alone() -> None:
    fates = Fates(EMULATED, REFUSED, ["api.weixin.qq.com", "*.aliyuncs.com"])
    assert [fates.decide("api.weixin.qq.com", port) for port in (443, 80, 8080)] == ["emulate", "emulate", "direct"]
    assert fates.decide("green.aliyuncs.com", 443) == "emulate"
    assert fates.decide("sts.aliyuncs.com", 443) == "direct"


def test_an_address_of_ipv6_is_no_name() -> None:
    assert Fates(["db"], ["db*"]).decide("db::1", 443) == "direct"
