"""A real emulator on a free port, run by a loop of its own in a thread."""

import asyncio
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from typing import Any

import jsonschema
import requests

from emulator import building, server
from emulator.app.state_file import open_state
from emulator.assets import SCHEMAS, list_folders
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.provider import Provider
from emulator.state.journal import BODY_LIMIT, Entry


class RunningServer:
    """A real emulator, used as a context manager.

    `given` are settings as a configuration file writes them, `more` are providers beside those that are found. With the
    variable EMULATOR_TEST_STATE set to `file`, each has its state in a file, unless its settings do not allow it.
    """

    def __init__(self, given: Mapping[str, Any] | None = None, *more: Provider) -> None:
        own = {**find_providers(), **{provider.name: provider for provider in more}}
        self._folder = ""
        flags = {**(given or {}), "server": {"port": 0, "reload": False, **(given or {}).get("server", {})}}
        if os.environ.get("EMULATOR_TEST_STATE") == "file" and not flags.keys() & {"state", "seed"}:
            self._folder = tempfile.mkdtemp(prefix="emulator-state-")
            flags["state"] = f"{self._folder}/state.db"
        settings = load_settings(None, flags, {}, collect_provided_settings(own.values()))
        self.app = building.build(settings, own, open_state(settings, own))
        self.emulator = server.Emulator(self.app)
        self.state = self.app.state
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.url = ""

    def __enter__(self) -> "RunningServer":
        self._thread.start()
        self.url = self.run(self.emulator.start())
        return self

    def __exit__(self, *_: object) -> None:
        try:
            assert_conform(self.list_entries())
        finally:
            self.run(self.emulator.stop())
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(10)
            self.loop.close()
            if self._folder:
                shutil.rmtree(self._folder)

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine on the emulator's loop and wait for it."""
        return self.submit(coroutine).result(30)

    def submit(self, coroutine: Any) -> Future[Any]:
        """Run a coroutine on the emulator's loop and go on."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def list_entries(self) -> list[Entry]:
        """Return the whole journal, newest first."""
        journals = [self.state.unattributed, *(account.journal for account in self.state.accounts)]
        found = [entry for journal in journals for entry in journal.iterate_newest()]
        return sorted(found, key=lambda entry: -entry.id)

    def control(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        """Call the control API: `control("POST", "rules", {...}, account="default")`."""
        data = None if body is None else body if isinstance(body, str | bytes) else json.dumps(body)
        return requests.request(method, f"{self.url}/_emulator/{path}", params=query, data=data, timeout=10)

    def push_rule(self, match: Mapping[str, Any], **outcome: Any) -> dict[str, Any]:
        """Push a control rule; return its stored form."""
        answer = self.control("POST", "rules", {"match": match, **outcome})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def reset(self) -> None:
        assert self.control("POST", "reset").status_code == 200


def _load_validators() -> Iterator[tuple[tuple[str, str], jsonschema.Draft202012Validator]]:
    for path in (path for folder in list_folders(SCHEMAS) for path in folder.glob("*/*.response.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        name = path.name.removesuffix(".response.json")
        yield (path.parent.name, name), jsonschema.Draft202012Validator(schema)


_VALIDATORS = dict(_load_validators())


def assert_conform(entries: list[Entry]) -> None:
    """Assert that every answer of an operation that the emulator gave fits the operation's response schema."""
    for entry in entries:
        if entry.status == 200 and entry.code is None and entry.outcome in ("pass", "verdict"):
            if "json" not in dict(entry.response_headers).get("Content-Type", ""):
                continue
            if len(entry.response_body) == BODY_LIMIT:  # cut by the journal
                continue
            validator = _VALIDATORS[entry.provider, str(entry.operation).replace("/", "_")]
            validator.validate(json.loads(entry.response_body))
