"""info: version, providers, faults, sizes and other facts about this server."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from emulator import __version__
from emulator.compilation import COMPILED
from emulator.control import Reply, Route
from emulator.http.control import AppRequest


def show_info(request: AppRequest) -> Reply:
    """Return what this server is: version, providers, faults, rule files and how full it is."""
    app = request.app
    state = app.state
    folder = app.initial_settings.server.tls_out
    return Reply(
        {
            "name": "moderation-emulator",
            "version": __version__,
            "compiled": COMPILED,
            "python": platform.python_version(),
            "pid": os.getpid(),
            "started": datetime.fromtimestamp(app.started, UTC).isoformat(timespec="seconds"),
            "port": app.port,
            "tls_port": app.tls_port,
            "tls_expires": app.certificate.expires.isoformat(timespec="seconds") if app.certificate else None,
            "tls_out": str(Path(folder).resolve()) if folder else None,
            "profile": state.settings.profile,
            "providers": [
                {"name": provider.name, "operations": list(provider.operations)} for provider in app.providers.values()
            ],
            "faults": [
                {"name": fault.name, "description": fault.description, "parameters": fault.parameters}
                for fault in app.faults.values()
            ],
            "magic_words": state.settings.magic_words,
            "accounts": len(state.accounts),
            "fixtures": app.fixtures.to_dict(),
            "state": state.store.describe(),
            "budgets": {name: {"used": each.used, "most": each.most} for name, each in state.budgets.iterate()},
            "journal": {
                "entries": sum(len(account.journal) for account in state.accounts) + len(state.unattributed),
                "dropped": sum(account.journal.dropped for account in state.accounts) + state.unattributed.dropped,
            },
        }
    )


ROUTES = (Route("GET", "info", show_info, answers={200: "Info"}, operation_id="info_info"),)
