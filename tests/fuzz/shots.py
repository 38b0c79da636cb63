"""What is sent for one seed: a request to some provider or to the control API, and what was done to its bytes."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from tests.fuzz.breaks import BREAKS
from tests.fuzz.builders import alipay, aliyun, control, wechat
from tests.fuzz.draft import Draft, encode_draft
from tests.fuzz.rng import Rng
from tests.fuzz.strict import list_due_methods

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
    """Bytes for one connection.

    number: The seed.
    data: The bytes.
    methods: The methods of the requests that must be answered; None when nobody can say.
    pause: Where the bytes are parted: the server has read what comes before, before the rest is sent.
    """

    number: int
    data: bytes
    methods: list[bytes] | None
    pause: int = 0


def choose_kind(number: int) -> Kind:
    """Return the kind of the round that a seed belongs to."""
    return _KINDS[number // ROUND % len(_KINDS)]


def make_shot(number: int) -> Shot:
    """Return what is sent for a seed: always the same bytes, but for the gateway's keys, which each run makes anew."""
    rng = Rng(number)
    data = _make_request(rng)
    if rng.one_in(3):
        data = rng.choice(BREAKS)(rng, data, _make_request(rng))
    return Shot(number, data, list_due_methods(data), rng.randrange(len(data) + 1) if rng.one_in(40) else 0)


def _make_request(rng: Rng) -> bytes:
    now = choose_kind(rng.number)
    builders = _CONTROL if now is Kind.CONTROL else _PROVIDERS
    data = encode_draft(rng.choice(builders)(rng), HOST)
    if now is Kind.MAGIC and rng.one_in(2):
        return data.replace(b"example", rng.choice(_WORDS).encode(), 1)
    return data


def _build_gateway_call(rng: Rng) -> Draft:
    return alipay.build_gateway_call(rng, choose_kind(rng.number) is Kind.KEYED)


_PROVIDERS: tuple[Callable[[Rng], Draft], ...] = (
    *(
        aliyun.build_rpc_call,
        aliyun.build_rpc_call,
        aliyun.build_rpc_call,
        aliyun.build_rpc_call,
        lambda rng: aliyun.build_acs3_call(rng, HOST),
    ),
    *(
        lambda rng: aliyun.build_green_call(rng, HOST),
        lambda rng: aliyun.build_green_call(rng, HOST),
        lambda rng: aliyun.build_green_call(rng, HOST),
    ),
    *(
        wechat.build_token_call,
        wechat.build_stable_token_call,
        wechat.build_json_call,
        wechat.build_json_call,
        wechat.build_upload_call,
        wechat.build_upload_call,
        wechat.build_cloud_call,
        wechat.build_cloud_call,
    ),
    *(
        alipay.build_my_call,
        alipay.build_my_call,
        alipay.build_file_request,
        _build_gateway_call,
        _build_gateway_call,
        control.build_page_request,
        control.build_frame_request,
    ),
)
_CONTROL = (*[control.build_request] * 12, control.build_frame_request, control.build_page_request)
