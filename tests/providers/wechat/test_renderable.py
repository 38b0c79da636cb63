"""No answer to a cloud call or an upload that a browser renders holds a tag of the caller's."""

import pytest

from moderation_emulator.contract.rendering import TAG
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat import builders as wechat
from tests.providers.wechat.cloud import builders as cloud

pytestmark = pytest.mark.usefixtures("answers")


def test_cloud_calls_and_uploads(live: RunningServer) -> None:
    for name, data in (
        ("security.imgSecCheck", cloud.encode_media(filename=TAG)),
        (TAG, cloud.encode_parameters(**{TAG: TAG})),
    ):
        for more in ({}, {TAG: TAG.encode()}, {"action": TAG.encode()}, {"requestData": TAG.encode()}):
            cloud.post(live, cloud.encode_form(data, name, **more), TAG)
    for disposition in (f'form-data; name="media"; filename="{TAG}"', f"form-data; name={TAG}", TAG):
        wechat.post(live, wechat.encode_multipart((disposition, wechat.PNG)))
        wechat.post(live, wechat.encode_multipart((disposition, wechat.PNG)), f"multipart/form-data; boundary={TAG}")
