"""Calls of both Alibaba services, signed after their values were bent."""

from urllib.parse import quote, urlencode

from tests.fuzz.dice import Dice
from tests.fuzz.draft import DATE, STAMP, Draft
from tests.live import encoded, image_params, signed
from tests.providers.aliyun_green import forms as green
from tests.providers.aliyun_imageaudit import forms as imageaudit

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PICTURES = ("https://cdn.example.test/x.jpg", "https://cdn.example.test/moving.gif", "http://127.0.0.1:9/a.png")
SCENES = ("porn", "terrorism", "ad", "live", "logo")
CALLBACK = "http://127.0.0.1:9/callback"

_STS = {"key": "STS.testId"}


def _operation(dice: Dice) -> tuple[str, dict[str, str]]:
    if dice.one_in(3):
        labels = {"Labels.1.Label": "ad", "Labels.2.Label": "spam"}
        return "ScanText", labels | {f"Tasks.{n}.Content": f"示例 {dice.either('text')}" for n in (1, 2)}
    more = {
        "Task.1.DataId": "id-1",
        "Task.1.Interval": "2",
        "Task.1.MaxFrames": "3",
        "Task.1.ImageTimeMillisecond": "1",
    }
    params = image_params(tuple(dice.sample(PICTURES, dice.randrange(1, 3))), tuple(dice.sample(SCENES, 2)))
    return "ScanImage", params | (more if dice.one_in(2) else {})


def rpc(dice: Dice) -> Draft:
    """imageaudit by query, form, or both."""
    action, given = _operation(dice)
    params = dice.params(given)
    common = dice.params({"Format": dice.choice(("JSON", "XML")), "RegionId": "cn-shanghai"})
    common |= {"SignatureNonce": dice.either(dice.nonce()), "Timestamp": dice.either(STAMP)}
    sts = dice.one_in(10)
    if sts:
        common["SecurityToken"] = dice.either("testToken")
    form = dice.choice("ABCD")
    method = "GET" if form == "C" else "POST"
    sent = signed(dice.either(action), params, method=method, common=common, **(_STS if sts else {}))
    if form == "A":
        common = {name: value for name, value in sent.items() if name not in params}
        return Draft("POST", f"/?{encoded(common)}", FORM, urlencode(params).encode())
    if form == "B":
        return Draft("POST", "/", FORM, urlencode(sent).encode())
    return Draft(method, f"/?{encoded(sent)}")


def acs3(dice: Dice, host: str) -> Draft:
    """imageaudit by signed headers."""
    action, given = _operation(dice)
    body = urlencode(dice.params(given)).encode()
    own: dict[str, str | None] = {"x-acs-date": dice.either_line(STAMP), "x-acs-signature-nonce": dice.nonce()}
    own["accept"] = dice.choice(("application/json", "application/xml", "*/*")) if dice.one_in(2) else dice.line()
    return Draft("POST", "/", imageaudit.acs3(host, action, body, headers=own), body)


def _body(dice: Dice, operation: str) -> object:
    if operation == "image/asyncscan" and dice.one_in(2):
        pushed = {"callback": CALLBACK, "seed": "seed_1", "cryptType": dice.choice(("SHA256", "SM3"))}
        return {**green.SAMPLE[operation], **pushed, "bizType": "x"}
    if operation in ("image/scan", "image/asyncscan"):
        task = {"dataId": "id", "url": dice.choice(PICTURES), "time": 1, "clientInfo": {}, "extras": {}, "interval": 1}
        return {"scenes": dice.sample(SCENES, 2), "tasks": [task | {"maxFrames": 2}, {"url": "https://a.test/y.gif"}]}
    return green.SAMPLE[operation]


def roa(dice: Dice, host: str) -> Draft:
    """Green, by either of its signatures."""
    operation = dice.choice([*green.SAMPLE])
    body = dice.json(_body(dice, operation))
    info = dice.one_in(3)
    query = f"?clientInfo={quote(dice.json({'ip': '127.0.0.1', 'userId': 'x'}))}" if info else ""
    target = f"/green/{quote(dice.either(operation))}{query}"
    if dice.one_in(3):
        headers: dict[str, str | None] = {
            "x-acs-date": dice.either_line(STAMP),
            "x-acs-signature-nonce": dice.nonce(),
        }
        return Draft("POST", target, green.acs3(host, target, body, headers=headers), body)
    headers = {"Date": dice.either_line(DATE), "x-acs-signature-nonce": dice.nonce()}
    if dice.wild and dice.one_in(4):
        name = dice.choice(
            ("Accept", "Content-Type", "x-acs-version", "x-acs-signature-method", "Content-MD5", "x-acs-one")
        )
        headers[name] = None if dice.one_in(3) else dice.line()
    return Draft("POST", target, green.roa(target, body, headers=headers), body)
