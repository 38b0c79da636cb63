"""The frames of a moving or long picture that were inspected, and their temporary addresses.

An address carries its own expiry and signature, so the server keeps no list of them.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from emulator.fake.ids import Ids
from emulator.media.images import count_pieces
from emulator.providers.aliyun.credentials import CREDENTIALS, find_key
from emulator.rules.decision import Item
from emulator.state.accounts import Account, Accounts

_is_name = re.compile(r"[0-9a-f]{16}-[0-9]{1,10}\.png").fullmatch
_is_moment = re.compile("[0-9]{1,12}").fullmatch

PATH = "/_emulator/frames/"
LIFE_SECONDS = 300  # seconds of the account's clock that an address is good for: ScanImage, Frames.URL
_MOST_FRAMES = 1000  # frames that a call lists in one scene


def count_frames(item: Item, ids: Ids) -> int:
    """Return how many images a moving picture holds, or into how many pieces a long picture is cut; else 1.

    Of a picture that was not fetched only the file name is known. A GIF then counts 2 to 24 images, always the same
    number for the same address.
    """
    picture = item.picture
    if picture is not None:
        if picture.frames > 1 or picture.width is None or picture.height is None:
            return picture.frames
        return count_pieces(picture.width, picture.height)
    if str(item.facts.get("filename", "")).lower().endswith(".gif"):
        return ids.make_fake_data(item.facts["url"], "gif").draw_number(2, 24)
    return 1


def limit_frames(pictures: int) -> int:
    """Return how many frames each of the `pictures` of a call may list, as a call lists 1000 in each scene."""
    return max(1, _MOST_FRAMES // pictures)


def make_urls(account: Account, host: str, picture: str, numbers: Iterable[int]) -> list[str]:
    """Return the addresses of the frames with these numbers, in the shape of signed OSS links.

    `picture` is the address of the picture; `host` is the Host of the call.
    """
    host = host.rpartition("/")[2]  # some clients put the whole URL into their Host
    begin = hashlib.sha256(picture.encode()).hexdigest()[:16]
    expires = str(int(account.clock.now()) + LIFE_SECONDS)
    query = urlencode({"Expires": expires, "OSSAccessKeyId": account.of(CREDENTIALS).access_key_id})
    key = _encode_key(account)
    names = [f"{begin}-{number}.png" for number in numbers]
    return [f"http://{host}{PATH}{name}?{query}&Signature={_sign(key, name, expires)}" for name in names]


def rate_frames(frames: Sequence[str], picture: str, rate: float, ids: Ids) -> list[tuple[str, float]]:
    """Return each address with a rate: the first frame has that of the result, the others between half of it and it."""
    fake_data = ids.make_fake_data(picture, "frames")
    return [(frame, fake_data.draw_rate(rate * 0.5, rate) if at else rate) for at, frame in enumerate(frames)]


def explain_refusal(accounts: Accounts, name: str, query: Mapping[str, str]) -> str | None:
    """Return why the frame at an address is not shown, in the words of OSS; None when it is shown."""
    key = find_key(accounts, query.get("OSSAccessKeyId", ""))
    expires = query.get("Expires", "")
    if (
        key is None
        or not _is_name(name)
        or not hmac.compare_digest(
            _sign(_encode_key(key.account), name, expires).encode(),
            query.get("Signature", "").encode("utf-8", "replace"),
        )
    ):
        return "The request signature we calculated does not match the signature you provided."
    # Whoever has the secret can sign an Expires that is not a number.
    good = _is_moment(expires) and key.account.clock.now() < int(expires)
    return None if good else "Request has expired."


def _encode_key(account: Account) -> bytes:
    return account.of(CREDENTIALS).access_key_secret.encode("utf-8", "replace")


def _sign(key: bytes, name: str, expires: str) -> str:
    return hmac.digest(key, f"{name}\n{expires}".encode("utf-8", "replace"), "sha1").hex()
