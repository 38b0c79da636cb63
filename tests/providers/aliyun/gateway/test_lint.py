from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import parse_error, parse_items
from tests.providers.aliyun.rpc_calls import scan_text
from tests.reports.builders import fetch_newest_entry, list_findings, make_entry


def test_a_nonce_used_again(live: RunningServer) -> None:
    for _ in range(2):
        scan_text(live, "hello", common={"SignatureNonce": "mine"})
    entry = fetch_newest_entry(live)
    assert entry["code"] == "SignatureNonceUsed"
    (got,) = entry["etiquette"]
    assert (got["entry"], got["habit"]) == (entry["id"], "nonce reused")
    first = parse_items(live.control("GET", "journal"))[1]
    assert f"entry {first['id']} " in got["advice"]
    assert parse_items(live.control("GET", "etiquette")) == [got]
    assert parse_items(live.control("GET", "etiquette", account="default")) == [got]
    parse_error(live.control("GET", "etiquette", account="nobody"), 404)
    parse_error(live.control("GET", "etiquette", since="0"), 400)


def test_a_nonce_in_headers_and_forms() -> None:
    header = (("X-Acs-Signature-Nonce", "n1"),)
    calls = [
        make_entry("a", 0, headers=header),
        make_entry("a", 1, "SignatureNonce=n1&b=c"),
        make_entry("a", 2, target="/?a=b&SignatureNonce=n2"),
        make_entry("a", 3, "x=y&SignatureNonce=n2"),
        make_entry("a", 4, "MySignatureNonce=n2"),
        make_entry("a", 5),
    ]
    assert list_findings(*calls) == [("1", "nonce reused"), ("3", "nonce reused")]
