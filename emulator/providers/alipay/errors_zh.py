"""What the codes of the mini-program calls mean in Chinese.

The words for the image calls are those of the page of my.ap.imgRiskCallback; for 4, 2, 3 and 12 they are those of the
container's table.
"""

from collections.abc import Mapping

from emulator.error_types import Chinese

_PRINTED = (
    # code, 说明, 解决方案
    ("serviceNoAuth", "服务未授权。", "请检查配置的账号是否已签约响应的功能包。"),
    ("riskTypeNoAuth", "场景（risktype）未授权。", "请检查配置的账号是否已签约响应的功能包，请检查 risktype 参数是否正确。"),
    ("bizContentEmpty", "风险数据内容为空。", "检查入参数据格式。"),
    ("paramMissingError", "参数缺失。", "检查必传参数是否传入。"),
    ("param error", "参数错误。", "检查入参格式是否符合文档要求。"),
    ("SYSTEM_OUT_ERROR", "系统繁忙。", "请稍后再试。"),
    ("INVALID_PARAMETER", "缺少必选参数或参数有误。", "检查参数是否正确或者缺失。"),
    ("OVER_LIMIT", "超过调用量限制。", "如需增加额度，请发邮件至 RiskGoCSC@service.alipay.com 进行申请。"),
    ("4", "无权调用", ""),
    ("2", "接口参数无效", ""),
    ("3", "未知错误", ""),
    ("12", "网络出错", ""),
)  # fmt: skip

CHINESE: Mapping[str, Chinese] = {code: Chinese(meaning, remedy, True) for code, meaning, remedy in _PRINTED}
