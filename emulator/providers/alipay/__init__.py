"""Alipay: my.ap.imgRisk, my.ap.imgRiskCallback, my.textRiskIdentification of the mini program, and the OpenAPI gateway.

The calls of the mini program are functions of the phone's container and have no documented HTTP form. Their HTTP form
here is our own (mini_program.py, and shim/ for JavaScript). The gateway is described in its own folder.

Where the documents contradict each other or published applications; behind the last colon stands what we chose. QUIRKS
lists the choices that can be set.

- riskResult is shown as an escaped fragment, but applications parse the text of a whole JSON object: a whole object.
- An error is errorCode on the pages of the image calls, error in the typings: both. Its type is a string by both, a
  number in the container's own table: a string, from the shim as well.
- appId was required in 2020 and is gone from the pages: optional; it names the account where no pid does.
- bizContext is biz_context in the oldest typings: only bizContext counts, unless the quirk says otherwise.
- An account that has not signed up is serviceNoAuth on one page and 4 on another: serviceNoAuth; 4 for texts.
- content and apply_id have at most 128 characters; no page says whether that is enforced: it is.
- By the remarks on the parameters, a picture that is encrypted or closed to the public has no result. By the FAQ, a
  picture that cannot be reached passes: it passes.
- No page says what happens to an unknown apply_id; by the FAQ, "no result" may be a sign of one: an empty result.
- There are only two actions for a picture, and none for review: a picture to be reviewed passes.
- The result of a text is called an object; applications index it as a list: a list.
- No source says what comes when only keywords are asked for and none is hit: an empty list.
"""

from collections.abc import Mapping

from emulator.config.provided import OwnSettings, Quirk, Wait
from emulator.errors import Errors
from emulator.operation import Endpoint
from emulator.provider import Gate, Provider, Wire
from emulator.providers.alipay import gateway, mini_program, shim
from emulator.providers.alipay.control import ROUTES
from emulator.providers.alipay.credentials import CREDENTIALS
from emulator.providers.alipay.errors import ROWS, TEXT
from emulator.providers.alipay.gate import LIMITS, admit, identify
from emulator.providers.alipay.gateway.analyses import Analysis
from emulator.providers.alipay.lint import LINT
from emulator.providers.alipay.operations import OPERATIONS
from emulator.providers.alipay.pending import Pending
from emulator.providers.alipay.unlisted_codes import make_row
from emulator.providers.alipay.wire import decode, encode, refuse
from emulator.signatures import rsa2
from emulator.types import Call

QUIRKS = (
    Quirk(
        "alipay.error_type",
        ("string", "number"),
        "documented: page of each call (text), against the container's error table",
    ),
    Quirk(
        "alipay.snake_case", (False, True), "documented: pages since 2020, against the typings of 2019 (biz_context)"
    ),
    Quirk(
        "alipay.no_right",
        ("serviceNoAuth", "4"),
        "documented: my.ap.imgRiskCallback, error codes, against those of my.ap.imgRisk (4)",
    ),
    Quirk(
        "alipay.any_pid", (False, True), "ours: for work without accounts; an unknown pid calls as the default account"
    ),
    Quirk("alipay.lengths", (True, False), "documented: 128 characters at most; ours: that more are refused"),
    Quirk(
        "alipay.unknown_apply_id",
        ("empty", "INVALID_PARAMETER", "param error"),
        "documented: FAQ of my.ap.imgRiskCallback",
    ),
    Quirk(
        "alipay.unreachable",
        ("PASSED", "empty"),
        "documented: my.ap.imgRiskCallback, FAQ 2, against the remarks on parameters",
    ),
    Quirk("alipay.review", ("PASSED", "REJECTED"), "ours: my.ap.imgRiskCallback knows only these two"),
)

WAITS = {
    "alipay_result": Wait(0.5),  # documented: my.ap.imgRiskCallback, 500 ms
    "alipay_analyze": Wait(60),
    "alipay_retention": Wait(31_536_000, 1, 3_153_600_000, is_whole=True),
}
OWN_SETTINGS = OwnSettings({"gateway_private_key": None}, {"gateway_private_key": rsa2.derive_public_key})


def build_endpoint(name: str) -> Endpoint:
    """Return where an operation is called: as the mini program calls it, or as the gateway's method."""
    return Endpoint(f"{mini_program.PATH_PREFIX}{name}") if name in mini_program.NAMES else gateway.build_endpoint(name)


def get_default_headers(call: Call) -> Mapping[str, str]:
    """Return the headers of every answer to a call."""
    return mini_program.CORS if call.via == mini_program.MINI_PROGRAM else gateway.SECURITY_HEADERS


PROVIDER = Provider(
    name="alipay",
    wire=Wire(
        path_prefixes=("alipay", "gateway.do"),
        decode=decode,
        encode=encode,
        refuse=refuse,
        default_headers=get_default_headers,
        endpoint=build_endpoint,
        static=mini_program.serve_static,
        prepare={"gateway.do": gateway.build_client_info},
    ),
    gate=Gate(admit, identify),
    errors=Errors(
        rows=(*ROWS.values(), *gateway.ROWS.values()),
        internal="SYSTEM_OUT_ERROR",
        unreadable="param error",
        make_row=make_row,
    ),
    operations=OPERATIONS,
    credentials=CREDENTIALS,
    limits=LIMITS,
    hosts=("openapi.alipay.com", "openapi.alipaydev.com", "openapi-sandbox.dl.alipaydev.com"),
    quirks=(*QUIRKS, *gateway.QUIRKS),
    waits=WAITS,
    own_settings=OWN_SETTINGS,
    control_routes=ROUTES,
    render_shim=shim.render_files,
    client_info=gateway.build_client_info,
    example=f"""{mini_program.PATH_PREFIX}{TEXT} -d '{{"content": "emu-ad", "type": ["keyword", "0"]}}'""",
    lint=LINT,
    kept_types={"picture": Pending, "analysis": Analysis},
)
