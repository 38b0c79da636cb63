"""What the codes of imageaudit mean in Chinese.

PRINTED: section 5 of the document (version 20201105), word for word. It gives its advice by kinds of codes but does not
say which code is of which kind: that is our choice. OURS: codes that the document does not explain.
"""

from collections.abc import Mapping

from emulator.error_types import Chinese
from emulator.providers.aliyun.gateway.errors_zh import CHINESE as SHARED

_ADDRESS = "此类错误码一般都是文件URL不符合要求，例如URL不安全、无效。建议确认当前URL是否正确，或者您可以重新生成URL，具体请参见生成URL。"
_LOADING = "此类错误也可以看做是图像URL错误，例如图像下载错误、地域错误。当前我们仅支持 华东2（上海）地域，如果您通过OSS生成URL，那么您在OSS上创建的Bucket所属地域应该为 华东2（上海）。"
_PARAMETER = "此类错误码一般是输入参数不符合要求，例如参数缺失、参数类型错误等。建议您检查输入参数是否符合要求，您可以参考对应API文档中的请求参数表格进行检查确认。"
_SERVICE = "如果出现此类错误码，建议您重新发起服务请求，如果问题依然存在，请在钉钉群组（32665857）中反馈问题。"

_PRINTED = (
    # code, 描述, 处理建议
    ("InvalidParameter.BadRequest", "请求有误，通常是请求参数不正确导致的，请检查请求参数。", _PARAMETER),
    ("MissingScene", "缺少scene参数信息。", _PARAMETER),
    ("MissingTask", "缺少task参数。", _PARAMETER),
    ("InvalidTask.N.ImageTimeMillisecond", "参数Task.N.ImageTimeMillisecond取值无效。", _PARAMETER),
    ("InvalidImage.Unsafe", "请求失败，通常是由于使用了不安全的图片/视频/语音链接地址。", _ADDRESS),
    ("RamRoleAuth", "请先为角色授权。", ""),
    ("UnsupportedHTTPMethod", "HTTP请求方法不支持。", ""),
    ("InvalidApi.NotPurchase", "服务未开通，请先开通服务。具体请参见 能力开通 。", ""),
    ("InvalidImage.Unaccessible", "请求访问失败，通常是由于您的图片/视频/语音链接无法访问导致，请确认公网是否可以访问，并且无防盗链策略。", _ADDRESS),
    ("InvalidImage.NotFound", "待检测内容未找到，通常是由于您的图片/视频/语音内容无法下载导致，请确认内容可通过公网访问到。", _LOADING),
    ("Throttling", "请求频率超出配额。", ""),
    ("InvalidImage.Restriction", "下载失败，请确认待检测内容的大小、分辨率（如果有）在API的限制范围内。", _LOADING),
    ("InternalServerError", "一般是服务端临时出错。建议重试，若持续返回该错误码，请提交工单处理。", _SERVICE),
    ("InternalServerError.DB", "数据库操作失败。建议重试，若持续返回该错误码，请提交工单。", _SERVICE),
    ("InternalServerError.Timeout", "请求超时。建议重试，若持续返回该错误码，请提交工单。", _SERVICE),
    ("InternalServerError.Cache", "缓存出错。建议重试，若持续返回该错误码，请提交工单。", _SERVICE),
    ("InternalServerError.Algo", "算法出错。请提交工单。", _SERVICE),
    ("InternalServerError.MiddleWare", "中间件出错。请提交工单。", _SERVICE),
    ("InvalidParameter.TooLarge", "待检测内容过大，请确保持检测的内容在API的限制范围内。建议重试，若持续返回该错误码，请提交工单。", _PARAMETER),
    ("InvalidParameter.Format", "待检测内容格式错误，请确保持检测的内容在API的限制范围内。", _PARAMETER),
    ("InvalidImage.Timeout", "下载超时，下载时间限制为3秒，请确保持检测的内容大小在API的限制范围内。", _LOADING),
    ("InternalServerError.ConnectPool", "连接池满。请提交工单。", _SERVICE),
    ("InternalServerError.Frame", "截帧失败，请提交工单。", _SERVICE),
)  # fmt: skip

_OURS = (
    ("MissingTimestamp", "缺少 Timestamp 参数。"),
    ("InvalidAccessKeyId", "AccessKeyId 不存在或已停用（后来的写法）。"),
    ("InvalidTimeStamp.Format", "Timestamp 的格式不是 YYYY-MM-DDThh:mm:ssZ。"),
    ("InvalidAction.NotFound", "没有这个 Action。"),
    ("InvalidVersion", "Version 不是 2019-12-30。"),
    ("InvalidProduct.NotFound", "该域名属于别的产品。"),
    ("InvalidProtocol.NeedSsl", "该账号只允许 HTTPS 请求。"),
    ("Forbidden.RAM", "该 RAM 用户没有权限。"),
    ("UnsupportedOperation", "不支持该操作。"),
    ("MissingAccessKeyId", "缺少 AccessKeyId 参数。"),
    ("MissingVersion", "缺少 Version 参数。"),
    ("MissingAction", "缺少 Action 参数。"),
    ("MissingSignature", "缺少 Signature 参数。"),
    ("MissingSignatureMethod", "缺少 SignatureMethod 参数。"),
    ("MissingSignatureVersion", "缺少 SignatureVersion 参数。"),
    ("MissingSignatureNonce", "缺少 SignatureNonce 参数。"),
    ("MissingLabels", "缺少 Labels.N.Label 参数。"),
    ("MissingTasks", "缺少 Tasks.N.Content 参数。"),
    ("InvalidTask.N.Interval", "第 N 个任务的 Interval 不是从 1 起的整数。"),
    ("InvalidTask.N.MaxFrames", "第 N 个任务的 MaxFrames 不是从 1 起的整数。"),
    ("InvalidSignatureVersion", "SignatureVersion 不是 1.0。"),
)  # fmt: skip

CHINESE: Mapping[str, Chinese] = {
    **SHARED,
    **{code: Chinese(meaning) for code, meaning in _OURS},
    **{code: Chinese(meaning, remedy, True) for code, meaning, remedy in _PRINTED},
}
