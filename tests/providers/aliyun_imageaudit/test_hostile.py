"""Texts that no proper client sends, in parameters that a plain call of imageaudit does not have."""

import pytest

from tests.contract.asking import Ask, request
from tests.contract.hostile import TEXTS
from tests.live import encoded, signed

FRAMES = ("Task.1.Interval", "Task.1.MaxFrames", "Task.1.ImageTimeMillisecond")


@pytest.mark.parametrize("name", [*FRAMES, "Scene.2", "Extra"])
def test_parameters_of_a_picture(ask: Ask, name: str) -> None:
    picture = {"Scene.1": "porn", "Task.1.ImageURL": "http://a.test/a.gif", **dict.fromkeys(FRAMES, "1")}
    targets = [f"/?{encoded(signed('ScanImage', {**picture, name: text}))}" for text in TEXTS]
    ask(request(target, method="GET") for target in targets)


@pytest.mark.parametrize("name", [*signed("ScanText", {}), "SecurityToken", "RegionId"])
def test_common_parameters(ask: Ask, name: str) -> None:
    targets = [f"/?{encoded(signed('ScanText', {}, common={name: text}))}" for text in TEXTS]
    targets += [f"/?{name}={raw}&{name}x={raw}" for raw in ("%", "%ff", "%ed%a0%80", "%00", "%C0%80", "%F5%80%80%80")]
    ask(request(target, method="GET") for target in targets)
