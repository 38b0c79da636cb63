"""Calls of WeChat: tokens, JSON, uploads, and the cloud's protobuf inside a form."""

from urllib.parse import quote, urlencode

from tests.fuzz.dice import Dice
from tests.fuzz.draft import Draft
from tests.providers.wechat import forms
from tests.providers.wechat.cloud import forms as cloud

JSON = {"Content-Type": "application/json"}
OPERATIONS = ("security.imgSecCheck", "security.msgSecCheck", "security.mediaCheckAsync")
PICTURES = (
    forms.PNG,
    forms.smallest_gif(1, 1),
    forms.smallest_gif(3000, 2),
    b"\xff\xd8\xff\xc0\0\x11\x08\0\1\0\1",
    b"BM" + bytes(60),
)

_TEXT = {
    "content": "示例",
    "version": 2,
    "scene": 2,
    "openid": "openid",
    "title": "t",
    "nickname": "n",
    "signature": "s",
}
_MEDIA = {"media_url": "https://cdn.example.test/x.jpg", "media_type": 2, "version": 2, "scene": 1, "openid": "openid"}
_NAMES = (
    *('filename="a.png"', "filename=a.png", 'filename="a\\".png"'),
    *("filename*=utf-8''%e4%b8%ad.png", "filename*=gbk''%d6%d0"),
    *("filename*=idna''%41", "filename*=undefined''x", "filename*=hex''zz"),
    *("filename*=unicode_escape''%5cud800", "filename*=x"),
    *("filename*=utf-16''%ff", "filename*=rot13''a"),
    *("filename*0*=utf-8''a; filename*1=b", 'filename=""', "filename", "x"),
)  # fmt: skip
_BOUNDARIES = (
    '"bound"',
    "bound;",
    " bound",
    "other",
    "",
    "a" * 300,
    "bound; charset=idna",
    "b\tund",
    "=?utf-8?b?Ym91bmQ=?=",
)


def token(dice: Dice) -> Draft:
    """An access token, by query."""
    return Draft("GET", f"/cgi-bin/token?{urlencode(dice.params(forms.CREDENTIAL))}")


def stable(dice: Dice) -> Draft:
    """An access token, by JSON."""
    return Draft(
        "POST", "/cgi-bin/stable_token", JSON, dice.json({**forms.CREDENTIAL, "force_refresh": dice.one_in(4)})
    )


def said(dice: Dice) -> Draft:
    """The check of a text, or of a picture by its address."""
    operation, params = dice.choice((("security.msgSecCheck", _TEXT), ("security.mediaCheckAsync", _MEDIA)))
    target = f"{forms.PATHS[operation]}?access_token={quote(dice.either('ACCESS_TOKEN'))}"
    return Draft("POST", target, JSON, dice.json(params))


def upload(dice: Dice) -> Draft:
    """The check of a picture that is sent."""
    parts = [(_disposition(dice, "media"), picture(dice))]
    if dice.one_in(5):
        parts.append((_disposition(dice, dice.either("other")), dice.plain().encode()))
    if dice.one_in(10):
        parts *= dice.choice((0, 2, 60))
    ending = dice.choice((b"--\r\n", b"--", b"\r\n", b"")) if dice.wild else b"--\r\n"
    body = forms.multipart(*parts, ending=ending, preamble=dice.randbytes(8) if dice.one_in(10) else b"")
    return Draft("POST", f"{forms.CHECK}?access_token=ACCESS_TOKEN", {"Content-Type": _kind(dice)}, body)


def picture(dice: Dice) -> bytes:
    """The bytes of a picture, whole or harmed."""
    data = dice.choice(PICTURES)
    return dice.harmed(data) if dice.wild and dice.one_in(2) else data


def _disposition(dice: Dice, name: str) -> str:
    said = dice.choice(_NAMES) if dice.wild else 'filename="a.png"'
    if dice.wild and dice.one_in(6):
        said = f'filename="{dice.plain()}"'
    more = f"\r\nContent-Type: {dice.line()}" if dice.one_in(4) else ""
    return f'form-data; name="{dice.either(name)}"; {said}{more}'


def _kind(dice: Dice) -> str:
    odd = dice.wild and dice.one_in(8)
    return f"multipart/form-data; boundary={dice.choice(_BOUNDARIES) if odd else 'bound'}"


def in_cloud(dice: Dice) -> Draft:
    """A cloud call: the same checks, as protobuf."""
    api = dice.choice(OPERATIONS)
    if api == "security.imgSecCheck":
        pairs = [cloud.pair("media", picture(dice), dice.either("media.png"))]
    else:
        params = _TEXT if api == "security.msgSecCheck" else _MEDIA
        pairs = [cloud.pair(dice.either(name), dice.json(value)) for name, value in params.items()]
    asked = cloud.data(*pairs, appid=dice.either(forms.APPID), api_type=dice.choice((0, 0, 0, 0, 1, 2**31, 2**63)))
    if dice.wild and dice.one_in(3):
        asked = dice.choice(
            (
                lambda: dice.harmed(asked),
                lambda: asked + cloud.field(dice.choice((1, 2, 3, 6, 9, 2**28)), dice.randbytes(9)),
                lambda: asked + b"\x1b" * dice.choice((1, 99, 5000)),  # groups that only begin
                lambda: asked + bytes([dice.randrange(256)]) + cloud.varint(2 ** dice.randrange(70)),
            )
        )()
    body = cloud.form(asked, dice.either(api), **({"eventId": None} if dice.one_in(4) else {}))
    headers = {"Content-Type": _kind(dice), "Authorization": dice.either_line(cloud.TC3)}
    return Draft("POST", "/admin?env=local&seqId=1", headers, body)
