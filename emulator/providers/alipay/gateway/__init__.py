"""The OpenAPI gateway at /gateway.do: what a merchant's backend calls, signed by RSA2 or RSA in both directions.

Where the documents contradict each other or say nothing, and what we chose. QUIRKS lists the choices that can be set.

- A biz_content that is not JSON is isv.illegal-json by the gateway's table, JSON_FORMAT_ERROR by the method's:
  isv.illegal-json.
- detect_check_labels of sync.detect is one object for the typed clients, but one client reads a list: an object. Its
  rates go to 1 by the model of 2022, to 100 by that of 2024: to 100.
- In the vendor's own tests, analyze succeeds without any of its parameters: none is demanded.
- The models say that for now content.detect rejects only political texts, and that this will change: it rejects all.
- sign_type is RSA, RSA2 or HMAC_SHA1 in the table of codes, RSA2 or RSA on the page of the parameters: RSA2 or RSA. A
  client with another sign_type has no key to verify an answer with: its answer is signed by RSA2.
- format may be XML by the table of codes, JSON alone by the pages since: JSON alone.
- Samples send a form in parts (multipart); the rules of signing name the URL-encoded form: both are read.
- Bytes that are not of the charset are read as other characters, so the signature fails: our inference.
- notify_url, return_url and the tokens change nothing here: these methods notify nobody, and any token is good.
- The key of a refusal is the method's own, as seen for app_id and signature. It is error_response where the method is
  not one of these: our guess.
- An answer is signed whenever the application is known. So it was seen: unsigned for an unknown app_id, and signed for
  a wrong signature.
- Only the form of the timestamp is checked, as the table of codes has it; freshness is documented nowhere.
- A client may name GB2312 too, as the page of the common parameters has it; the table of codes knows UTF-8 and GBK.
- Unknown event ids and results that are not ready get an answer without result_action: our guess, after the mini
  program's own call.
"""

from collections.abc import Mapping

from emulator.config.model import Settings
from emulator.config.provided import Quirk
from emulator.operation import Endpoint
from emulator.providers.alipay.gateway import keys
from emulator.providers.alipay.gateway.errors import ROWS
from emulator.providers.alipay.gateway.gate import admit, identify
from emulator.providers.alipay.gateway.wire import SECURITY_HEADERS, decode, encode, refuse
from emulator.signatures import rsa2

__all__ = [
    "QUIRKS",
    "ROWS",
    "SECURITY_HEADERS",
    "admit",
    "build_client_info",
    "build_endpoint",
    "decode",
    "encode",
    "identify",
    "refuse",
]

QUIRKS = (
    Quirk(
        "alipay.required",
        (False, True),
        "captured: a live test of the vendor's, against the parameters of a public client",
    ),
    Quirk(
        "alipay.check_rates",
        ("percent", "fraction"),
        "documented: SubCheckLabel of 2024 (0-100), against that of 2022 (0-1)",
    ),
    Quirk(
        "alipay.any_app", (False, True), "ours: for work without accounts; any app_id and any signature are accepted"
    ),
    Quirk(
        "alipay.broken_json",
        ("isv.illegal-json", "JSON_FORMAT_ERROR"),
        "documented: public codes, against those of the method",
    ),
    Quirk(
        "alipay.check_labels",
        ("object", "list"),
        "documented: models of typed clients, against a client that reads a list",
    ),
)


def build_client_info(settings: Settings) -> Mapping[str, str]:
    """Return the public key that clients verify answers with, in one line of base64."""
    return {"gateway_public_key": rsa2.strip_frame(keys.get_public_key(settings))}


def build_endpoint(name: str) -> Endpoint:
    """Return where a method is called."""
    return Endpoint("/gateway.do", {"method": name}, "application/x-www-form-urlencoded")
