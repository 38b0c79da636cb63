"""What pictures may be, by the page of image/asyncscan."""

from emulator.provider import Patience, Pictures

_FORMATS = frozenset({"png", "jpeg", "bmp", "gif", "webp"})
_SECONDS = 3.0  # to download
_UNSEEN = {
    "forbidden": "401",
    "denied": "403",
    "missing": "404",
    "unreachable": "480",
    "slow": "592",
    "large": "589",
    "format": "590",
    "broken": "590",
}

_PAGE = "documented: page of image/asyncscan, limits of pictures"

SYNCHRONOUS = Pictures(5 * 1024 * 1024, _SECONDS, _FORMATS, _UNSEEN, huge=False, source=_PAGE)
ASYNCHRONOUS = Pictures(20 * 1024 * 1024, _SECONDS, _FORMATS, _UNSEEN, huge=False, source=_PAGE)

_TIMES = "documented: page of image/asyncscan, times of a check"

SOON = Patience(6, "581", _TIMES)
LATER = Patience(120, "581", _TIMES)
