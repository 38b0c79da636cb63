"""What is sent for one seed: a request through some door, and what then befell its bytes."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from tests.fuzz.breaks import BREAKS
from tests.fuzz.dice import Dice
from tests.fuzz.doors import alipay, aliyun, control, wechat
from tests.fuzz.draft import Draft, written
from tests.fuzz.strict import due

HOST = "localhost"  # of the port nothing is written, so that a seed gives the same bytes wherever the server listens
ROUND = 250  # seeds that follow one another and are played on the same beginnings


class Kind(Enum):
    """What the requests of a round are, and what was prepared for them."""

    PLAIN = "calls of providers"
    KEYED = "calls of providers, with a key registered for the gateway"
    RULED = "calls of providers, on hostile rules"
    MAGIC = "calls of providers with magic words"
    CONTROL = "requests of the control plane"


_KINDS = (Kind.PLAIN, Kind.CONTROL, Kind.PLAIN, Kind.KEYED, Kind.RULED, Kind.PLAIN, Kind.CONTROL, Kind.MAGIC)
_WORDS = (
    "emu-porn",
    "emu-ad-review-62.11",
    "emu-pass",
    "emu-error-InvalidImage.NotFound",
    "emu-error-87014",
    "emu-porn-1e9",
)


class Shot(NamedTuple):
    """Bytes for one connection. `methods` are those of the requests that must be answered, None when nobody can say.

    `pause` is where the bytes are parted: the server has read what comes before, before the rest is sent.
    """

    number: int
    data: bytes
    methods: list[bytes] | None
    pause: int = 0


def kind(number: int) -> Kind:
    """The kind of the round that a seed belongs to."""
    return _KINDS[number // ROUND % len(_KINDS)]


def shot(number: int) -> Shot:
    """What is sent for a seed: always the same bytes, but for the gateway's keys, which each run makes anew."""
    dice = Dice(number)
    data = _request(dice)
    if dice.one_in(3):
        data = dice.choice(BREAKS)(dice, data, _request(dice))
    return Shot(number, data, due(data), dice.randrange(len(data) + 1) if dice.one_in(40) else 0)


def _request(dice: Dice) -> bytes:
    now = kind(dice.number)
    doors = _CONTROL if now is Kind.CONTROL else _PROVIDERS
    data = written(dice.choice(doors)(dice), HOST)
    if now is Kind.MAGIC and dice.one_in(2):
        return data.replace(b"example", dice.choice(_WORDS).encode(), 1)
    return data


def _keyed(dice: Dice) -> Draft:
    return alipay.call(dice, kind(dice.number) is Kind.KEYED)


_PROVIDERS: tuple[Callable[[Dice], Draft], ...] = (
    *(aliyun.rpc, aliyun.rpc, aliyun.rpc, aliyun.rpc, lambda dice: aliyun.acs3(dice, HOST)),
    *(lambda dice: aliyun.roa(dice, HOST), lambda dice: aliyun.roa(dice, HOST), lambda dice: aliyun.roa(dice, HOST)),
    *(
        wechat.token,
        wechat.stable,
        wechat.said,
        wechat.said,
        wechat.upload,
        wechat.upload,
        wechat.in_cloud,
        wechat.in_cloud,
    ),
    *(alipay.my, alipay.my, alipay.file, _keyed, _keyed, control.page, control.frame),
)
_CONTROL = (*[control.asked] * 12, control.frame, control.page)
