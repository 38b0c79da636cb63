"""The frames of a moving or long picture that were inspected, and their temporary addresses.

An address carries its own expiry and signature, so nothing need be remembered.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from emulator.world.accounts import Account, Accounts
from emulator.world.identities import Identities
from emulator.world.images import pieces, sampled
from emulator.world.verdicts.subject import Subject

_is_name = re.compile(r"[0-9a-f]{16}-[0-9]{1,10}\.png").fullmatch
_is_moment = re.compile("[0-9]{1,12}").fullmatch

PATH = "/_emulator/frames/"
LIFE = 300  # seconds of the account's clock: ScanImage, Frames.URL


def counted(subject: Subject, identities: Identities) -> int:
    """How many images a picture holds. Of an address that is not fetched only the name is known: a GIF is then taken
    to hold 2 to 24 images.
    """
    picture = subject.picture
    if picture is not None:
        if picture.frames > 1 or picture.width is None or picture.height is None:
            return picture.frames
        return pieces(picture.width, picture.height)
    if str(subject.facts.get("filename", "")).lower().endswith(".gif"):
        return identities.portrait(subject.facts["url"], "gif").number(2, 24)
    return 1


def inspected(
    url: str, count: int, interval: int, most: int, rate: float, identities: Identities
) -> list[tuple[int, float]]:
    """Number and rate of the images inspected of `count`: the first has the rate of the result, the others less."""
    numbers = sampled(count, interval, most)
    portrait = identities.portrait(url, "frames")
    return [(number, portrait.rate(rate * 0.5, rate) if at else rate) for at, number in enumerate(numbers)]


def address(host: str, account: Account, picture: str, number: int) -> str:
    """The address of frame `number` of `picture`, in the shape of a signed OSS link; some clients put the whole URL
    into their Host.
    """
    host = host.rpartition("/")[2]
    name = f"{hashlib.sha256(picture.encode()).hexdigest()[:16]}-{number}.png"
    expires = str(int(account.clock.now()) + LIFE)
    key = account.aliyun.access_key_id
    query = urlencode({"Expires": expires, "OSSAccessKeyId": key, "Signature": _sign(account, name, expires)})
    return f"http://{host}{PATH}{name}?{query}"


def refused(accounts: Accounts, name: str, query: Mapping[str, str]) -> str | None:
    """Why the frame behind an address is not shown, in the words of OSS; None when it is."""
    key = accounts.key(query.get("OSSAccessKeyId", ""))
    expires = query.get("Expires", "")
    if (
        key is None
        or not _is_name(name)
        or not hmac.compare_digest(
            _sign(key.account, name, expires).encode(), query.get("Signature", "").encode("utf-8", "replace")
        )
    ):
        return "The request signature we calculated does not match the signature you provided."
    # A secret that is published may have signed what is no moment.
    good = _is_moment(expires) and key.account.clock.now() < int(expires)
    return None if good else "Request has expired."


def _sign(account: Account, name: str, expires: str) -> str:
    text = f"{name}\n{expires}".encode("utf-8", "replace")
    return hmac.digest(account.aliyun.access_key_secret.encode("utf-8", "replace"), text, "sha1").hex()
