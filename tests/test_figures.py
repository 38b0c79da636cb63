"""Every figure that somebody outside can meet, written a second time: from the providers' documents, and from our own
README, SECURITY and docs.

Tests of what a limit does may put a small figure in its place, to be quick; these tests say that the real one stands.
"""

from importlib import import_module
from typing import Any

import pytest

from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.operation import ImageLimits
from emulator.resources import budgets

KIB, MIB = 1024, 1024 * 1024

FIGURES: dict[str, Any] = {
    # SECURITY: a request's head has 10 s and its body 20 s.
    "http.connection.HEAD_SECONDS": 10.0,
    "http.server.BODY_SECONDS": 20.0,
    # What a request may have at most.
    "http.server.LINE_LIMIT": 2 * MIB,
    "http.server.BODY_LIMIT": 8 * MIB,
    "http.server.UPLOAD_LIMIT": 16 * MIB,
    "http.server.MAX_ELEMENTS": 300_000,
    "http.control_api.BODY_LIMIT": 4 * MIB,
    "http.control_api.LIST_LIMIT": 8 * MIB,
    "app.rules.MAX_RULES": 200_000,
    # The end: calls under way have two seconds; containers are killed after ten.
    "server._DRAIN": 2.0,
    # What is kept of a call, and how long.
    "state.journal.BODY_LIMIT": 64 * KIB,
    "state.journal.HEAD_LIMIT": 8 * KIB,
    "state.journal.FACTS_LIMIT": MIB,
    "state.journal.NAME_LIMIT": 200,
    "state.memory.MOST_VALUES": 250_000,
    # Callbacks: so many wait, so many are remembered; under way in all, to one host, and to one where many wait.
    "state.callbacks.outbox.MOST": 250_000,
    "state.callbacks.outbox.KEPT": 10_000,
    "state.callbacks.callback._BY_HAND": 100,
    "state.callbacks.workers._MOST": 256,
    "state.callbacks.workers._CROWD": 128,
    "state.callbacks.workers._PER_HOST": 16,
    "state.callbacks.delivery.LATE": 60.0,
    # Calls to other hosts.
    "net.egress._LONGEST": 16 * KIB,
    # Alibaba: stamps and nonces within 15 minutes (RPC signature, public parameters).
    "providers.aliyun.gateway.checks.FRESH_SECONDS": 900,
    # ScanImage: Frames.URL is good for five minutes. Green: 30 000 pixels a side, 250 million in all; 200 frames.
    "providers.aliyun.gateway.frames.LIFE_SECONDS": 300,
    "media.images.MAX_FRAMES": 200,
    "media.images.MAX_SIDE": 30_000,
    "media.images.MAX_PIXELS": 250_000_000,
    # Green: a result can be asked for during an hour (page of image/results), a text has 10 000 characters.
    "providers.aliyun.green.pending.RETENTION": 3600,
    "providers.aliyun.green.tasks.LONGEST_TEXT": 10_000,
    # image/scan: 5 MB, 6 s; image/asyncscan: 20 MB, 120 s; both 3 s to download.
    "providers.aliyun.green.image_limits.SYNCHRONOUS_TIMEOUT.seconds": 6,
    "providers.aliyun.green.image_limits.ASYNCHRONOUS_TIMEOUT.seconds": 120,
    "providers.aliyun.green.image_limits.SYNCHRONOUS_IMAGES.size": 5 * MIB,
    "providers.aliyun.green.image_limits.SYNCHRONOUS_IMAGES.seconds": 3.0,
    "providers.aliyun.green.image_limits.ASYNCHRONOUS_IMAGES.size": 20 * MIB,
    "providers.aliyun.green.image_limits.ASYNCHRONOUS_IMAGES.seconds": 3.0,
    # WeChat: a token lasts 7200 s, one that was replaced 5 minutes more; stable_token renews 5 minutes before the end.
    "providers.wechat.tokens.LIFETIME_SECONDS": 7200,
    "providers.wechat.tokens.GRACE": 300,
    "providers.wechat.operations.stable_token.EARLY": 300,
    # img_sec_check: 1M and 750 x 1334 pixels; msg_sec_check: 500 KB, by version 2 2500 characters.
    "providers.wechat.media.LARGEST": MIB,
    "providers.wechat.operations.img_sec_check.WIDTH": 750,
    "providers.wechat.operations.img_sec_check.HEIGHT": 1334,
    "providers.wechat.operations.msg_sec_check.LARGEST": 500 * KIB,
    "providers.wechat.operations.msg_sec_check.LONGEST": 2500,
    "providers.wechat.operations.media_check_async.IMAGE_LIMITS.size": 10 * MIB,
    # Alipay: 128 characters of a bizContext; pictures of 10 MB, for which we wait 3 s.
    "providers.alipay.lengths.LONGEST": 128,
    "providers.alipay.image_limits.IMAGE_LIMITS.size": 10 * MIB,
    "providers.alipay.image_limits.IMAGE_LIMITS.seconds": 3,
    # What lint holds against a client: a token fetched too soon, a result asked for too soon.
    "providers.wechat.lint._RENEWAL": 300,
    "providers.alipay.lint._PATIENCE": 0.5,
}


def find_value(name: str) -> Any:
    """Return the value of a dotted name below `emulator`."""
    parts = name.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            value: Any = import_module(".".join(["emulator", *parts[:split]]))
        except ModuleNotFoundError:
            continue
        for each in parts[split:]:
            value = getattr(value, each)
        return value
    raise AssertionError(name)


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_is_as_documented(name: str) -> None:
    assert find_value(name) == FIGURES[name]


def test_each_budget_is_as_documented() -> None:
    expected = {name: budget.most // MIB for name, budget in budgets.make_budgets().iterate()}
    assert expected == {
        "journal": 128,
        "results": 256,
        "nonces": 128,
        "callbacks": 256,
        "rules": 256,
        "accounts": 128,
        "requests": 256,
    }


def test_pictures_of_scan_image() -> None:
    """ScanImage, limits: PNG, JPG, BMP, GIF, WEBP; 10 MB; 3 s to download."""
    pictures = find_providers()["aliyun_imageaudit"].operations["ScanImage"].image_limits
    assert isinstance(pictures, ImageLimits)
    assert (pictures.size, pictures.seconds) == (10 * MIB, 3.0)
    assert pictures.formats == {"png", "jpeg", "bmp", "gif", "webp"}


# docs/settings.md: the two profiles.

NEVER: dict[str, Any] = {
    "aliyun_green": {"image_per_second": False, "text_per_second": False, "feedback_per_second": False},
    "aliyun_imageaudit": {"per_second": False},
    "wechat": {
        "per_minute": False,
        "per_day": False,
        "text_per_minute": False,
        "text_per_day": False,
        "token_per_day": False,
        "stable_token_per_minute": False,
        "stable_token_per_day": False,
        "force_refresh_per_day": False,
        "force_refresh_gap": False,
    },
    "alipay": {"per_second": False},
}
DOCUMENTED: dict[str, Any] = {
    "aliyun_green": {"image_per_second": 50, "text_per_second": 100, "feedback_per_second": 20},
    "aliyun_imageaudit": {"per_second": 2},
    # img_sec_check and msg_sec_check, getAccessToken, getStableAccessToken.
    "wechat": {
        "per_minute": 2000,
        "per_day": 200_000,
        "text_per_minute": 4000,
        "text_per_day": 2_000_000,
        "token_per_day": 2000,
        "stable_token_per_minute": 10_000,
        "stable_token_per_day": 500_000,
        "force_refresh_per_day": 20,
        "force_refresh_gap": 30,
    },
    "alipay": {"per_second": False},
}


PROVIDED = collect_provided_settings(find_providers().values())


def load_figures(profile: str) -> dict[str, Any]:
    """Return the figures of a profile."""
    own = load_settings(None, {"profile": profile}, {}, PROVIDED)
    return {
        "limits": own.limits,
        "latency": (own.latency.min, own.latency.max, own.latency.median),
        "pushes": own.callbacks.pushes,
        "gaps": own.callbacks.gaps,
        "timeout": own.callbacks.timeout,
        "waits": own.waits,
        "thresholds": own.thresholds,
        "journal": own.journal_size,
        "address": (own.server.host, own.server.port),
    }


BOTH: dict[str, Any] = {
    "pushes": 16,  # image/asyncscan: at most 16 pushes
    "waits": {"alipay_result": 0.5, "alipay_analyze": 60, "alipay_retention": 365 * 86_400},
    "thresholds": {"block": 80, "review": 50},
    "journal": 10_000,
    "address": ("127.0.0.1", 8080),
}


def test_the_fast_profile_has_these_figures() -> None:
    own = {"limits": NEVER, "latency": (0, 0, 0), "gaps": (*[0.01] * 8, 0.5, 1, 2, 2, 2, 2, 2), "timeout": 2}
    assert load_figures("fast") == {**BOTH, **own}


def test_the_documented_profile_has_these_figures() -> None:
    gaps = (5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600)
    own = {"limits": DOCUMENTED, "latency": (0.05, 0.3, 0), "gaps": gaps, "timeout": 10}
    assert load_figures("documented") == {**BOTH, **own}
