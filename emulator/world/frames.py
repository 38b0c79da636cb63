"""The frames of a moving or long picture that were inspected, and their temporary addresses.

An address carries its own expiry and signature, so nothing need be remembered.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from emulator.world.accounts import Account, Accounts
from emulator.world.identities import Identities
from emulator.world.images import pieces
from emulator.world.verdicts.subject import Subject

_is_name = re.compile(r"[0-9a-f]{16}-[0-9]{1,10}\.png").fullmatch
_is_moment = re.compile("[0-9]{1,12}").fullmatch

PATH = "/_emulator/frames/"
_CALL = 1000  # frames that a call lists in a scene
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


def share(pictures: int) -> int:
    """How many frames each of so many pictures of a call may list: a call lists 1000 in each scene."""
    return max(1, _CALL // pictures)


def addresses(account: Account, host: str, picture: str, numbers: Iterable[int]) -> list[str]:
    """The addresses of these frames of `picture`, in the shape of signed OSS links; some clients put the whole URL into
    their Host.
    """
    host = host.rpartition("/")[2]
    begin = hashlib.sha256(picture.encode()).hexdigest()[:16]
    expires = str(int(account.clock.now()) + LIFE)
    query = urlencode({"Expires": expires, "OSSAccessKeyId": account.aliyun.access_key_id})
    key = _key(account)
    names = [f"{begin}-{number}.png" for number in numbers]
    return [f"http://{host}{PATH}{name}?{query}&Signature={_sign(key, name, expires)}" for name in names]


def rated(frames: Sequence[str], picture: str, rate: float, identities: Identities) -> list[tuple[str, float]]:
    """The addresses of frames with a rate for each: the first has that of the result, the others less."""
    portrait = identities.portrait(picture, "frames")
    return [(frame, portrait.rate(rate * 0.5, rate) if at else rate) for at, frame in enumerate(frames)]


def refused(accounts: Accounts, name: str, query: Mapping[str, str]) -> str | None:
    """Why the frame behind an address is not shown, in the words of OSS; None when it is."""
    key = accounts.key(query.get("OSSAccessKeyId", ""))
    expires = query.get("Expires", "")
    if (
        key is None
        or not _is_name(name)
        or not hmac.compare_digest(
            _sign(_key(key.account), name, expires).encode(), query.get("Signature", "").encode("utf-8", "replace")
        )
    ):
        return "The request signature we calculated does not match the signature you provided."
    # A secret that is published may have signed what is no moment.
    good = _is_moment(expires) and key.account.clock.now() < int(expires)
    return None if good else "Request has expired."


def _key(account: Account) -> bytes:
    return account.aliyun.access_key_secret.encode("utf-8", "replace")


def _sign(key: bytes, name: str, expires: str) -> str:
    return hmac.digest(key, f"{name}\n{expires}".encode("utf-8", "replace"), "sha1").hex()
