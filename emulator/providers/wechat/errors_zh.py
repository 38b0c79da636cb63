"""What the codes of WeChat mean in Chinese.

PRINTED: the page of security.imgSecCheck, and messages that the documents of the tokens give in Chinese. OURS: codes for
which the documents have an English message, or no Chinese text is at hand.
"""

from collections.abc import Mapping

from emulator.error_types import Chinese

_PRINTED = (
    ("87014", "内容含有违法违规内容"),
    ("40243", "AppSecret已被冻结，请解冻后再次调用。"),
    ("89503", "此次调用需要管理员确认，请耐心等候"),
    ("89506", "该IP调用求请求已被公众号管理员拒绝，请24小时后再试，建议调用前与管理员沟通确认"),
    ("89507", "该IP调用求请求已被公众号管理员拒绝，请1小时后再试，建议调用前与管理员沟通确认"),
)  # fmt: skip

_OURS = (
    ("-1", "系统繁忙，请稍后重试。"),
    ("40001", "access_token 无效，或已被新的取代。"),
    ("40002", "grant_type 不是 client_credential。"),
    ("40003", "openid 不属于该小程序。"),
    ("40004", "图片格式不是 PNG、JPEG 或 GIF；或没有这样的 media_type、version。"),
    ("40006", "图片超过 1 MB，或尺寸超过 750 x 1334 像素。"),
    ("40013", "appid 不存在。"),
    ("40014", "access_token 不合法（文档所列，实际服务回答 40001）。"),
    ("40066", "没有这个接口路径。"),
    ("40125", "secret 与 appid 不符。"),
    ("40129", "场景值错误，应为 1 到 4。"),
    ("40164", "调用方的 IP 不在白名单内。"),
    ("41001", "请求地址里缺少 access_token。"),
    ("41002", "获取 access_token 时缺少 appid。"),
    ("41004", "获取 access_token 时缺少 secret。"),
    ("41005", "缺少可用的 media 文件。"),
    ("42001", "access_token 已过期（有效期两小时）。"),
    ("43002", "只支持 POST 请求。"),
    ("43104", "openid 与 appid 不匹配。"),
    ("43302", "请求方法错误，应使用 POST（接口文档所列）。"),
    ("44001", "文件为空（文档所列，实际服务回答 41005）。"),
    ("44002", "请求体为空。"),
    ("44991", "一分钟内调用过于频繁。"),
    ("45002", "文本过长。"),
    ("45009", "当天调用次数超过上限。"),
    ("45011", "一分钟内调用过于频繁，请下一分钟再试。"),
    ("47001", "请求体的格式不对。"),
    ("48001", "该小程序没有调用此接口的权限。"),
    ("50004", "该小程序被禁止获取 access_token。"),
    ("50007", "账号已被冻结。"),
    ("61007", "第三方平台没有调用此接口的权限。"),
    ("61010", "该 openid 在两小时内没有访问过小程序。"),
    ("87015", "检测超时，请重试或换一张更小的图片。"),
    ("-1008", "图片或音频下载失败。"),
    ("-1009", "音频下载或解析失败。"),
    ("412", "请求体以分块（chunked）方式发送，没有 Content-Length。"),
    ("-604100", "云调用没有这个接口。"),
    ("-604101", "云函数的 config.json 没有声明该接口的权限。"),
    ("-604102", "调用超时。"),
    ("-604103", "云平台内部出错。"),
    ("-604104", "调用不是从云函数发起的。"),
    ("-501001", "网关出错，或其回答无法解析。"),
    ("-501002", "网关等待超时。"),
    ("-501003", "该云环境的调用次数超过上限。"),
    ("-501004", "该云环境的并发调用数超过上限。"),
    ("-501005", "没有这个云环境。"),
    ("-501007", "调用参数有误。"),
)  # fmt: skip

CHINESE: Mapping[str, Chinese] = {
    **{code: Chinese(meaning) for code, meaning in _OURS},
    **{code: Chinese(meaning, printed=True) for code, meaning in _PRINTED},
}
