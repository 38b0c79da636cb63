"""While providers move: what the emulator answered before is what it answers now. It goes when the move is done.

`python -m tests.test_same_answers` writes the file anew.
"""

import gzip
import json
import random
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from emulator.cli import main
from emulator.reports.entry_details import explain_entry
from moderation_emulator.contract.kit import CONTRACTS, OPERATIONS, PROVIDERS, fetch_result, send_words
from moderation_emulator.contract.running_server import RunningServer

FILE = Path(__file__).parent / "before" / "answers.json.gz"
SETTINGS = {
    "seed": 7,
    "accounts": [
        {"name": "made-up"},
        {"name": "given", "aliyun": {"access_key_id": "k", "purchased": False}, "wechat": {"appid": "wxk"}},
    ],
}
WORDS = ("emu-pass", "emu-block", "emu-review", "emu-porn-sexy-62.11", "emu-fault-html500", "nothing")
BAD = (
    "accounts: [{name: a, aliyun: {access_key: x}}]",
    "accounts: [{name: a, wechat: {push_url: ftp://a}}]",
    "accounts: [{name: a, alipay: {app_public_key: x, sign_type: RSA3}}]",
    "accounts: [{name: a, azure: {}}]",
    "accounts: [{name: a, aliyun: {uid: '1234567890'}}]",
    "alipay: {gateway_private_key: x}",
    "alipay: {private_key: x}",
    "limits: {wechat: {per_minut: 1}}",
    "limits: {wechat: {per_minute: 0}}",
    "limits: {azure: {per_minute: 1}}",
    "waits: {alipay_result: -1, alipay_other: 1}",
    "callbacks: {aliyun_green: {pushes: 0}, alipay: {pushes: 1}}",
    "latency: {operations: {ScanImage: {seconds: 1}, Scan: {seconds: 1}}}",
    "quirks: {wechat.review: 7, wechat.other: 1}",
)

# What differs from run to run: moments, ports, ids, signatures, tokens.
_CHANGING = re.compile(
    r"\btoken-of-LTAI\w+|(?<=is )\d{9}(?= s )"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*Z?|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT"
    r"|127\.0\.0\.1:\d+|/tmp/[^\s\"']*|\b1[78]\d{8}(?:\d{3})?(?:\.\d+)?\b"
    r"|[A-Za-z0-9+/_=%$@.-]*\d[A-Za-z0-9+/_=%$@.-]{14,}|[A-Za-z0-9+/_=%$@.-]{14,}\d[A-Za-z0-9+/_=%$@.-]*"
    r"|[A-Za-z0-9+/_%]{18,}={0,2}"
)
_TIMES = ("pid", "port", "uptime", "duration_ms", "at", "started")
_KEPT = re.compile(
    r"[a-z_]+(?:[./-][a-zA-Z0-9_.-]+)*|emu-.*|https?://[a-z.]*example.*|wx0123456789abcdef|2088123456789012|2021000000000000"
)


def mask(value: Any) -> Any:
    if isinstance(value, dict):
        return {mask(name): "..." if name in _TIMES else mask(each) for name, each in value.items()}
    if isinstance(value, list):
        return [mask(each) for each in value]
    if isinstance(value, int | float):
        return "..." if value > 1_000_000_000 else value
    return mask_text(value) if isinstance(value, str) else value


def mask_text(text: str) -> Any:
    try:
        return mask(json.loads(text)) if text[:1] in ("{", "[") else _mask_changing(text)
    except ValueError:
        return _mask_changing(text)


def _mask_changing(text: str) -> str:
    text = re.sub(r"/\S*/fixtures/\S*?\.yaml", "....yaml", text)  # wherever the checkout lies
    return _CHANGING.sub(lambda found: found[0] if _KEPT.fullmatch(found[0]) else "...", text)


def gather_control() -> dict[str, Any]:
    with RunningServer(SETTINGS) as live:
        return {
            f"{path}?{query}": mask(live.control("GET", path, **query).json())
            for path, query in (
                *((path, {}) for path in ("accounts", "settings", "info", "errors", "openapi.json")),
                ("errors", {"lang": "zh"}),
                ("accounts", {"account": "testId"}),
                ("accounts/wxk", {}),
                ("settings", {"account": "given"}),
                ("rules", {}),
            )
        }


def gather_checks(folder: Path) -> dict[str, Any]:
    def run(*arguments: str) -> dict[str, Any]:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["moderation-emulator", *arguments]):
            try:
                main()
                code: Any = 0
            except SystemExit as end:
                code = end.code
        return mask({"code": code, "out": out.getvalue(), "err": err.getvalue()})  # type: ignore[no-any-return]

    found = {"fixtures": run("check", "fixtures")}
    for text in BAD:
        file = folder / "config.yaml"
        file.write_text(text, encoding="utf-8")
        found[text] = run("check", str(file))
    return found


def list_results(live: RunningServer) -> Iterator[dict[str, Any]]:
    """Yield what the journal has of each call, oldest first."""
    for entry in reversed(live.list_entries()):
        whole = live.run(explain_entry(entry, live.state, live.app.providers, lint=False))
        for changing in ("id", "at", "ms", "seconds", "near_misses", "signature", "request", "callbacks"):
            whole.pop(changing, None)
        yield mask({name: value for name, value in whole.items() if name not in ("query", "target", "path", "url")})


def gather_samples(provider: str) -> list[Any]:
    with RunningServer(SETTINGS) as live:
        for name, operation in OPERATIONS:
            if name == provider:
                for word in (*WORDS, *(f"emu-error-{code}" for code in PROVIDERS[provider].errors.codes)):
                    answer = send_words(live, provider, operation, word)
                    if word in WORDS[:3]:
                        live.control("POST", "clock", {"advance": 61})
                        fetch_result(live, provider, operation, answer)
        return [*list_results(live)]


def gather_refused(provider: str) -> list[Any]:
    found = []
    accounts = [contract.account for contract in CONTRACTS.values() if contract.account is not None]
    for told, code, send in (*CONTRACTS[provider].refused, *CONTRACTS[provider].unknown.values()):
        with RunningServer({"accounts": accounts}) as live:
            send(live)
            found.append([told, code, [*list_results(live)][-1:]])
    return found


def gather(part: str, folder: Path) -> Any:
    random.seed(1)
    if part == "control":
        return gather_control()
    if part == "check":
        return gather_checks(folder)
    kind, provider = part.split()
    return (gather_samples if kind == "samples" else gather_refused)(provider)


PARTS = ["control", "check", *(f"{kind} {name}" for name in CONTRACTS for kind in ("samples", "refused"))]


@pytest.mark.parametrize("part", PARTS)
def test_answers_are_the_same(part: str, tmp_path: Path) -> None:
    now = json.loads(json.dumps(gather(part, tmp_path)))
    assert now == json.loads(gzip.decompress(FILE.read_bytes()))[part]


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        parts = {part: gather(part, Path(folder)) for part in PARTS}
    FILE.write_bytes(gzip.compress(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode(), mtime=0))
