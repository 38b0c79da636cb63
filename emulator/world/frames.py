"""Temporary addresses of inspected frames: they carry their own expiry and signature, so nothing need be remembered."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

from emulator.world.accounts import Account, Accounts

PATH = "/_emulator/frames/"
LIFE = 300  # seconds of the account's clock: ScanImage, Frames.URL


def address(host: str, account: Account, picture: str, number: int) -> str:
    """The address of frame `number` of `picture`, in the shape of a signed OSS link."""
    name = f"{hashlib.sha256(picture.encode()).hexdigest()[:16]}-{number}.png"
    expires = str(int(account.clock.now()) + LIFE)
    key = account.aliyun.access_key_id
    query = urlencode({"Expires": expires, "OSSAccessKeyId": key, "Signature": _sign(account, name, expires)})
    return f"http://{host}{PATH}{name}?{query}"


def refused(accounts: Accounts, name: str, query: Mapping[str, str]) -> str | None:
    """Why the frame behind an address is not shown, in the words of OSS; None when it is."""
    key = accounts.key(query.get("OSSAccessKeyId", ""))
    expires = query.get("Expires", "")
    if key is None or not hmac.compare_digest(
        _sign(key.account, name, expires).encode(), query.get("Signature", "").encode()
    ):
        return "The request signature we calculated does not match the signature you provided."
    return "Request has expired." if key.account.clock.now() >= int(expires) else None


def _sign(account: Account, name: str, expires: str) -> str:
    return hmac.digest(account.aliyun.access_key_secret.encode(), f"{name}\n{expires}".encode(), "sha1").hex()
