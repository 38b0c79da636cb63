"""The error atlas: every row of every provider as command and control plane list it."""

from collections.abc import Iterable
from typing import Any

from emulator.provider import Provider
from emulator.types import ErrorRow


def list_errors(providers: Iterable[Provider], language: str = "en") -> list[dict[str, Any]]:
    """One item per row: what it is, where it is documented, and how to make it happen here."""
    return [
        {
            "provider": provider.name,
            "code": row.code,
            "status": row.status,
            "message": row.message,
            **_choose_meaning(row, language),
            "scope": row.scope,
            "dialect": row.dialect,
            "operations": list(row.operations or provider.operations),
            "how": {
                "magic": f"emu-error-{row.code.replace(' ', '_')}",
                "rule": {"match": {"provider": provider.name, **_choose_door(provider, row)}, "error": row.code},
            },
            "source": row.source,
        }
        for provider in providers
        for row in provider.rows
    ]


def _choose_door(provider: Provider, row: ErrorRow) -> dict[str, str]:
    """Where the error is met, if not everywhere."""
    return {"via": provider.via[row.dialect]} if row.dialect in provider.via else {}


def _choose_meaning(row: ErrorRow, language: str) -> dict[str, str]:
    """In Chinese also what to do about it, as far as the documents say, and whose words these are."""
    if language == "zh" and row.chinese is not None:
        meaning, remedy, printed = row.chinese
        return {"meaning": meaning, "remedy": remedy, "wording": "documents" if printed else "ours"}
    return {"meaning": row.meaning}
