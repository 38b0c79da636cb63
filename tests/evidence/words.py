"""What the pages of evidence say around the facts, in both languages."""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """The words of one language.

    kinds: The names of the kinds of sources.
    colon: What stands between a kind and where it is from.
    joint: What stands between two entries of a list.
    call: The call as a whole, where a constraint has no parameter.
    phrases: How to say a constraint, by its keyword; `given` is `required` as a condition.
    any_other: How to say a constraint of any other keyword.
    counts: The head of the table of counts.
    facts: The head of the table of facts.
    request: A fact about a request.
    limits: A fact about limits.
    bounds: How to say a limit, by its name.
    answer: A fact about an answer.
    errors: The title of the errors of a provider.
    rows: The head of the table of errors.
    all: All operations.
    choices: The title of the quirks of a provider.
    quirks: The head of the table of quirks.
    """

    kinds: Mapping[str, str]
    colon: str
    joint: str
    call: str
    phrases: Mapping[str, str]
    any_other: str
    counts: str
    facts: str
    request: str
    limits: str
    bounds: Mapping[str, str]
    answer: str
    errors: str
    rows: str
    all: str
    choices: str
    quirks: str


ENGLISH = Words(
    kinds={"documented": "documented", "captured": "captured", "ours": "ours", "": "not told"},
    colon=": ",
    joint="; ",
    call="the call",
    phrases={
        "type": "{path} is of type {value}",
        "required": "{path} is required",
        "given": "{path} is given",
        "enum": "{path} is one of {value}",
        "const": "{path} is {value}",
        "pattern": "{path} matches {value}",
        "minLength": "length of {path} ≥ {value}",
        "maxLength": "length of {path} ≤ {value}",
        "minItems": "entries of {path} ≥ {value}",
        "maxItems": "entries of {path} ≤ {value}",
        "minProperties": "members of {path} ≥ {value}",
        "maxProperties": "members of {path} ≤ {value}",
        "minimum": "{path} ≥ {value}",
        "maximum": "{path} ≤ {value}",
        "exclusiveMinimum": "{path} > {value}",
        "exclusiveMaximum": "{path} < {value}",
        "uniqueItems": "no entry of {path} comes twice",
        "not": "not ({value})",
        "unless": "unless {condition}: {value}",
        "if": "if {condition}: {value}",
        "dependentRequired": "{value}",
        "needs": "{path} needs {value}",
        "anyOf": "{path} has one of {value} forms",
        "oneOf": "{path} has exactly one of {value} forms",
    },
    any_other="{path}: {keyword} {value}",
    counts="| service | operation | documented | captured | ours |",
    facts="| fact | known | from |",
    request="request: {}",
    limits="limits: {}",
    bounds={
        "size": "a picture has ≤ {} MB",
        "seconds": "its download takes ≤ {} s",
        "formats": "its format is one of {}",
        "patience": "a check takes ≤ {} s, else {}",
    },
    answer="answer: {}",
    errors="Errors of {}",
    rows="| operations | HTTP status and codes | known | from |",
    all="all",
    choices="Quirks of {}",
    quirks="| quirk | default, and other choices | known | from |",
)
CHINESE = Words(
    kinds={"documented": "文档", "captured": "抓包", "ours": "自定", "": "未说明"},
    colon="：",
    joint="；",
    call="请求体",
    phrases={
        "type": "{path} 的类型是 {value}",
        "required": "{path} 必填",
        "given": "有 {path}",
        "enum": "{path} 是 {value} 之一",
        "const": "{path} 是 {value}",
        "pattern": "{path} 匹配 {value}",
        "minLength": "{path} 的长度 ≥ {value}",
        "maxLength": "{path} 的长度 ≤ {value}",
        "minItems": "{path} 的项数 ≥ {value}",
        "maxItems": "{path} 的项数 ≤ {value}",
        "minProperties": "{path} 的成员数 ≥ {value}",
        "maxProperties": "{path} 的成员数 ≤ {value}",
        "minimum": "{path} ≥ {value}",
        "maximum": "{path} ≤ {value}",
        "exclusiveMinimum": "{path} > {value}",
        "exclusiveMaximum": "{path} < {value}",
        "uniqueItems": "{path} 的各项不重复",
        "not": "不允许（{value}）",
        "if": "如果 {condition}：{value}",
        "unless": "除非 {condition}：{value}",
        "dependentRequired": "{value}",
        "needs": "有 {path} 就要有 {value}",
        "anyOf": "{path} 是 {value} 种形式之一",
        "oneOf": "{path} 恰好是 {value} 种形式之一",
    },
    any_other="{path}：{keyword} {value}",
    counts="| 服务 | 接口 | 文档 | 抓包 | 自定 |",
    facts="| 事实 | 依据 | 出处 |",
    request="请求：{}",
    limits="限制：{}",
    bounds={
        "size": "图片大小 ≤ {} MB",
        "seconds": "图片下载 ≤ {} 秒",
        "formats": "图片格式是 {} 之一",
        "patience": "检测 ≤ {} 秒，否则 {}",
    },
    answer="响应：{}",
    errors="{} 的错误码",
    rows="| 接口 | HTTP 状态码和错误码 | 依据 | 出处 |",
    all="全部",
    choices="{} 的差异项",
    quirks="| 差异项 | 默认值，其他可选值 | 依据 | 出处 |",
)
