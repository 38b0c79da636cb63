"""F9: credentials that stand whole in the journal."""

import json
from collections.abc import Iterator
from itertools import count
from urllib.parse import quote

from tests.bench.signed import sign_green, sign_scan_image
from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Siege, encode_multipart

_numbers = count(1)
_CHECK = "/wxa/msg_sec_check?access_token=ACCESS_TOKEN"
_UPLOAD = "/wxa/img_sec_check?access_token=ACCESS_TOKEN"


def make_secret() -> str:
    """Return a secret as nobody else has it."""
    return f"TortureSecret{next(_numbers):04}Whole"


def _iterate_bodies(hidden: str) -> Iterator[tuple[str, bytes]]:
    """Yield JSON in which a secret stands, by a name for what is odd about it."""
    yield "plain", json.dumps({"secret": hidden}).encode()
    yield "broken", b'{"content": "x", "access_token": "%b", ' % hidden.encode()
    yield "cut", b'{"secret":"%b"' % hidden.encode()
    yield "long", json.dumps({"access_token": hidden, "content": "x" * 100_000}).encode()
    yield "twice", b'{"secret": "xxxxxxxx", "secret": "%b", "secret": "yyyyyyyy"}' % hidden.encode()
    yield "deeper", json.dumps({"data": {"access_token": hidden, "more": [{"secret": hidden}]}}).encode()
    yield "escaped name", b'{"s\\u0065cret": "%b"}' % hidden.encode()
    yield "escaped value", b'{"secret": "\\u%04x%b"}' % (ord(hidden[0]), hidden[1:].encode())
    yield "capitals", json.dumps({"AccessToken": hidden, "AppSecret": hidden}).encode()
    yield "in a list", json.dumps([{"secret": hidden}]).encode()
    yield "twice encoded", json.dumps(json.dumps({"secret": hidden})).encode()


def _iterate_calls(siege: Siege) -> Iterator[tuple[str, str, bytes]]:
    """Yield what is odd, the secret, the call."""
    for path in (_CHECK, "/cgi-bin/stable_token", "/alipay/my.textRiskIdentification", "/green/text/scan"):
        for odd in [odd for odd, _ in _iterate_bodies("x")]:
            hidden = make_secret()
            yield (
                f"{path.partition('?')[0]} {odd}",
                hidden,
                siege.encode_request("POST", path, dict(_iterate_bodies(hidden))[odd]),
            )
    for name in ("access_token", "secret", "authorization"):
        hidden = make_secret()
        body, kind = encode_multipart([(f'; name="{name}"', hidden.encode()), ('; name="media"; filename="a"', b"x")])
        yield f"multipart {name}", hidden, siege.encode_request("POST", _UPLOAD, body, kind)
        yield f"cloud {name}", hidden, siege.encode_request("POST", "/admin", body, kind)
    for name in ("Cookie", "Proxy_Authorization", "X_Api_Key", "Authorization", "X_Auth_Token", "x_acs_security_token"):
        hidden = make_secret()
        yield f"header {name}", hidden, siege.encode_request("POST", "/green/text/scan", b"{}", **{name: f"a={hidden}"})
    for name in ("AccessKeySecret", "SecurityToken", "access_token", "%73ecret", "app_auth_token"):
        for path in ("/", "/gateway.do", "/cgi-bin/token"):
            hidden = make_secret()
            yield (
                f"query {path} {name}",
                hidden,
                siege.encode_request("GET", f"{path}?{name}={hidden}&Action=ScanImage"),
            )
        hidden = make_secret()
        form = f"Action=ScanImage&{name}={hidden}".encode()
        yield f"form {name}", hidden, siege.encode_request("POST", "/", form, "application/x-www-form-urlencoded")
    for written in ("https://user:%s@a.test/x.jpg", "https://a.test/x.jpg?access_token=%s"):
        hidden = make_secret()
        url = written % hidden
        task = {"scenes": ["porn"], "tasks": [{"dataId": "d", "url": url}]}
        yield f"picture {written}", hidden, sign_green(siege.host, "image/asyncscan", task)
        hidden = make_secret()
        scanned = {"Scene.1": "porn", "Task.1.ImageURL": written % hidden}
        yield f"ScanImage {written}", hidden, sign_scan_image(siege.host, scanned)
        hidden = make_secret()
        pushed = {**task, "callback": written % hidden, "seed": "seed"}
        yield f"callback {written}", hidden, sign_green(siege.host, "image/asyncscan", pushed)


def find_kept_secrets(siege: Siege) -> None:
    """Send secrets in every shape of a call; then read the whole journal."""
    calls = list(_iterate_calls(siege))
    for _odd, _hidden, call in calls:
        siege.send(call)
    lists = [siege.control("GET", "journal?limit=1000"), siege.control("GET", "callbacks?limit=1000")]
    entries = [siege.control("GET", f"journal/{item['id']}") for item in lists[0].json()["items"]]
    text = "\n".join(answer.body.decode(errors="replace") for answer in (*lists, *entries))
    whole = [odd for odd, hidden, _call in calls if hidden in text or quote(hidden) in text]
    siege.note(f"{len(calls)} secrets")
    siege.fail_if(bool(whole), f"{len(whole)} stand whole, such as {', '.join(whole[:3])}")


ATTACKS: Attacks = (Attack("F9 secrets in the journal", find_kept_secrets),)
