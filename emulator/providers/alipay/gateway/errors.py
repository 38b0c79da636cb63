"""The errors of the OpenAPI gateway, named by sub_code: its public codes, and those of the methods behind it.

PUBLIC: the vendor's table of public codes. The msg of each code is that of published answers. ANSWERED: codes with the
texts of published answers, which differ from the table. NAMED: codes that the vendor's pages on signing and on the newer
protocol name without a text, so the texts are ours. METHOD: the page of content.detect, as others kept it. Our guess is
that the three other methods answer with the same codes; the wordings of these codes are also our guess.

isv.decryption-error-unknown is 40002 in the table and 40003 in an answer of 2024: 40003. isv.missing-app-cert-sn came
with 40002 in answers of 2021 and 2023. No answer with isv.missing-alipay-root-cert-sn is at hand: 40002, like it.
"""

from collections.abc import Mapping
from typing import Final

from emulator.error_types import Chinese, ErrorRow
from emulator.errors import index_rows

PUBLIC = "documented: OpenAPI, public error codes"
ANSWERED = "captured: answers of the gateway, in issues and tests of its client libraries"
NAMED = "documented: OpenAPI, pages on signing, certificates and encryption"
METHOD = "documented: page of content.detect, error codes; ours: that the other methods have them"

METHODS: Final = (
    "alipay.security.risk.content.detect",
    "alipay.security.risk.content.sync.detect",
    "alipay.security.risk.content.analyze",
    "alipay.security.risk.content.result.get",
)

UNKNOWN = "isp.unknow-error"  # also for errors that the gateway has no code for

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
    ("40001", "isv.missing-signature-key", "缺少签名配置", "the application uploaded no public key"),
    ("40001", "isv.missing-timestamp", "缺少时间戳参数", "there is no timestamp"),
    ("40001", "isv.missing-version", "缺少版本参数", "there is no version"),
    ("40001", "isv.decryption-error-missing-encrypt-type", "解密出错, 未指定加密算法", "the biz_content is encrypted, and there is no encrypt_type"),
    ("40002", "isv.invalid-parameter", "参数无效", "some parameter is wrong"),
    ("40002", "isv.upload-fail", "文件上传失败", "a file could not be written"),
    ("40002", "isv.invalid-file-extension", "文件扩展名无效", "a file has an extension that is not taken"),
    ("40002", "isv.invalid-file-size", "文件大小无效", "a file is too large"),
    ("40002", "isv.invalid-method", "不存在的方法名", "no such method is emulated"),
    ("40002", "isv.invalid-format", "无效的数据格式", "the format is not JSON"),
    ("40002", "isv.invalid-signature-type", "无效的签名类型", "the sign_type is neither RSA2 nor RSA"),
    ("40002", "isv.invalid-signature", "无效签名", "the sign is not that of the parameters and the application's key"),
    ("40002", "isv.invalid-token", "无效令牌", "the auth_token is not valid"),
    ("40002", "isv.invalid-encrypt-type", "无效的加密类型", "the encrypt_type is not AES"),
    ("40002", "isv.invalid-encrypt", "解密异常", "the biz_content could not be decrypted"),
    ("40002", "isv.invalid-timestamp", "非法的时间戳参数", "the timestamp is not yyyy-MM-dd HH:mm:ss"),
    ("40002", "isv.invalid-charset", "字符集错误", "the charset is neither UTF-8 nor GBK"),
    ("40002", "isv.invalid-digest", "摘要错误", "the digest of a file is missing or wrong"),
    ("40002", "isv.illegal-json", "非法的JSON格式", "the biz_content is no JSON"),
    ("40002", "isv.decryption-error-not-valid-encrypt-type", "解密出错，不支持的加密算法", "the biz_content is encrypted by something else than AES"),
    ("40002", "isv.decryption-error-not-valid-encrypt-key", "解密出错, 未配置加密密钥或加密密钥格式错误", "the application set no AES key, or one of another form"),
    ("40002", "isv.not-support-app-auth", "本接口不支持第三方代理调用", "the method cannot be called for another with an app_auth_token"),
    ("40002", "isv.suspected-attack", "可疑的攻击请求", "a value holds a name that the gateway uses itself"),
    ("40002", "isv.forbidden-api", "接口被禁用", "the method has been switched off"),
    ("40003", "invalid-auth-relations", "无效的授权关系", "the user did not authorise the application"),
    ("40005", "isv.app-call-limited", "应用调用次数超限，包含调用频率超限", "too many calls of this application"),
    ("40005", "isv.method-call-limited", "API调用次数超限，包含调用频率超限", "too many calls of this method"),
    ("40006", "isv.insufficient-isv-permissions", "ISV权限不足，建议在开发者中心检查对应功能是否已经添加", "the application did not add the feature package, or did not sign up for it"),
    ("40006", "isv.insufficient-user-permissions", "用户权限不足", "the merchant has no right to this method"),
)  # fmt: skip

_ANSWERED = (
    ("40001", "isv.missing-app-id", "缺少AppID参数", "there is no app_id"),
    ("40002", "isv.invalid-app-id", "无效的AppID参数", "no application has this app_id"),
    ("40002", "isv.missing-app-cert-sn", "缺少应用公钥证书序列号", "there is an alipay_root_cert_sn, but no app_cert_sn"),
    ("40002", "isv.app-cert-not-exist", "应用公钥证书不存在", "the app_cert_sn is that of no certificate of the application"),
    ("40002", "isv.invalid-alipay-root-cert-sn", "无效支付宝根证书序列号", "the alipay_root_cert_sn is not that of the root certificate"),
    ("40003", "isv.missing-signature-config", "应用未配置对应签名算法的公钥或者证书", "the application registered no public key for this sign_type"),
    ("40003", "isv.decryption-error-unknown", "解密出错, 未知错误", "the biz_content is encrypted, and the application set no AES key"),
    ("40006", "isv.self-invoke-forbidden", "此用户不允许自调用", "the application may be called with an app_auth_token only"),
)  # fmt: skip

_NAMED = (
    ("40001", "isv.missing-encrypt-type", "缺少加密类型参数", "the biz_content is encrypted, and there is no encrypt_type"),
    ("40002", "isv.missing-alipay-root-cert-sn", "缺少支付宝根证书序列号", "there is an app_cert_sn, but no alipay_root_cert_sn"),
    ("40002", "isv.app-cert-expired", "应用公钥证书已过期", "the application's certificate has run out"),
    ("40002", "isv.alipay-cert-not-exist", "支付宝公钥证书不存在", "there is no certificate of Alipay with this number"),
    ("40002", "isv.invalid-content-type", "无效的content-type", "the body is neither a form nor one in parts"),
    ("40002", "not-online-app", "应用未上线", "the application is not online"),
    ("40002", "invalid-openid", "无效的openid", "the open_id is not one of the application"),
    ("40004", "unsupported-sdk-version", "不支持的SDK版本", "the client library is too old"),
)  # fmt: skip

_METHOD = (
    # sub_code, sub_msg, meaning
    ("SYSTEM_ERROR", "系统异常", "the service failed"),
    ("INVALID_PARAMETER", "参数无效", "a parameter is missing or wrong"),
    ("JSON_FORMAT_ERROR", "JSON格式错误", "the biz_content is no JSON object"),
    ("PARAMETER_LENGTH_ERROR", "参数长度超限", "a parameter is too long"),
)

_FAMILIES = ((_PUBLIC, PUBLIC), (_ANSWERED, ANSWERED), (_NAMED, NAMED))

ROWS = index_rows(
    [
        *(
            ErrorRow(sub_code, 200, sub_msg, meaning, source, "call", rows is _NAMED, METHODS, "gateway")
            for rows, source in _FAMILIES
            for _code, sub_code, sub_msg, meaning in rows
        ),
        *(
            ErrorRow(sub_code, 200, sub_msg, meaning, METHOD, "call", True, METHODS, "gateway")
            for sub_code, sub_msg, meaning in _METHOD
        ),
    ],
    {
        **{row[1]: Chinese(row[2], printed=rows is not _NAMED) for rows, _source in _FAMILIES for row in rows},
        **{sub_code: Chinese(sub_msg) for sub_code, sub_msg, _meaning in _METHOD},
    },
)

CODES: Mapping[str, str] = {
    **dict.fromkeys(ROWS, "40004"),
    **{row[1]: row[0] for rows, _source in _FAMILIES for row in rows},
}
"""The code of each sub_code; 40004 for business errors."""

_PREFIXES = {"isv.missing-": "40001", "isv.": "40002", "isp.": "20000", "aop.": "20001"}


def choose_code(sub_code: str) -> str:
    """Return the code that a sub_code comes with; for a sub_code in no table, as others that begin like it."""
    guessed = (code for prefix, code in _PREFIXES.items() if sub_code.startswith(prefix))
    return CODES.get(sub_code) or next(guessed, "40004")
