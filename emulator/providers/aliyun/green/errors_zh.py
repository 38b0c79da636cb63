"""What the codes of Green mean in Chinese; the words are ours."""

from collections.abc import Mapping

from emulator.error_types import Chinese
from emulator.providers.aliyun.gateway.errors_zh import CHINESE as SHARED

_OURS = (
    ("400", "请求参数有误。"),
    ("401", "图片地址不被允许。"),
    ("403", "图片所在的服务器拒绝访问。"),
    ("404", "找不到图片。"),
    ("408", "该账号无权使用此服务。"),
    ("411", "该 RAM 用户无权使用此服务。"),
    ("480", "图片下载失败。"),
    ("500", "服务临时出错，请稍后重试。"),
    ("503", "服务不可用。"),
    ("580", "数据库操作失败，请稍后重试。"),
    ("581", "检测超时：同步检测限 6 秒，异步检测限 2 分钟。"),
    ("585", "缓存操作失败，请稍后重试。"),
    ("586", "算法出错。"),
    ("587", "消息队列出错。"),
    ("588", "每秒调用次数超过账号的配额。"),
    ("589", "图片过大：同步检测不超过 5 MB，异步检测不超过 20 MB。"),
    ("590", "图片格式不是 PNG、JPG、BMP、GIF 或 WEBP。"),
    ("591", "服务的连接已用完，请稍后重试。"),
    ("592", "图片下载超过 3 秒。"),
    ("594", "检测结果已超过一小时，或任务 ID 不存在。"),
    ("595", "动图截帧失败。"),
    ("596", "账号未开通此服务。"),
    ("MissingAccessKeyId", "请求没有带 Authorization。"),
    ("InvalidApi.NotFound", "没有这个接口路径。"),
    ("InvalidAction.NotFound", "接口版本不存在，或已被关闭。"),
    ("UnsupportedHTTPMethod", "只支持 POST 请求。"),
    ("InvalidTimeStamp.Format", "Date 请求头不是 HTTP 日期格式。"),
    ("ContentMD5NotMatched", "请求体与所带的 Content-MD5 不符。"),
    ("InvalidParameter.Accept", "无法按 Accept 请求头作答。"),
)  # fmt: skip

CHINESE: Mapping[str, Chinese] = {**SHARED, **{code: Chinese(meaning) for code, meaning in _OURS}}
