"""The sample answers of the document (version 20201105, sections 2, 3 and 4.3) against ours, in JSON and XML.

The samples of section 3 are torn by page breaks: the lost ends of either format are taken from the other. The word hit
in section 2 is replaced by a neutral one. Ids, times and invented details vary; what else differs stands here:

- `y` and `ImageUrl` of the samples are `Y` and `ImageURL` in the tables; the quirk sends both spellings.
- The sample's mini-program code stands under the label `ad`; here the label `programCode` brings one.
- The sample shows frames in one scene only; here each scene asked for shows those it inspected.
- `Recommend` was added to errors after the document was written.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from defusedxml import ElementTree

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import Answer, send_request
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, sign_rpc

GOLDEN = Path(__file__).parent / "golden"
HOST = {"Host": "imageaudit.cn-shanghai.aliyuncs.com"}
KINDS = ("JSON", "XML")

TEXT = "某某是示例词"
IMAGE = "http://xxx.xxx.xxx/xxx.jpg"
SCENES = ("porn", "terrorism", "ad", "live", "logo")
FINDINGS = [
    {"scene": "porn", "label": "sexy", "suggestion": "block", "rate": 99.63},
    {"scene": "terrorism", "label": "politics", "suggestion": "block", "rate": 91.54},
    {"scene": "ad", "label": "programCode", "suggestion": "block", "rate": 99.91},
    {"scene": "live", "label": "drug", "suggestion": "block", "rate": 99.91},
    {"scene": "logo", "label": "TV", "suggestion": "block", "rate": 99.9},
]

TABLES = {"y": "Y", "ImageUrl": "ImageURL"}  # spelling of the samples: spelling of the tables
VARIES = {"RequestId", "TaskId", "Id", "Name", "X", "Y", "Width", "Height", "URL", "Frames/Rate"}

Leaf = tuple[str, str]


def list_leaves(text: str | bytes) -> list[Leaf]:
    """Return every scalar of a JSON or XML text with its path, in the spelling of the tables; what varies is `*`."""
    raw = text.encode() if isinstance(text, str) else text
    found = _iterate_json("", json.loads(raw)) if raw[:1] == b"{" else _iterate_xml("", ElementTree.fromstring(raw))
    return sorted(map(_rename, found))


def _iterate_json(path: str, value: Any) -> Iterator[Leaf]:
    if isinstance(value, list):
        for item in value:
            yield from _iterate_json(path, item)
    elif isinstance(value, dict):
        scene = f"[{value['Scene']}]" if "Scene" in value else ""
        for key, inner in value.items():
            yield from _iterate_json(f"{path}{scene}/{key}", inner)
    else:
        yield path, f"{value:g}" if isinstance(value, float) else str(value)


def _iterate_xml(path: str, element: Any) -> Iterator[Leaf]:
    scene = element.findtext("Scene")
    for child in element:
        here = f"{path}{f'[{scene}]' if scene else ''}/{child.tag}"
        yield from _iterate_xml(here, child) if len(child) else [(here, child.text)]


def _rename(leaf: Leaf) -> Leaf:
    path, text = leaf
    parent, _, name = path.rpartition("/")
    name = TABLES.get(name, name)
    varies = name in VARIES or f"{parent.rpartition('/')[2]}/{name}" in VARIES
    return f"{parent}/{name}", "*" if varies else text


def read_golden(name: str, kind: str) -> list[Leaf]:
    return list_leaves((GOLDEN / f"{name}.{kind.lower()}").read_text(encoding="utf-8"))


def call_in_format(live: RunningServer, action: str, kind: str, params: dict[str, str]) -> Answer:
    return send_request(live, "GET", f"/?{encode_query(sign_rpc(action, params, common={'Format': kind}))}", HOST)


def scan_sample(live: RunningServer, kind: str) -> Answer:
    """Return the answer to the sample call of section 3, with a rule that makes its findings."""
    live.push_rule({"url": IMAGE}, verdict={"findings": FINDINGS, "frames": 2})
    params = {f"Scene.{n}": scene for n, scene in enumerate(SCENES, 1)}
    task = {"ImageURL": IMAGE, "DataId": "uuid-xxxx-xxxx-1234", "Interval": "1", "MaxFrames": "2"}
    return call_in_format(live, "ScanImage", kind, params | {f"Task.1.{name}": value for name, value in task.items()})


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_answer_is_that_of_the_document(live: RunningServer, kind: str) -> None:
    live.push_rule({"text": {"contains": "是示例词"}}, verdict="abuse")
    answer = call_in_format(live, "ScanText", kind, {"Labels.1.Label": "abuse", "Tasks.1.Content": TEXT})
    assert list_leaves(answer.body) == read_golden("scan_text", kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_answer_is_that_of_the_document(live: RunningServer, kind: str) -> None:
    sample = read_golden("scan_image", kind)
    sample[sample.index(("/Data/Results/SubResults[ad]/Label", "ad"))] = (
        "/Data/Results/SubResults[ad]/Label",
        "programCode",
    )
    ours = list_leaves(scan_sample(live, kind).body)
    assert [leaf for leaf in ours if "/Frames/" not in leaf[0] or "[ad]" in leaf[0]] == sorted(sample)
    assert len(ours) == len(sample) + 4 * 4, "two frames with address and rate in each of four more scenes"


@pytest.mark.parametrize("kind", KINDS)
def test_the_spelling_of_the_samples(start: Callable[..., RunningServer], kind: str) -> None:
    live = start({"quirks": {"imageaudit.sample_spelling": True}})
    body = scan_sample(live, kind).body.decode()
    mark = '"{}":' if kind == "JSON" else "<{}>"
    for name in ("y", "Y", "ImageUrl", "ImageURL"):
        assert body.count(mark.format(name)) == (3 if name in "yY" else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_error_is_that_of_the_document(live: RunningServer, kind: str) -> None:
    live.push_rule({"operation": "ScanText"}, error="UnsupportedOperation")
    answer = call_in_format(live, "ScanText", kind, {"Labels.1.Label": "abuse", "Tasks.1.Content": TEXT})
    recommended = [leaf for leaf in list_leaves(answer.body) if leaf[0] == "/Recommend"]
    assert sorted(read_golden("error", kind) + recommended) == list_leaves(answer.body)


PICTURE_CALL = (
    "Action=ScanImage&Scene.1=porn&Task.1.DataId=uuid-xxxx-xxxx-1234&Task.1.ImageURL=http://viapi-test.oss-cn-shanghai"
    ".aliyuncs.com/sanjiye-meizi/%E9%A3%8E%E9%99%A9%E4%BA%BA%E7%89%A9.jpg"
)
TEXT_CALL = f"Action=ScanText&Labels.1.Label=abuse&Tasks.1.Content={TEXT}"
COMMON_CALL = (
    "Signature=NAxwl1W9ROkidJfGeZrsKUXw%2BQ****&AccessKeyId=testId&Action=ScanImage&Format=JSON&RegionId=cn-shanghai"
    "&SignatureMethod=HMAC-SHA1&SignatureNonce=313ef0fb-0393-464f-a6e2-59d9ca2585b1&SignatureVersion=1.0"
    "&Timestamp=2019-10-12T08%3A18%3A18Z&Version=2019-12-30"
)
ANSWERED_CALL = (
    "Format=xml&Version=2019-12-30&Signature=Pc5WB8gokVn0xfeu%2FZV%2BiNM1dg****&SignatureMethod=HMAC-SHA1"
    "&SignatureNonce=15215528852396&SignatureVersion=1.0&AccessKeyId=key-test&Timestamp=2014-10-10T12:00:00Z"
)


@pytest.mark.parametrize("call", [PICTURE_CALL, TEXT_CALL])
def test_sample_calls_of_the_operations(live: RunningServer, call: str) -> None:
    """The document prints them unencoded (section 4.1): so the escapes of the address are its own."""
    params = dict(pair.split("=", 1) for pair in call.split("&"))
    assert call_rpc(live, params["Action"], params).status_code == 200
    facts = live.list_entries()[0].items[0][2]
    assert facts.get("filename", "风险人物.jpg") == "风险人物.jpg"


def test_sample_call_of_section_42(live: RunningServer) -> None:
    assert send_request(live, "GET", f"/?{COMMON_CALL}", HOST).code == "InvalidTimeStamp.Expired"
    live.state.accounts.default.clock.set(1570868298)
    assert send_request(live, "GET", f"/?{COMMON_CALL}", HOST).code == "SignatureDoesNotMatch", "the sample hides it"
    params = {name: value for name, value in parse_qsl(COMMON_CALL) if name != "Signature"}
    assert call_rpc(live, "ScanImage", {}, common=params).json()["Code"] == "MissingScene"


def test_sample_call_of_section_43(live: RunningServer) -> None:
    answer = send_request(live, "GET", f"/?{ANSWERED_CALL}", HOST)
    assert b"<Code>MissingAction</Code>" in answer.body
    answer = send_request(live, "GET", f"/?Action=ScanImage&{ANSWERED_CALL}", HOST)
    assert b"<Code>InvalidAccessKeyId.NotFound</Code>" in answer.body
