"""A real emulator on a free port, run by a loop of its own in a thread; and a hand-made RPC client for it."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema
import requests

from emulator import server
from emulator.assets import SCHEMAS
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.provider import Provider
from emulator.state.journal import BODY_LIMIT, Entry

_nonces = itertools.count()


class RunningServer:
    """A real emulator, used as a context manager.

    `given` are settings as a configuration file writes them, `more` are providers beside those that are found.
    """

    def __init__(self, given: Mapping[str, Any] | None = None, *more: Provider) -> None:
        own = {**find_providers(), **{provider.name: provider for provider in more}}
        flags = {**(given or {}), "server": {"port": 0, "reload": False, **(given or {}).get("server", {})}}
        self.app = server.build(load_settings(None, flags, {}, collect_provided_settings(own.values())), own)
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

    def rpc(self, action: str, params: Mapping[str, str] | None = None, **options: Any) -> requests.Response:
        """Make a signed RPC call by hand; options are those of `sign_rpc`, and `form` sends it as a form body."""
        form = options.pop("form", False)
        method = options.get("method", "POST" if form else "GET")
        given = sign_rpc(action, params or {}, **{**options, "method": method})
        if form:
            return requests.post(f"{self.url}/", data=given, timeout=10)
        return requests.request(method, f"{self.url}/?{encode_query(given)}", timeout=10)

    def scan_image(self, *urls: str, scenes: tuple[str, ...] = ("porn",), **options: Any) -> requests.Response:
        return self.rpc("ScanImage", make_image_params(urls, scenes), **options)

    def scan_text(self, *texts: str, labels: tuple[str, ...] = ("ad",), **options: Any) -> requests.Response:
        params = {f"Labels.{n}.Label": label for n, label in enumerate(labels, 1)}
        params |= {f"Tasks.{n}.Content": text for n, text in enumerate(texts, 1)}
        return self.rpc("ScanText", params, **options)


def make_image_params(urls: tuple[str, ...], scenes: tuple[str, ...]) -> dict[str, str]:
    params = {f"Scene.{n}": scene for n, scene in enumerate(scenes, 1)}
    return params | {f"Task.{n}.ImageURL": url for n, url in enumerate(urls, 1)}


def encode_query(params: Mapping[str, str]) -> str:
    return urlencode(params, quote_via=quote, safe="~")


def format_timestamp(seconds: float = 0.0) -> str:
    """Return the present moment, moved by some seconds, as Timestamp wants it."""
    return datetime.fromtimestamp(datetime.now(UTC).timestamp() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign_rpc(
    action: str,
    params: Mapping[str, str],
    *,
    key: str = "testId",
    secret: str = "testSecret",
    method: str = "GET",
    common: Mapping[str, str | None] | None = None,
) -> dict[str, str]:
    """Return all parameters of an RPC call with its signature, computed here and not by the emulator's code.

    `common` replaces common parameters before signing; None leaves one out.
    """
    all_params: dict[str, str | None] = {
        "AccessKeyId": key,
        "Action": action,
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": f"{next(_nonces)}-{id(params)}",
        "SignatureVersion": "1.0",
        "Timestamp": format_timestamp(),
        "Version": "2019-12-30",
        **params,
        **(common or {}),
    }
    given = {name: value for name, value in all_params.items() if value is not None}
    query = "&".join(f"{quote(name, safe='~')}={quote(given[name], safe='~')}" for name in sorted(given))
    to_sign = f"{method}&%2F&{quote(query, safe='~')}"
    digest = hmac.new(f"{secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
    return {"Signature": base64.b64encode(digest).decode(), **given} if "Signature" not in given else given


def _load_validators() -> Iterator[tuple[tuple[str, str], jsonschema.Draft202012Validator]]:
    for path in Path(SCHEMAS).glob("*/*.response.json"):
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
