"""What the OpenAPI gateway refuses with, named by sub_code: its public codes, and those of the methods behind it.

PUBLIC: the vendor's table of public codes; `msg` of a code as published answers have it. METHOD: the page of
content.detect, as others kept it; that the three other methods answer with the same codes is our guess, and so are
the wordings of these.
"""

from collections.abc import Mapping
from typing import Final

from emulator.catalogue import by_code
from emulator.vocabulary import Chinese, ErrorRow

PUBLIC = "OpenAPI, public error codes"
METHOD = "alipay.security.risk.content.detect, error codes"

METHODS: Final = (
    "alipay.security.risk.content.detect",
    "alipay.security.risk.content.sync.detect",
    "alipay.security.risk.content.analyze",
    "alipay.security.risk.content.result.get",
)

UNKNOWN = "isp.unknow-error"  # also stands for what the gateway has no code for

MESSAGES: Mapping[str, str] = {
    "10000": "Success",
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40003": "Insufficient Conditions",
    "40004": "Business Failed",
    "40005": "Call Limited",
    "40006": "Insufficient Permissions",
}

_PUBLIC = (
    # code, sub_code, sub_msg, meaning
    ("20000", UNKNOWN, "服务暂不可用（业务系统不可用）", "the service behind the gateway cannot be reached"),
    ("20000", "aop.unknow-error", "服务暂不可用（网关自身的未知错误）", "the gateway failed"),
    ("20001", "aop.invalid-auth-token", "无效的访问令牌", "the user's auth_token is not valid"),
    ("20001", "aop.auth-token-time-out", "访问令牌已过期", "the user's auth_token has run out"),
    ("20001", "aop.invalid-app-auth-token", "无效的应用授权令牌", "the app_auth_token is not valid"),
    ("20001", "aop.invalid-app-auth-token-no-api", "商户未授权当前接口", "the merchant did not grant this method"),
    ("20001", "aop.app-auth-token-time-out", "应用授权令牌已过期", "the app_auth_token has run out"),
    ("20001", "aop.no-product-reg-by-partner", "商户未签约任何产品", "the merchant signed up for nothing"),
    ("40001", "isv.missing-method", "缺少方法名参数", "there is no method"),
    ("40001", "isv.missing-signature", "缺少签名参数", "there is no sign"),
    ("40001", "isv.missing-signature-type", "缺少签名类型参数", "there is no sign_type"),
    ("40001", "isv.missing-app-id", "缺少appId参数", "there is no app_id"),
    ("40001", "isv.missing-timestamp", "缺少时间戳参数", "there is no timestamp"),
    ("40001", "isv.missing-version", "缺少版本参数", "there is no version"),
    ("40002", "isv.invalid-parameter", "参数无效", "some parameter is wrong"),
    ("40002", "isv.invalid-method", "不存在的方法名", "no such method is emulated"),
    ("40002", "isv.invalid-format", "无效的数据格式", "the format is not JSON"),
    ("40002", "isv.invalid-signature-type", "无效的签名类型", "the sign_type is not RSA2"),
    ("40002", "isv.invalid-signature", "无效签名", "the sign is not that of the parameters and the application's key"),
    ("40002", "isv.invalid-app-id", "无效的appId参数", "no application has this app_id"),
    ("40002", "isv.invalid-timestamp", "非法的时间戳参数", "the timestamp is not yyyy-MM-dd HH:mm:ss"),
    ("40002", "isv.invalid-charset", "字符集错误", "the charset is neither UTF-8 nor GBK"),
    ("40002", "isv.illegal-json", "非法的JSON格式", "the biz_content is no JSON"),
    ("40003", "isv.missing-signature-config", "验签出错, 未配置对应签名算法的公钥或者证书", "the application registered no public key"),
    ("40005", "isv.app-call-limited", "应用调用次数超限，包含调用频率超限", "too many calls of this application"),
    ("40005", "isv.method-call-limited", "API调用次数超限，包含调用频率超限", "too many calls of this method"),
    ("40006", "isv.insufficient-isv-permissions", "ISV权限不足，建议在开发者中心检查对应功能是否已经添加", "the application did not add the feature package, or did not sign up for it"),
    ("40006", "isv.insufficient-user-permissions", "用户权限不足", "the merchant has no right to this method"),
)  # fmt: skip

_METHOD = (
    # sub_code, sub_msg, meaning
    ("SYSTEM_ERROR", "系统异常", "the service failed"),
    ("INVALID_PARAMETER", "参数无效", "a parameter is missing or wrong"),
    ("JSON_FORMAT_ERROR", "JSON格式错误", "the biz_content is no JSON object"),
    ("PARAMETER_LENGTH_ERROR", "参数长度超限", "a parameter is too long"),
)

ROWS = by_code(
    [
        *(
            ErrorRow(sub_code, 200, sub_msg, meaning, PUBLIC, operations=METHODS, dialect="gateway")
            for _code, sub_code, sub_msg, meaning in _PUBLIC
        ),
        *(
            ErrorRow(sub_code, 200, sub_msg, meaning, METHOD, "call", True, METHODS, "gateway")
            for sub_code, sub_msg, meaning in _METHOD
        ),
    ],
    {
        **{sub_code: Chinese(sub_msg, printed=True) for _code, sub_code, sub_msg, _meaning in _PUBLIC},
        **{sub_code: Chinese(sub_msg) for sub_code, sub_msg, _meaning in _METHOD},
    },
)

BUSINESS = "40004"
CODES: Mapping[str, str] = {**dict.fromkeys(ROWS, BUSINESS), **{row[1]: row[0] for row in _PUBLIC}}
"""The code of each sub_code; business errors are 40004."""
