"""The guards, the routes and the one form of errors of the control API."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import building
from emulator.config.load import load_settings
from emulator.control import PREFIX, Reply, Route
from emulator.discovery import collect_provided_settings, find_providers
from emulator.http.control import AppRequest, health
from emulator.http.control_api import BODY_LIMIT, ControlApi
from emulator.types import WireRequest
from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_text

RULE = {"match": {"url": "http://a.test/1.jpg"}, "verdict": "porn"}


def list_words(*lines: str) -> list[str]:
    return " ".join(lines).split()


def call(
    live: RunningServer, method: str = "GET", path: str = "health", body: Any = None, **headers: str
) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, f"{live.url}{PREFIX}{path}", data=body, headers=named, timeout=10)


def assert_refused(answer: requests.Response, status: int) -> list[dict[str, Any]]:
    """Assert the one form of errors; return the problems."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert set(body) == {"error", "problems"}
    assert body["error"]
    assert "\n" not in body["error"]
    assert len(body["problems"]) <= 20
    for problem in body["problems"]:
        assert set(problem) - {"line"} == {"path", "expected", "got"}
        assert problem["path"].startswith(("$", "?"))
    return list(body["problems"])


# Guards: a web page must not use the endpoints.

OWN_HOSTS = list_words(
    "localhost localhost:8080 LOCALHOST localhost: 127.0.0.1 127.0.0.1:1 127.8.8.8 0.0.0.0:80 10.1.2.3",
    "[::1] [::1]:8080 [fe80::1] [::ffff:10.0.0.1]:80 emulator emulator:8080 moderation-emulator my_service:9 Emulator",
)
FOREIGN_HOSTS = list_words(
    "evil.example evil.example:8080 localhost.evil.example 127.0.0.1.nip.io localhost. 127.0.0.1. 127.0.0.1.:",
    "127.1 0x7f.0.0.1 evil.example@localhost localhost@evil.example localhost:80@evil.example localhost/evil.example",
    "evil.example#localhost evil.example?localhost :8080 [::1 ::1 [evil.example] [::1].evil.example localhost:80:80",
    "localhost:http [] \xe9vil \xff localhost\xff http://localhost *",
)


INSIDE_HOSTS = list_words(
    "host.docker.internal host.docker.internal:8080 HOST.docker.Internal gateway.internal a.b.internal emulator.ci.svc",
    "moderation-emulator.default.svc.cluster.local:8080 my_service.svc app.localhost app.localhost:80",
)
REGISTRABLE_HOSTS = list_words(
    "host.docker.internal.evil.example internal.evil.example evil.example.internal.com evil-internal.com .internal",
    "a..internal a.internal. svc.cluster.local.evil.example evil.cluster.local evil.local emu.svc.cluster.locals",
    "localhost.com a.localhost.evil.example registry.example.com__g__emu evil.exampleinternal a.internal:x",
    "[a.internal] a.internal@evil.example evil.example/a.internal a.b\xe9.internal",
)


@pytest.mark.parametrize("host", [*OWN_HOSTS, *INSIDE_HOSTS])
def test_own_hosts_are_answered(live: RunningServer, host: str) -> None:
    assert ask(live, encode_request(target=f"{PREFIX}info", host=host)).status == 200


@pytest.mark.parametrize("host", ["", *FOREIGN_HOSTS, *REGISTRABLE_HOSTS])
def test_foreign_hosts_are_refused(live: RunningServer, host: str) -> None:
    answer = ask(live, encode_request(target=f"{PREFIX}info", host=host))
    assert answer.status == 403
    assert set(answer.json()) == {"error", "problems"}


def test_no_host_at_all(live: RunningServer) -> None:
    assert ask(live, f"GET {PREFIX}info HTTP/1.0\r\n\r\n".encode()).status == 403


@pytest.mark.parametrize("host", ["", "evil.example", "emulator.test:8080", "registry.example.com__g__emu", "\xff"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_health_is_reported_under_any_name(start: Callable[..., RunningServer], host: str, method: str) -> None:
    live = start({"control": {"token": "secret-word"}})
    assert ask(live, encode_request(method, f"{PREFIX}health", host=host), head=method == "HEAD").status == 200
    assert (
        ask(live, encode_request(method, f"{PREFIX}health?account=nobody", host=host), head=method == "HEAD").status
        == 200
    )


def test_health_is_reported_to_no_page_of_another_origin(live: RunningServer) -> None:
    pages: tuple[dict[str, Any], ...] = ({"Origin": "http://evil.example:1"}, {"Sec_Fetch_Site": "cross-site"})
    for headers in pages:
        answer = ask(live, encode_request(target=f"{PREFIX}health", host="evil.example", **headers))
        assert (answer.status, set(answer.json())) == (403, {"error", "problems"})


def test_a_refused_name_is_reported_with_the_flag_that_allows_it(live: RunningServer) -> None:
    answer = call(live, path="info", Host="emulator.test:8080").json()["error"]
    assert "serve --allow-host emulator.test (or control.hosts)" in answer
    long = ask(live, encode_request(target=f"{PREFIX}info", host=f"{'a' * 5000}.test")).json()["error"]
    assert len(long) < 1000
    assert "--allow-host" not in ask(live, encode_request(target=f"{PREFIX}info", host="a b.test")).json()["error"]


def test_hosts_of_the_settings_are_answered(start: Callable[..., RunningServer]) -> None:
    live = start({"control": {"hosts": ["emulator.ci.example", "Second.Example"]}})
    for host, status in {
        "emulator.ci.example": 200,
        "EMULATOR.ci.example:8080": 200,
        "second.example": 200,
        "sub.emulator.ci.example": 403,
        "emulator.ci.example.evil.example": 403,
        "other.example": 403,
    }.items():
        assert call(live, path="info", Host=host).status_code == status, host


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://localhost:1", "http://[", "http://u@{}", "{}", "", "\xff"]
)
def test_foreign_origins_are_refused(live: RunningServer, origin: str) -> None:
    answer = ask(live, encode_request(target=f"{PREFIX}health", host=live.host, Origin=origin.format(live.host)))
    assert answer.status == 403
    assert set(answer.json()) == {"error", "problems"}


def test_the_own_origin_is_answered(live: RunningServer) -> None:
    assert call(live, Origin=live.url).status_code == 200


@pytest.mark.parametrize(
    ("site", "status"), [("none", 200), ("same-origin", 200), ("same-site", 403), ("cross-site", 403), ("other", 403)]
)
def test_pages_of_other_sites_are_refused(live: RunningServer, site: str, status: int) -> None:
    assert call(live, Sec_Fetch_Site=site).status_code == status


def test_refused_calls_change_nothing(live: RunningServer) -> None:
    before = live.control("GET", "rules").json()["total"]
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        assert_refused(call(live, "POST", "rules", json.dumps(RULE), **headers), 403)
    assert live.control("GET", "rules").json()["total"] == before


def test_guards_stand_before_everything(live: RunningServer) -> None:
    for method, path in (("GET", "nowhere"), ("PATCH", "health"), ("POST", "rules")):
        assert_refused(call(live, method, path, b"{", Host="evil.example"), 403)


def test_no_answer_may_be_read_across_origins(live: RunningServer) -> None:
    for answer in (call(live), call(live, Origin=live.url), call(live, path="nowhere"), call(live, "OPTIONS")):
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_control_calls_are_not_in_the_journal(live: RunningServer) -> None:
    call(live)
    assert live.list_entries() == []


# Routes.


def test_the_index_lists_the_routes(live: RunningServer) -> None:
    routes = call(live, path="").json()["routes"]
    assert "POST /_emulator/rules" in routes
    assert "GET /_emulator/journal/{id}" in routes


@pytest.mark.parametrize(
    "path", ["nowhere", "health/", "rules/a/b", "journal//", "Health", "heal%74h", "../", "x" * 5000]
)
def test_an_unknown_route_is_not_found(live: RunningServer, path: str) -> None:
    answer = ask(live, encode_request(target=f"{PREFIX}{path}"))
    assert answer.status == 404
    assert set(answer.json()) == {"error", "problems"}
    assert "rules/{id}" in answer.json()["error"]
    assert " , " not in answer.json()["error"]
    assert len(answer.body) < 1000


@pytest.mark.parametrize(("path", "near"), [("jurnal", "journal"), ("rule", "rules"), ("health/", "health")])
def test_an_unknown_route_is_reported_with_the_nearest(live: RunningServer, path: str, near: str) -> None:
    assert f"did you mean /_emulator/{near}?" in call(live, path=path).json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "health", "GET, HEAD"),
        ("PATCH", "rules", "DELETE, GET, HEAD, POST"),
        ("PUT", "rules", "DELETE, GET, HEAD, POST"),
        ("POST", "rules/any", "DELETE, GET, HEAD, PUT"),
        ("GET", "reset", "POST"),
        ("OPTIONS", "journal", "DELETE, GET, HEAD"),
        ("HEAD", "reset", "POST"),
    ],
)
def test_another_method_is_refused_with_those_allowed(live: RunningServer, method: str, path: str, allow: str) -> None:
    answer = call(live, method, path)
    assert answer.headers["Allow"] == allow
    if method == "HEAD":
        assert answer.status_code == 405
    else:
        assert_refused(answer, 405)


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("health?acount=default", "account"),
        ("rules?acount=default", "account"),
        ("journal?acount=default", "account"),
        ("errors?providr=x", "provider"),
        ("info?=1", "account"),
    ],
)
def test_an_unknown_parameter_is_refused(live: RunningServer, path: str, known: str) -> None:
    (problem,) = assert_refused(call(live, path=path), 400)
    assert problem["path"] == f"?{path.partition('?')[2].partition('=')[0]}"
    assert known in problem["expected"]


@pytest.mark.parametrize("path", ["rules?account=nobody", "journal?account=nobody", "errors?provider=nobody"])
def test_an_unknown_name_is_not_found(live: RunningServer, path: str) -> None:
    assert "nobody" in call(live, path=path).json()["error"]
    assert_refused(call(live, path=path), 404)


# Bodies.

ITS_WORDS = ""  # what the reader of JSON says of it is not ours to test


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b"", ITS_WORDS),
        (b"{", ITS_WORDS),
        (b'{\n "match": }', ITS_WORDS),
        (b"{} {}", ITS_WORDS),
        (b"{'match': {}}", ITS_WORDS),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'{"match": "\xff"}', "byte 11"),
        (b"\xff\xfe{\x00}\x00", "byte 0"),
        (b'{"match": {}, "match": {}}', "match"),
        (b'{"match": {"url": "a", "url": "b"}}', "url"),
        (b"[NaN]", "NaN"),
        (b"NaN", "NaN"),
        (b'{"match": {}, "delay": Infinity}', "Infinity"),
        (b'{"match": {}, "delay": 1e999}', "inf"),
        (b"[" * 100_000, ITS_WORDS),
        (b'{"a":' * 100_000, ITS_WORDS),
    ],
)
def test_a_broken_body_is_refused(live: RunningServer, body: bytes, got: str) -> None:
    (problem,) = assert_refused(call(live, "POST", "rules", body), 400)
    assert problem["path"].startswith("$")
    assert problem["got"]
    assert got in problem["got"]


@pytest.mark.parametrize(
    ("body", "line"), [(b"- match: {}\n  match: {}\n", 2), (b"match: [\n", 2), (b"match: {a: &x b, c: *x}", 1)]
)
def test_broken_yaml_is_reported_with_its_line(live: RunningServer, body: bytes, line: int) -> None:
    (problem,) = assert_refused(call(live, "POST", "rules", body), 400)
    assert (problem["path"], problem["line"]) == ("$", line)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "image/png"])
def test_type_of_a_body_does_not_matter(live: RunningServer, kind: str) -> None:
    assert call(live, "POST", "rules", json.dumps(RULE), Content_Type=kind).status_code == 201


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT - 1, 201), (BODY_LIMIT, 201), (BODY_LIMIT + 1, 413)])
def test_size_of_a_body(live: RunningServer, size: int, status: int) -> None:
    answer = call(live, "POST", "rules", json.dumps(RULE).ljust(size))
    assert answer.status_code == status
    if status == 413:
        assert_refused(answer, 413)
        assert answer.json()["error"] == "a control request has at most 4194304 bytes"


def test_many_equal_keys_are_refused_quickly(live: RunningServer) -> None:
    """The keys of a body near the limit, the last of them twice."""
    keys = [f"{n:x}" for n in range(200_000)]
    body = "{" + ",".join(f'"{key}":0' for key in [*keys, keys[-1]]) + "}"
    (problem,) = assert_refused(call(live, "POST", "rules", body), 400)
    assert "30d3f" in problem["got"]


def test_all_problems_at_once(live: RunningServer) -> None:
    wrong = [
        {"match": {"url": {"contians": "a"}}, "verdict": "porn"},
        RULE,
        {"match": {}, "verdict": "nothing-like-this"},
        {"verdict": "porn"},
        {"match": {"width": "a"}, "times": 0, "verdict": "porn"},
    ]
    problems = assert_refused(call(live, "POST", "rules", json.dumps(wrong)), 400)
    places = [problem["path"] for problem in problems]
    assert any(place.startswith("$[0].match.url") for place in places)
    assert "$[3]" in places
    assert any(place.startswith("$[4].match.width") for place in places)
    assert "$[4].times" in places


@pytest.mark.parametrize("number", [19, 20, 21, 500])
def test_never_more_than_twenty_problems(live: RunningServer, number: int) -> None:
    for wrong in ({"verdict": "porn"}, {"match": {}, "verdict": "nothing-like-this"}, {"match": {}, "priority": 2**70}):
        assert len(assert_refused(call(live, "POST", "rules", json.dumps([wrong] * number)), 400)) == min(number, 20)


def test_a_problem_has_place_expectation_and_what_came(live: RunningServer) -> None:
    wrong = {"match": {"url": {"contians": "a"}}, "verdict": "porn"}
    (problem,) = assert_refused(call(live, "POST", "rules", json.dumps(wrong)), 400)
    assert problem["path"] == "$.match.url.contians"
    assert problem["expected"].startswith("one of contains (did you mean contains?), equals, ")
    assert "contians" in problem["got"]


def test_values_are_not_repeated_at_length(live: RunningServer) -> None:
    wrong = {"match": {"url": {"x" * 100_000: "a"}}, "verdict": "y" * 100_000, "z" * 100_000: 1}
    assert len(call(live, "POST", "rules", json.dumps(wrong)).content) < 5_000


# Whatever comes, the control API answers in its own form.


def build_control_api() -> ControlApi:
    own = find_providers()
    return ControlApi(building.build(load_settings(None, {}, {}, collect_provided_settings(own.values())), own))


API = build_control_api()
TEXTS = st.text(max_size=30) | st.sampled_from(["\ud800", "default", "null", "emu-porn", "a" * 300])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANY_JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))
WORDS = list_words(
    "url text sha256 provider operation account marker format width via contains equals glob regex min max"
)
KEYS = list_words("match verdict error fault respond raw times priority delay callback name findings scene label rate")
NEAR = st.recursive(
    PLAIN
    | st.sampled_from(["porn", "porn/sexy", "reset", "slow", "Throttling", "ScanImage", "[a", "never", 0, 1, 2**64]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, *WORDS]), inner, max_size=5),
    max_leaves=12,
)
BODIES = st.binary(max_size=40) | (ANY_JSON | NEAR | st.lists(NEAR, max_size=3)).map(
    lambda value: json.dumps(value).encode()
)
ROUTES = st.sampled_from([(route.method, route.path) for route in API.routes])
NAMES = st.sampled_from(
    list_words("account provider limit after since until contains unmatched status rule Signature x")
)
QUERIES = st.lists(st.tuples(NAMES, st.text("ab019.-:TZ%+&=\xe9 ", max_size=25)), max_size=3).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)


def assert_answered(method: str, target: str, body: bytes, headers: dict[str, str]) -> None:
    response = asyncio.run(API.answer(WireRequest(method, PREFIX + target, headers, body)))
    assert response.status in (
        200,
        201,
        400,
        403,
        404,
        405,
    )  # a 409 would be an unhandled KeyError: no name is a file rule
    if "json" in response.headers["Content-Type"]:
        answer = json.loads(response.body.decode())
        if response.status >= 400:
            assert set(answer) == {"error", "problems"}
            assert len(answer["problems"]) <= 20


@settings(max_examples=300, deadline=None)
@given(ROUTES, st.text("ab1-%.", min_size=1, max_size=8), QUERIES, BODIES)
def test_any_body_on_any_route(route: tuple[str, str], name: str, query: str, body: bytes) -> None:
    path = route[1].replace("{id}", name).replace("{name}", name)
    assert_answered(route[0], f"{path}?{query}", body, {"Host": "localhost"})
    assert_answered("GET", "rules", b"", {"Host": "localhost"})


@settings(max_examples=150, deadline=None)
@given(NEAR.filter(lambda value: isinstance(value, dict)))
def test_whatever_rule_is_taken_can_be_listed(form: dict[str, Any]) -> None:
    assert_answered("POST", "rules", json.dumps({"match": {}, **form}).encode(), {"Host": "localhost"})
    assert_answered("GET", "rules", b"", {"Host": "localhost"})
    assert_answered("DELETE", "rules", b"", {"Host": "localhost"})


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=20),
    st.text(max_size=30),
    st.dictionaries(st.sampled_from(["Host", "Origin", "Sec-Fetch-Site"]), st.text(max_size=20)),
)
def test_any_path_and_headers(method: str, path: str, headers: dict[str, str]) -> None:
    assert_answered(method, path, b"", headers)


@pytest.mark.parametrize("mistake", [KeyError("key"), IndexError("index"), ZeroDivisionError("zero")])
def test_an_unhandled_exception_of_an_endpoint_is_said_to_be_ours(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, mistake: Exception
) -> None:
    def raise_mistake(_request: AppRequest) -> Reply:
        raise mistake

    monkeypatch.setattr(health, "ROUTES", (Route("GET", "health", raise_mistake),))
    api = ControlApi(live.app)
    answer = asyncio.run(api.answer(WireRequest("GET", f"{PREFIX}health", {"Host": "localhost"}, b"")))
    assert answer.status == 500
    assert str(mistake).encode() not in answer.body
    message = "a mistake of the emulator; its log has the details"
    assert json.loads(answer.body) == {"error": message, "problems": []}
    assert "unhandled exception in /_emulator/health" in caplog.text


# The token.


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        ("secret-word", 401),
        ("Bearer", 401),
        ("Bearer secret-wor", 401),
        ("Bearer secret-words", 401),
        ("Basic secret-word", 401),
        ("Bearer \xe9", 401),
        ("Bearer secret-word", 200),
        ("bearer  secret-word ", 200),
    ],
)
def test_a_token_opens_the_endpoints(
    start: Callable[..., RunningServer], authorization: str | None, status: int
) -> None:
    live = start({"control": {"token": "secret-word"}})
    headers: dict[str, Any] = {} if authorization is None else {"Authorization": authorization}
    answer = ask(live, encode_request(target=f"{PREFIX}rules", host=live.host, **headers))
    assert answer.status == status
    if status == 401:
        assert set(answer.json()) == {"error", "problems"}
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "secret-word" not in answer.body.decode()
    changed = call(live, "POST", "reset", **({} if authorization is None or status == 401 else headers))
    assert changed.status_code == (200 if status == 200 else 401)


def test_what_machines_and_clients_ask_needs_no_token(start: Callable[..., RunningServer]) -> None:
    live = start({"control": {"token": "secret-word"}})
    assert call(live).json() == {"status": "ok"}
    assert call(live, path="frames/any.png").status_code == 403  # its own signature decides
    assert scan_text(live, "hello").status_code == 200
    for path in ("", "info", "metrics", "openapi.json", "settings"):
        assert call(live, path=path).status_code == 401
    for path in ("", "info", "metrics", "openapi.json", "settings"):
        assert call(live, path=path, Host="emu.lan", Authorization="Bearer secret-word").status_code == 200
        assert call(live, path=path, Host="emu.lan", Authorization="Bearer secret-wor").status_code == 403
        assert call(live, path=path, Host="emu.lan").status_code == 403
        foreign = {"Host": "emu.lan", "Authorization": "Bearer secret-word", "Origin": "http://evil.example"}
        assert call(live, path=path, **foreign).status_code == 403


def test_a_token_that_nobody_set_opens_nothing(live: RunningServer) -> None:
    for sent in ("Bearer", "Bearer ", "Bearer None", "Bearer null"):
        assert call(live, path="info", Host="emu.lan", Authorization=sent).status_code == 403


def test_the_token_is_shown_to_nobody(start: Callable[..., RunningServer]) -> None:
    live = start({"control": {"token": "secret-word"}})
    for route in ControlApi(live.app).routes:
        if route.method == "GET" and "{" not in route.path:
            answer = call(live, path=route.path, Authorization="Bearer secret-word")
            assert answer.status_code == 200
            assert "secret-word" not in answer.text
