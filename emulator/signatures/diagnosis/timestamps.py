"""Timestamps: the times that a client may have signed when it sent another, because it asked its clock twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from emulator.signatures.diagnosis.variants import Mistake

_FORMS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S")
_APART = (-1, 1, -2, 2, -3, 3, -28_800, 28_800)  # seconds; the last two are China's time taken for UTC or the reverse


def iterate_clock_mistakes(name: str, timestamp: str, change: str) -> Iterator[Mistake]:
    """Yield mistakes by which a time near the received one was signed.

    `name` is the parameter or header that holds `timestamp`; `change` is the key of the variant that the mistakes
    change.
    """
    moment, form = _parse_timestamp(timestamp[:40])
    for seconds in _APART:
        if moment is None:
            return
        try:
            other = moment + timedelta(seconds=seconds)
        except OverflowError:
            continue
        signed = other.strftime(form) if form else format_datetime(other, usegmt=True)
        yield Mistake(f"{name} was signed as {signed}: the clock was asked twice", {change: {name: signed}}, alone=True)


def _parse_timestamp(timestamp: str) -> tuple[datetime | None, str]:
    for form in _FORMS:
        try:
            return datetime.strptime(timestamp, form).replace(tzinfo=UTC), form
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(timestamp).astimezone(UTC), ""
    except (ValueError, OverflowError):
        return None, ""
