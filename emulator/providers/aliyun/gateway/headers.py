"""What calls carry in headers: the common parameters, and how they are signed."""

from emulator.signatures import acs3
from emulator.types import WireRequest

# The headers in which ROA calls, and ACS3 calls to either gateway, carry what RPC calls send as common parameters.
HEADERS = {
    "Action": "x-acs-action",
    "Version": "x-acs-version",
    "Timestamp": "x-acs-date",
    "SignatureNonce": "x-acs-signature-nonce",
    "SecurityToken": "x-acs-security-token",
    "SignatureType": "x-acs-signature-type",
}


def is_acs3(request: WireRequest) -> bool:
    """Return whether the call is signed by ACS3."""
    return request.headers.get("Authorization", "").startswith(acs3.SCHEME)


def has_version_header(request: WireRequest) -> bool:
    """Return whether the call names its version in a header, as do calls by ACS3 and by a bearer token."""
    return bool(request.headers.get("x-acs-version"))


def parse_headers(request: WireRequest) -> dict[str, str]:
    """Return the common parameters that are in headers, with the key and signature of an ACS3 Authorization."""
    common = {name: value for name, header in HEADERS.items() if (value := request.headers.get(header))}
    if parsed := acs3.parse_authorization(request.headers.get("Authorization", "")):
        common.update(AccessKeyId=parsed.credential, Signature=parsed.signature)
    return common
