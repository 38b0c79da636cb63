"""Acme Review, a made-up service: it checks a text while the caller waits, and pushes the verdict on a picture.

Every call is a JSON object, POSTed to /acme/ with the name of the operation behind it. `Acme-Key` names the caller, and
`Acme-Signature` is the HMAC-SHA256 of the body with the caller's secret, in hexadecimal digits.
"""

from emulator.config.model import Pace
from emulator.errors import Errors
from emulator.provider import Gate, Provider, Wire

from .credentials import CREDENTIALS
from .errors import ROWS
from .gate import LIMITS, admit, identify
from .operations import OPERATIONS
from .operations.submit import JobSigner
from .wire import build_endpoint, decode, encode, refuse

PROVIDER = Provider(
    name="acme",
    wire=Wire(path_prefixes=("acme",), decode=decode, encode=encode, refuse=refuse, endpoint=build_endpoint),
    gate=Gate(admit, identify),
    errors=Errors(tuple(ROWS.values()), internal="internal", unreadable="bad_request"),
    operations=OPERATIONS,
    credentials=CREDENTIALS,
    limits=LIMITS,
    paces={"fast": Pace(5, (0.01, 2), 3), "documented": Pace(5, (60,), 3)},
    kept_types={"signer": JobSigner},
)
