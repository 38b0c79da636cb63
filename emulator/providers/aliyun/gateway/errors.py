"""The errors of both gateways: one row per code of the public error centre; texts are exact."""

from emulator.error_types import ErrorRow

GATEWAY = "documented: public error centre of the gateways"

_TABLE = (
    # status, code, message, meaning
    (400, "MissingSecurityToken", "SecurityToken is mandatory for this action.", "a temporary AccessKeyId came without its SecurityToken"),
    (404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.", "the AccessKeyId is unknown"),
    (400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.", "the AccessKeyId is switched off"),
    (400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", "the Timestamp is more than 15 minutes off"),
    (400, "SignatureNonceUsed", "Specified signature nonce was used already.", "the SignatureNonce came before within 15 minutes"),
    (400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server string to sign is:", "the signature is not that of the request and the secret"),
    (400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.", "the Authorization header cannot be used"),
    (400, "InvalidSignatureMethod", "Specified signature method is not valid.", "the SignatureMethod is not HMAC-SHA1"),
    (400, "Throttling.User", "Request was denied due to user flow control.", "too many calls of this user"),
    (400, "Throttling.Api", "Request was denied due to api flow control.", "too many calls of this operation"),
    (503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.", "the gateway cannot reach the service"),
    (500, "InternalError", "The request processing has failed due to some unknown error, exception or failure.", "the gateway failed"),
    (400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.", "the temporary credentials have run out"),
    (400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.", "the SecurityToken is none of ours"),
    (400, "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.", "the SecurityToken belongs to another AccessKeyId"),
)  # fmt: skip

ROWS = tuple(ErrorRow(code, status, message, meaning, GATEWAY) for status, code, message, meaning in _TABLE)
