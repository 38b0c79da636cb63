"""Which names of hosts are those of another product of Alibaba Cloud."""

import pytest

from tests.live import Live, encoded, signed
from tests.providers.aliyun_imageaudit.forms import IMAGE, http


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("imageaudit.aliyuncs.com", True),
        ("imageaudit.cn-shanghai.aliyuncs.com", True),
        ("imageaudit.cn-shanghai.aliyuncs.com.", True),  # no name of theirs as it is written
        ("my-imageaudit.oss.aliyuncs.com", False),
        ("my-imageaudit.cn-shanghai.aliyuncs.com", False),
        ("imageaudit-my.cn-shanghai.aliyuncs.com", False),
        ("oss.imageaudit.aliyuncs.com", False),
        ("imageaudit.cn-shanghai.aliyuncs.com.evil.example", True),
        ("imageaudit.example.test", True),
        ("aliyuncs.com", True),
        ("notaliyuncs.com", True),
    ],
)
def test_names(live: Live, host: str, good: bool) -> None:
    answer = http(live, "GET", f"/?{encoded(signed('ScanImage', IMAGE))}", {"Host": host})
    assert (answer.status, answer.code) == ((200, None) if good else (404, "InvalidProduct.NotFound"))
