"""The documents' own samples, run as they are printed; answers byte for byte, apart from ids."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from emulator.providers.alipay import shim
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import QUERY, SUBMIT, advance, call, make_picture, make_task, parse_apply_id

GOLDEN = Path(__file__).parent / "golden"
NODE = shutil.which("node")
SHIM = Path(shim.__file__).with_name("my.cjs")
RUN = """
global.my = require(process.argv[1]).my;
my.alert = ({ title, content }) => console.log(title + content);
require(process.argv[2]);
"""

sample = pytest.mark.skipif(NODE is None, reason="node is not installed")


def run(live: RunningServer, name: str) -> str:
    """Run a sample; return what it shows in its alert box."""
    environment = {"PATH": os.environ["PATH"], "EMULATOR_URL": live.url}
    command = [str(NODE), "-e", RUN, str(SHIM), str(GOLDEN / f"{name}.js")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def read_golden(name: str) -> str:
    return (GOLDEN / f"{name}.json").read_text(encoding="utf-8").strip()


def mask_ids(body: str) -> str:
    body = re.sub(r'"uniqueId":"[^"]+"', '"uniqueId":"…"', body)
    return re.sub(r'apply_id\\":\\"[0-9a-f-]{36}\\"', r'apply_id\\":\\"…\\"', body)


@sample
def test_the_sample_of_img_risk_callback(live: RunningServer) -> None:
    assert run(live, "img_risk_callback") == ""
    (entry,) = live.list_entries()
    assert (entry.operation, entry.status) == (QUERY, 200)
    assert json.loads(entry.body) == {
        "pid": "xxxxxxxxxxxxxxxx",
        "bizContext": {"risk_type": "img_risk_result", "apply_id": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"},
    }
    assert mask_ids(entry.response_body.decode()) == read_golden("img_risk_callback")


@sample
def test_the_sample_of_text_risk_identification(live: RunningServer) -> None:
    assert run(live, "text_risk_identification") == f"ok{read_golden('text_risk_identification')}"


def test_a_picture_from_its_submission_to_its_result(live: RunningServer) -> None:
    submitted = call(live, SUBMIT, make_picture("https://cdn.example.test/emu-block.png"))
    assert mask_ids(submitted.text) == read_golden("img_risk")
    assert mask_ids(call(live, QUERY, make_task(parse_apply_id(submitted))).text) == read_golden("img_risk_callback")
    advance(live, 0.5)
    assert mask_ids(call(live, QUERY, make_task(parse_apply_id(submitted))).text) == read_golden("rejected")
