"""Requests of the control API, one kind for every route that it lists, and the page at /."""

import hashlib
import hmac
from typing import Any
from urllib.parse import quote, urlencode

from emulator.control import PREFIX, Route
from emulator.discovery import find_providers
from emulator.http.control.index import list_routes
from tests.fuzz.draft import MOMENT, STAMP, Draft
from tests.fuzz.rng import Rng
from tests.providers.alipay.gateway import builders as gateway

ROUTES = list_routes(find_providers().values())
# What stays of a request that answers much, or reads files, is drawn this much less often.
_DEAR = {"openapi.json": 40, "rules/reload": 60, "errors": 20, "metrics": 4, "accounts": 2}
_NAMES = (
    "default",
    "acc-1",
    "team-b",
    "rule-1",
    "rule-2",
    "x",
    "1",
    "2",
    "100",
    "card-1.png",
    gateway.APP_ID,
    "testId",
)

RULES: tuple[Any, ...] = (
    {"match": {"url": {"prefix": "https://cdn.example.test/"}}, "verdict": "porn/sexy", "name": "one", "priority": 5},
    {"match": {"text": {"contains": ["示例", "b"]}, "provider": "wechat"}, "verdict": "block", "times": 3},
    {
        "match": {"url": {"regex": "(?i)^https?://[a-z]+\\.test/.*gif$"}},
        "verdict": {"findings": [{"scene": "ad", "rate": 9}]},
    },
    {"match": {"width": {"min": 1}, "format": "png"}, "verdict": {"suggestion": "review", "frames": 3}},
    {
        "match": {"url": {"glob": "*x?jp[g]"}, "operation": "ScanImage"},
        "respond": {"Data": {"Results": [1]}, "more": None},
    },
    {"match": {"data_id": "id", "account": "default", "via": "https"}, "error": "InvalidImage.NotFound"},
    {
        "match": {"sha256": {"prefix": "0"}, "marker": "x"},
        "raw": {"status": 418, "headers": {"X-One": "1"}, "body": "text"},
    },
    {"match": {"filename": "a.png"}, "callback": {"after": 1}},
)
_SLOW = {"match": {"text": "slow"}, "delay": {"min": 0, "max": 1}}  # not for calls: a bent delay may be one of a day
_LATENCIES: tuple[Any, ...] = (
    {"min": 0, "max": 0.1},
    {"median": 0.1, "sigma": 1},
    {"operations": {"ScanImage": {"seconds": 1}}},
)
_BODIES: dict[str, tuple[Any, ...]] = {
    "rules": (*RULES, _SLOW, list(RULES), [RULES[0]] * 50),
    "rules/{id}": (*RULES, _SLOW),
    "journal/verify": (
        {
            "match": {"url": {"contains": "x"}, "outcome": ["pass", "verdict"], "status": {"min": 1}},
            "count": {"min": 1, "max": 9},
        },
        {"order": [{"provider": "aliyun_green"}, {"operation": ["ScanImage"], "code": "x"}]},
    ),
    "accounts": (
        {},
        {
            "name": "team-b",
            "aliyun": {"access_key_id": "B", "sts": {"expires": 1e9}},
            "wechat": {"push_url": "http://127.0.0.1:9/"},
        },
        {"alipay": {"pid": "1", "app_id": "2", "app_public_key": gateway.make_key_pair().public, "signed_up": False}},
    ),
    "clock": ({"advance": 5}, {"set": STAMP, "freeze": True}, {"set": MOMENT.timestamp()}, {"freeze": False}),
    "settings": (
        {"profile": "documented", "magic_words": True, "thresholds": {"block": 80, "review": 50}},
        {
            "waits": {"alipay_result": 1},
            "callbacks": {"timeout": 1, "gaps": [1, 2], "pushes": 2},
            "biz_types": {"x": ["porn"]},
        },
        {"limits": {"aliyun_green": {"image_per_second": 5}}, "quirks": {"imageaudit.default_format": "XML"}},
        *({"latency": each} for each in _LATENCIES),
    ),
    "reset": ({}, {"accounts": True}, {"accounts": False}),
    "callbacks/{id}/redeliver": ({}, {"url": "http://127.0.0.1:9/again"}, {"url": "http://[::1]:9/"}),
    "alipay/apps/{app_id}/public-key": ({"public_key": gateway.make_key_pair().public}, {"public_key": "MIIB"}),
}
_VALUES = (
    "default",
    "null",
    "0",
    "1",
    "1000",
    "true",
    "200",
    "pass",
    STAMP,
    "-1",
    "nan",
    "1e400",
    "base64",
    "waiting",
    "x",
)


def build_request(rng: Rng) -> Draft:
    """Build a request to one of the routes, or to an unknown one."""
    route = rng.choice(ROUTES)
    while rng.random() * _DEAR.get(route.path, 1) > 1:
        route = rng.choice(ROUTES)
    if route.path.startswith("frames/"):
        return build_frame_request(rng)
    method = rng.choice(("GET", "PUT", "PATCH", "DELETE", "HEAD", "X")) if rng.one_in(40) else route.method
    target = PREFIX + _build_path(rng, route.path) + _build_query(rng, route)
    headers = (
        {}
        if rng.one_in(3)
        else {"Content-Type": rng.choice(("application/json", "text/plain", rng.pick_header_value()))}
    )
    if rng.one_in(20):
        name = rng.choice(("Origin", "Host", "Sec-Fetch-Site", "Authorization", "Referer"))
        headers[name] = rng.choice(
            ("null", "http://a.test", "none", "localhost:1", "Bearer x", "[::1]", rng.pick_header_value())
        )
    return Draft(method, target, headers, _pick_body(rng, route))


def _build_path(rng: Rng, path: str) -> str:
    for name in ("{id}", "{app_id}", "{name}"):
        if name in path:
            return path.replace(name, quote(rng.keep_or_pick(rng.choice(_NAMES))[:4000], safe=rng.choice(("", "/:"))))
    return quote(rng.keep_or_pick(path), safe="/") if rng.one_in(10) else path


def _build_query(rng: Rng, route: Route) -> str:
    filters = list(route.parameters)
    if not (filters or rng.one_in(30)) or not rng.one_in(2):
        return ""
    names = rng.choices([*filters, "x"], k=rng.randrange(1, 4))
    return "?" + urlencode(
        [(name, rng.pick_encodable_text() if rng.one_in(3) else rng.choice(_VALUES)) for name in names]
    )


def _pick_body(rng: Rng, route: Route) -> bytes:
    if route.method not in ("POST", "PUT", "PATCH"):
        return b"" if rng.one_in(2) else rng.encode_json({})
    if route.path.endswith("public-key") and rng.one_in(2):
        return (
            gateway.make_key_pair().public.encode()
            if rng.one_in(3)
            else rng.harm(gateway.make_key_pair().public.encode())
        )
    return rng.encode_json(rng.choice(_BODIES.get(route.path, ({},))))


def build_frame_request(rng: Rng) -> Draft:
    """Build a request for a frame of a picture by its temporary address, signed after its values were bent."""
    name = quote(rng.keep_or_pick("0123456789abcdef-3.png")[:2000], safe="") or "x"
    expires = (
        rng.keep_or_pick(str(int(MOMENT.timestamp()) + 60))
        if not rng.one_in(3)
        else rng.choice(("abc", "", "²", "-1", "1.5"))
    )
    return sign_frame_request(name, expires, rng.keep_or_pick("testId"))


def sign_frame_request(name: str, expires: str, key: str = "testId") -> Draft:
    """Build a request for a frame, signed by hand."""
    signature = hmac.new(b"testSecret", f"{name}\n{expires}".encode(), hashlib.sha1).hexdigest()
    query = urlencode({"Expires": expires, "OSSAccessKeyId": key, "Signature": signature})
    return Draft("GET", f"{PREFIX}frames/{name}?{query}")


def build_page_request(rng: Rng) -> Draft:
    """Build a request for what a browser would ask for."""
    target = rng.choice(
        ("/", "/favicon.ico", "/robots.txt", "//", "/green", f"/{quote(rng.pick_encodable_text()[:2000])}", "/?")
    )
    accept = rng.choice(("text/html", "*/*", rng.pick_header_value()))
    return Draft(
        rng.choice(("GET", "GET", "HEAD", "OPTIONS", "POST")), target, {"Accept": accept, "Origin": "http://a.test"}
    )
