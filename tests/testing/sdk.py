"""Official clients, as a team would set them up for an account of the emulator."""

from collections.abc import Callable

from alibabacloud_imageaudit20191230.client import Client
from alibabacloud_imageaudit20191230.models import ScanTextRequest, ScanTextRequestLabels, ScanTextRequestTasks
from alibabacloud_tea_openapi.models import Config

from emulator.testing import Account


def make_scan_text_call(account: Account, text: str = "hello") -> Callable[[], str]:
    """Return a call of ScanText; it returns the suggestion."""
    client = Client(
        Config(
            access_key_id=account.aliyun.access_key_id,
            access_key_secret=account.aliyun.access_key_secret,
            endpoint=account.url.removeprefix("http://"),
            protocol="HTTP",
        )
    )
    request = ScanTextRequest(labels=[ScanTextRequestLabels("ad")], tasks=[ScanTextRequestTasks(text)])
    return lambda: str(client.scan_text(request).body.data.elements[0].results[0].suggestion)
