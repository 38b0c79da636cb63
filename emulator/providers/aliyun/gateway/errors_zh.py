"""What the codes that both gateways share mean in Chinese; the words are ours."""

from collections.abc import Mapping

from emulator.error_types import Chinese

_OURS = (
    ("MissingSecurityToken", "使用了临时 AccessKeyId，但没有带上 SecurityToken。"),
    ("InvalidAccessKeyId.NotFound", "AccessKeyId 不存在。"),
    ("InvalidAccessKeyId.Inactive", "AccessKeyId 已被停用。"),
    ("InvalidTimeStamp.Expired", "时间戳与服务器时间相差超过 15 分钟。"),
    ("SignatureNonceUsed", "SignatureNonce 在 15 分钟内已经用过，每次请求都要换一个。"),
    ("SignatureDoesNotMatch", "签名与请求内容及密钥不符。"),
    ("IncompleteSignature", "Authorization 请求头无法解析。"),
    ("InvalidSignatureMethod", "SignatureMethod 不是 HMAC-SHA1。"),
    ("Throttling.User", "该用户的调用过于频繁。"),
    ("Throttling.Api", "该接口的调用过于频繁。"),
    ("ServiceUnavailable", "网关暂时连不上后端服务，请稍后重试。"),
    ("InternalError", "网关内部出错，请稍后重试。"),
    ("InvalidSecurityToken.Expired", "临时凭证已过期。"),
    ("InvalidSecurityToken.Malformed", "SecurityToken 无法识别。"),
    ("InvalidSecurityToken.MismatchWithAccessKey", "SecurityToken 与 AccessKeyId 不是一对。"),
)  # fmt: skip

CHINESE: Mapping[str, Chinese] = {code: Chinese(meaning) for code, meaning in _OURS}
