"""Calls of WeChat: tokens, JSON, uploads, and the cloud's protobuf inside a form."""

from urllib.parse import quote, urlencode

from tests.fuzz.draft import Draft
from tests.fuzz.rng import Rng
from tests.providers.wechat import builders
from tests.providers.wechat.cloud import builders as cloud

JSON = {"Content-Type": "application/json"}
OPERATIONS = ("security.imgSecCheck", "security.msgSecCheck", "security.mediaCheckAsync")
PICTURES = (
    builders.PNG,
    builders.encode_smallest_gif(1, 1),
    builders.encode_smallest_gif(3000, 2),
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


def build_token_call(rng: Rng) -> Draft:
    """Build a call for an access token, by query."""
    return Draft("GET", f"/cgi-bin/token?{urlencode(rng.bend_params(builders.CREDENTIAL))}")


def build_stable_token_call(rng: Rng) -> Draft:
    """Build a call for an access token, by JSON."""
    return Draft(
        "POST", "/cgi-bin/stable_token", JSON, rng.encode_json({**builders.CREDENTIAL, "force_refresh": rng.one_in(4)})
    )


def build_json_call(rng: Rng) -> Draft:
    """Build a call to check a text, or a picture by its address."""
    operation, params = rng.choice((("security.msgSecCheck", _TEXT), ("security.mediaCheckAsync", _MEDIA)))
    target = f"{builders.PATHS[operation]}?access_token={quote(rng.keep_or_pick('ACCESS_TOKEN'))}"
    return Draft("POST", target, JSON, rng.encode_json(params))


def build_upload_call(rng: Rng) -> Draft:
    """Build a call to check a picture that is sent."""
    parts = [(_build_disposition(rng, "media"), pick_picture(rng))]
    if rng.one_in(5):
        parts.append((_build_disposition(rng, rng.keep_or_pick("other")), rng.pick_encodable_text().encode()))
    if rng.one_in(10):
        parts *= rng.choice((0, 2, 60))
    ending = rng.choice((b"--\r\n", b"--", b"\r\n", b"")) if rng.wild else b"--\r\n"
    body = builders.encode_multipart(*parts, ending=ending, preamble=rng.randbytes(8) if rng.one_in(10) else b"")
    return Draft("POST", f"{builders.CHECK}?access_token=ACCESS_TOKEN", {"Content-Type": _pick_content_type(rng)}, body)


def pick_picture(rng: Rng) -> bytes:
    """Return the bytes of a picture, whole or harmed."""
    data = rng.choice(PICTURES)
    return rng.harm(data) if rng.wild and rng.one_in(2) else data


def _build_disposition(rng: Rng, name: str) -> str:
    said = rng.choice(_NAMES) if rng.wild else 'filename="a.png"'
    if rng.wild and rng.one_in(6):
        said = f'filename="{rng.pick_encodable_text()}"'
    more = f"\r\nContent-Type: {rng.pick_header_value()}" if rng.one_in(4) else ""
    return f'form-data; name="{rng.keep_or_pick(name)}"; {said}{more}'


def _pick_content_type(rng: Rng) -> str:
    odd = rng.wild and rng.one_in(8)
    return f"multipart/form-data; boundary={rng.choice(_BOUNDARIES) if odd else 'bound'}"


def build_cloud_call(rng: Rng) -> Draft:
    """Build a cloud call: the same checks, as protobuf."""
    api = rng.choice(OPERATIONS)
    if api == "security.imgSecCheck":
        pairs = [cloud.encode_pair("media", pick_picture(rng), rng.keep_or_pick("media.png"))]
    else:
        params = _TEXT if api == "security.msgSecCheck" else _MEDIA
        pairs = [cloud.encode_pair(rng.keep_or_pick(name), rng.encode_json(value)) for name, value in params.items()]
    asked = cloud.encode_data(
        *pairs, appid=rng.keep_or_pick(builders.APPID), api_type=rng.choice((0, 0, 0, 0, 1, 2**31, 2**63))
    )
    if rng.wild and rng.one_in(3):
        asked = rng.choice(
            (
                lambda: rng.harm(asked),
                lambda: asked + cloud.encode_field(rng.choice((1, 2, 3, 6, 9, 2**28)), rng.randbytes(9)),
                lambda: asked + b"\x1b" * rng.choice((1, 99, 5000)),  # groups that only begin
                lambda: asked + bytes([rng.randrange(256)]) + cloud.encode_varint(2 ** rng.randrange(70)),
            )
        )()
    body = cloud.encode_form(asked, rng.keep_or_pick(api), **({"eventId": None} if rng.one_in(4) else {}))
    headers = {"Content-Type": _pick_content_type(rng), "Authorization": rng.keep_or_pick_header_value(cloud.TC3)}
    return Draft("POST", "/admin?env=local&seqId=1", headers, body)
