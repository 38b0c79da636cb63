"""ISO 8601: moments as text."""

from datetime import UTC, datetime


def format_iso(moment: float) -> str:
    """Return Unix seconds in the form that all moments have here: ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
