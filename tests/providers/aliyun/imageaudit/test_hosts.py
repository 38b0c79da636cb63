"""Which names of hosts are those of another product of Alibaba Cloud."""

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import IMAGE, send_request
from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc


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
def test_host_names_of_other_products_are_refused(live: RunningServer, host: str, good: bool) -> None:
    answer = send_request(live, "GET", f"/?{encode_query(sign_rpc('ScanImage', IMAGE))}", {"Host": host})
    assert (answer.status, answer.code) == ((200, None) if good else (404, "InvalidProduct.NotFound"))
