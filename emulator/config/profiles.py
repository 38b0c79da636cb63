"""The values of all settings that are not set: those of both profiles, and those of each."""

from collections.abc import Mapping
from typing import Any

COMMON: dict[str, Any] = {
    "server": {"host": "127.0.0.1", "port": 8080, "loop": "auto", "reload": True, "log": "auto"},
    "fixtures": [],
    "accounts": [],
    "magic_words": True,
    "images": {"fetch": False, "allow": [], "private": False},
    "callbacks": {"pushes": 16, "allow": []},
    "thresholds": {"block": 80, "review": 50},
    "journal": {"size": 10_000},
    "control": {"hosts": [], "token": None},
    "waits": {"alipay_result": 0.5, "alipay_analyze": 60, "alipay_retention": 31_536_000},
    "alipay": {"gateway_private_key": None},
    "biz_types": {},
    "seed": None,
    "quirks": {},
}
_WECHAT_LIMITS = {
    "per_minute": 2000,
    "per_day": 200_000,
    "text_per_minute": 4000,
    "text_per_day": 2_000_000,
    "token_per_day": 2000,
    "stable_token_per_minute": 10_000,
    "stable_token_per_day": 500_000,
    "force_refresh_per_day": 20,
    "force_refresh_gap": 30,
}
# The age a request may have, and minimums that a document states, are the same in both profiles. Only quotas, latency
# and the pace of callbacks differ. The pace is our own choice: Green documents 16 pushes, but neither the gaps between
# them nor how long each waits. The gaps of the fast profile end with long ones, for a receiver that starts some seconds
# late. A provider whose documents name a pace has its own (Provider.paces).
PROFILES: Mapping[str, dict[str, Any]] = {
    "fast": {
        "profile": "fast",
        "latency": {"min": 0, "max": 0},
        "limits": {
            "aliyun_green": {"image_per_second": False, "text_per_second": False, "feedback_per_second": False},
            "aliyun_imageaudit": {"per_second": False},
            "wechat": dict.fromkeys(_WECHAT_LIMITS, False),
            "alipay": {"per_second": False},
        },
        "callbacks": {"timeout": 2, "gaps": [*[0.01] * 8, 0.5, 1, 2, 2, 2, 2, 2]},
    },
    "documented": {
        "profile": "documented",
        "latency": {"min": 0.05, "max": 0.3},
        "limits": {
            "aliyun_green": {"image_per_second": 50, "text_per_second": 100, "feedback_per_second": 20},
            "aliyun_imageaudit": {"per_second": 2},
            "wechat": _WECHAT_LIMITS,
            "alipay": {"per_second": False},
        },
        "callbacks": {"timeout": 10, "gaps": [5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600]},
    },
}
