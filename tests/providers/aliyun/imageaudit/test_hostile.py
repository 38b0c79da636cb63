"""Texts that no proper client sends, in parameters that a plain call of imageaudit does not have."""

import pytest

from moderation_emulator.contract.hostile import TEXTS
from moderation_emulator.contract.in_process import Ask, make_request
from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc

FRAMES = ("Task.1.Interval", "Task.1.MaxFrames", "Task.1.ImageTimeMillisecond")


@pytest.mark.parametrize("name", [*FRAMES, "Scene.2", "Extra"])
def test_parameters_of_a_picture(ask: Ask, name: str) -> None:
    picture = {"Scene.1": "porn", "Task.1.ImageURL": "http://a.test/a.gif", **dict.fromkeys(FRAMES, "1")}
    targets = [f"/?{encode_query(sign_rpc('ScanImage', {**picture, name: text}))}" for text in TEXTS]
    ask(make_request(target, method="GET") for target in targets)


@pytest.mark.parametrize("name", [*sign_rpc("ScanText", {}), "SecurityToken", "RegionId"])
def test_hostile_common_parameters_get_a_documented_answer(ask: Ask, name: str) -> None:
    targets = [f"/?{encode_query(sign_rpc('ScanText', {}, common={name: text}))}" for text in TEXTS]
    targets += [f"/?{name}={raw}&{name}x={raw}" for raw in ("%", "%ff", "%ed%a0%80", "%00", "%C0%80", "%F5%80%80%80")]
    ask(make_request(target, method="GET") for target in targets)
