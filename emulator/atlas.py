"""The error atlas: every row of every provider as command and control plane list it."""

from collections.abc import Iterable
from typing import Any

from emulator.provider import Provider


def atlas(providers: Iterable[Provider]) -> list[dict[str, Any]]:
    """One item per row: what it is, where it is documented, and how to make it happen here."""
    return [
        {
            "provider": provider.name,
            "code": row.code,
            "status": row.status,
            "message": row.message,
            "meaning": row.meaning,
            "scope": row.scope,
            "dialect": row.dialect,
            "operations": list(row.operations or provider.operations),
            "how": {
                "magic": f"emu-error-{row.code.replace(' ', '_')}",
                "rule": {"match": {"provider": provider.name}, "error": row.code},
            },
            "source": row.source,
        }
        for provider in providers
        for row in provider.rows
    ]
