"""Every quirk with its choices, written a second time: the first is what is done where nobody chooses.

Which is first rests on what docs/settings.md says of each: what a provider's own document prints or what was captured,
and of two that contradict each other the one that a client can tell.
"""

from typing import Any

import pytest

from emulator.discovery import find_providers

QUIRKS: dict[str, dict[str, tuple[Any, ...]]] = {
    "alipay": {
        "alipay.error_type": ("string", "number"),
        "alipay.snake_case": (False, True),
        "alipay.no_right": ("serviceNoAuth", "4"),
        "alipay.any_pid": (False, True),
        "alipay.lengths": (True, False),
        "alipay.unknown_apply_id": ("empty", "INVALID_PARAMETER", "param error"),
        "alipay.unreachable": ("PASSED", "empty"),
        "alipay.review": ("PASSED", "REJECTED"),
        "alipay.required": (False, True),
        "alipay.check_rates": ("percent", "fraction"),
        "alipay.any_app": (False, True),
        "alipay.broken_json": ("isv.illegal-json", "JSON_FORMAT_ERROR"),
        "alipay.check_labels": ("object", "list"),
    },
    "aliyun_green": {
        "aliyun.any_key": (False, True),
        "green.http_status": (False, True),
        "green.strict_version": (False, True),
        "green.throttled": ("588", "Throttling.User"),
        "green.callback_url": (True, False),
        "green.seed": ("any", "page"),
        "green.data_id": ("any", "page"),
        "green.async_task_id": ("document", "captured"),
        "green.filtered_content": ("any", "customized"),
        "green.other_scenes": ("taken", "refused"),
        "green.results_ids": (100, 1000),
    },
    "aliyun_imageaudit": {
        "aliyun.any_key": (False, True),
        "imageaudit.default_format": ("JSON", "XML"),
        "imageaudit.clean_text": ("normal", "empty"),
        "imageaudit.throttling_status": (429, 400),
        "imageaudit.sample_spelling": (False, True),
        "imageaudit.shanghai_oss_only": (False, True),
        "imageaudit.element_code": ("status", "name"),
    },
    "wechat": {
        "wechat.any_app": (False, True),
        "wechat.message_key": ("both", "errmsg", "errMsg"),
        "wechat.pixels": ("documented", "lenient", "87015"),
        "wechat.review": (0, 87014),
        "wechat.garbage_token": ("40001", "40014"),
        "wechat.no_filename": ("41005", "47001"),
        "wechat.empty_body": ("41005", "44002"),
        "wechat.part_name": ("media", "any"),
        "wechat.parser": ("strict", "lenient"),
        "wechat.chunked": ("refused", "taken"),
        "wechat.unicode_escapes": ("literal", "decoded"),
        "wechat.push_answer": ("any", "success"),
    },
}


@pytest.mark.parametrize("provider", find_providers())
def test_each_quirk_has_these_choices(provider: str) -> None:
    own = {quirk.name: quirk for quirk in find_providers()[provider].quirks}
    assert {name: tuple(quirk.choices) for name, quirk in own.items()} == QUIRKS[provider]
    assert {name: quirk.default for name, quirk in own.items()} == {
        name: choices[0] for name, choices in QUIRKS[provider].items()
    }
