"""The limits of pictures, by the FAQ of my.ap.imgRiskCallback; only the limit of time is our own."""

from types import MappingProxyType

from emulator.operation import ImageLimits

_FAQ = "documented: FAQ of my.ap.imgRiskCallback; ours: that other calls have the same"

# There are no error codes: a picture that cannot be fetched or read passes.
IMAGE_LIMITS = ImageLimits(
    size=10 * 1024 * 1024,
    seconds=3,
    formats=frozenset({"bmp", "png", "jpeg", "tiff", "svg", "ico"}),
    error_codes=MappingProxyType({}),
    source={"size": _FAQ, "formats": _FAQ, "seconds": "ours: a picture that comes no sooner passes"},
)
