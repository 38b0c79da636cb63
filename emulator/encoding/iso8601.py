"""Moments as text."""

from datetime import UTC, datetime


def format_iso(moment: float) -> str:
    """Unix seconds as everything here tells a moment: ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
