"""Calls of both Alibaba services, signed after their values were bent."""

from urllib.parse import quote, urlencode

from tests.fuzz.draft import DATE, STAMP, Draft
from tests.fuzz.rng import Rng
from tests.providers.aliyun.green import builders as green
from tests.providers.aliyun.imageaudit import builders as imageaudit
from tests.providers.aliyun.rpc_calls import encode_query, make_image_params, sign_rpc

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PICTURES = ("https://cdn.example.test/x.jpg", "https://cdn.example.test/moving.gif", "http://127.0.0.1:9/a.png")
SCENES = ("porn", "terrorism", "ad", "live", "logo")
CALLBACK = "http://127.0.0.1:9/callback"

_STS = {"key": "STS.testId"}


def _pick_operation(rng: Rng) -> tuple[str, dict[str, str]]:
    if rng.one_in(3):
        labels = {"Labels.1.Label": "ad", "Labels.2.Label": "spam"}
        return "ScanText", labels | {f"Tasks.{n}.Content": f"示例 {rng.keep_or_pick('text')}" for n in (1, 2)}
    more = {
        "Task.1.DataId": "id-1",
        "Task.1.Interval": "2",
        "Task.1.MaxFrames": "3",
        "Task.1.ImageTimeMillisecond": "1",
    }
    params = make_image_params(tuple(rng.sample(PICTURES, rng.randrange(1, 3))), tuple(rng.sample(SCENES, 2)))
    return "ScanImage", params | (more if rng.one_in(2) else {})


def build_rpc_call(rng: Rng) -> Draft:
    """Build a call of imageaudit by query, form, or both."""
    action, given = _pick_operation(rng)
    params = rng.bend_params(given)
    common = rng.bend_params({"Format": rng.choice(("JSON", "XML")), "RegionId": "cn-shanghai"})
    common |= {"SignatureNonce": rng.keep_or_pick(rng.make_nonce()), "Timestamp": rng.keep_or_pick(STAMP)}
    sts = rng.one_in(10)
    if sts:
        common["SecurityToken"] = rng.keep_or_pick("testToken")
    form = rng.choice("ABCD")
    method = "GET" if form == "C" else "POST"
    sent = sign_rpc(rng.keep_or_pick(action), params, method=method, common=common, **(_STS if sts else {}))
    if form == "A":
        common = {name: value for name, value in sent.items() if name not in params}
        return Draft("POST", f"/?{encode_query(common)}", FORM, urlencode(params).encode())
    if form == "B":
        return Draft("POST", "/", FORM, urlencode(sent).encode())
    return Draft(method, f"/?{encode_query(sent)}")


def build_acs3_call(rng: Rng, host: str) -> Draft:
    """Build a call of imageaudit by signed headers."""
    action, given = _pick_operation(rng)
    body = urlencode(rng.bend_params(given)).encode()
    own: dict[str, str | None] = {
        "x-acs-date": rng.keep_or_pick_header_value(STAMP),
        "x-acs-signature-nonce": rng.make_nonce(),
    }
    own["accept"] = (
        rng.choice(("application/json", "application/xml", "*/*")) if rng.one_in(2) else rng.pick_header_value()
    )
    return Draft("POST", "/", imageaudit.sign_acs3(host, action, body, headers=own), body)


def _pick_body(rng: Rng, operation: str) -> object:
    if operation == "image/asyncscan" and rng.one_in(2):
        pushed = {"callback": CALLBACK, "seed": "seed_1", "cryptType": rng.choice(("SHA256", "SM3"))}
        return {**green.SAMPLE[operation], **pushed, "bizType": "x"}
    if operation in ("image/scan", "image/asyncscan"):
        task = {"dataId": "id", "url": rng.choice(PICTURES), "time": 1, "clientInfo": {}, "extras": {}, "interval": 1}
        return {"scenes": rng.sample(SCENES, 2), "tasks": [task | {"maxFrames": 2}, {"url": "https://a.test/y.gif"}]}
    return green.SAMPLE[operation]


def build_green_call(rng: Rng, host: str) -> Draft:
    """Build a call of Green, by either of its signatures."""
    operation = rng.choice([*green.SAMPLE])
    body = rng.encode_json(_pick_body(rng, operation))
    info = rng.one_in(3)
    query = f"?clientInfo={quote(rng.encode_json({'ip': '127.0.0.1', 'userId': 'x'}))}" if info else ""
    target = f"/green/{quote(rng.keep_or_pick(operation))}{query}"
    if rng.one_in(3):
        headers: dict[str, str | None] = {
            "x-acs-date": rng.keep_or_pick_header_value(STAMP),
            "x-acs-signature-nonce": rng.make_nonce(),
        }
        return Draft("POST", target, green.sign_acs3(host, target, body, headers=headers), body)
    headers = {"Date": rng.keep_or_pick_header_value(DATE), "x-acs-signature-nonce": rng.make_nonce()}
    if rng.wild and rng.one_in(4):
        name = rng.choice(
            ("Accept", "Content-Type", "x-acs-version", "x-acs-signature-method", "Content-MD5", "x-acs-one")
        )
        headers[name] = None if rng.one_in(3) else rng.pick_header_value()
    return Draft("POST", target, green.sign_roa(target, body, headers=headers), body)
