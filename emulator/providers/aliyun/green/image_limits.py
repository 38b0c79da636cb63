"""The limits of pictures, and of the time that a check may take, by the page of image/asyncscan."""

from emulator.operation import ImageLimits, Timeout

_FORMATS = frozenset({"png", "jpeg", "bmp", "gif", "webp"})
_SECONDS = 3.0  # to download
_ERROR_CODES = {
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

SYNCHRONOUS_IMAGES = ImageLimits(5 * 1024 * 1024, _SECONDS, _FORMATS, _ERROR_CODES, huge=False, source=_PAGE)
ASYNCHRONOUS_IMAGES = ImageLimits(20 * 1024 * 1024, _SECONDS, _FORMATS, _ERROR_CODES, huge=False, source=_PAGE)

_TIMES = "documented: page of image/asyncscan, times of a check"

SYNCHRONOUS_TIMEOUT = Timeout(6, "581", _TIMES)
ASYNCHRONOUS_TIMEOUT = Timeout(120, "581", _TIMES)
