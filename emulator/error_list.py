"""The error list: every row of every provider, as the command and the control API list it."""

from collections.abc import Iterable
from typing import Any

from emulator.error_types import ErrorRow
from emulator.provider import Provider


def list_errors(providers: Iterable[Provider], language: str = "en") -> list[dict[str, Any]]:
    """Return one entry per row: what the error is, where it is documented, and how to provoke it here."""
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
                "rule": {"match": {"provider": provider.name, **_choose_via(provider, row)}, "error": row.code},
            },
            "source": row.source,
        }
        for provider in providers
        for row in provider.errors.rows
    ]


def _choose_via(provider: Provider, row: ErrorRow) -> dict[str, str]:
    """Return the `via` under which the error occurs, if it does not occur under any."""
    return {"via": provider.errors.via[row.dialect]} if row.dialect in provider.errors.via else {}


def _choose_meaning(row: ErrorRow, language: str) -> dict[str, str]:
    """Return what an error means.

    In Chinese, it is followed by what to do about it, as far as the documents say, and by whose words these are.
    """
    if language == "zh" and row.chinese is not None:
        meaning, remedy, printed = row.chinese
        return {"meaning": meaning, "remedy": remedy, "wording": "documents" if printed else "ours"}
    return {"meaning": row.meaning}
