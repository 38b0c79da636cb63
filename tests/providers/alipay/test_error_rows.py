"""Every error as it is rendered on the wire, against golden/errors.json."""

from moderation_emulator.contract.running_server import RunningServer
from tests.providers import error_rows
from tests.providers.alipay import builders
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.error_rows import Golden

NAME = "alipay"
PARAMS = {
    builders.SUBMIT: builders.make_picture(),
    builders.QUERY: builders.make_task("x"),
    builders.TEXT: builders.make_text("示例"),
}


def test_the_table_has_the_golden_rows() -> None:
    error_rows.compare(NAME)


@error_rows.parametrize_rows(NAME, "my")
def test_of_the_mini_program(live: RunningServer, golden: Golden) -> None:
    """Calls of pictures have the code under two names: the pages print errorCode, the typings error."""
    for operation in sorted(golden.row.operations):
        live.reset()
        live.push_rule({"provider": NAME, "operation": operation}, error=golden.row.code)
        answer = builders.call(live, operation, PARAMS[operation])
        code = golden.row.code
        expected = {"error": code, "errorMessage": golden.row.text}
        assert answer.status_code == golden.row.status
        assert answer.json() == (expected if operation == builders.TEXT else {"errorCode": code, **expected})


@error_rows.parametrize_rows(NAME, "gateway")
def test_of_the_gateway(live: RunningServer, golden: Golden) -> None:
    live.push_rule({"provider": NAME, "operation": golden.operation}, error=golden.row.code)
    answer = gateway.call(live, golden.operation, gateway.make_content(golden.operation, "one"))
    assert answer.status_code == golden.row.status
    assert gateway.parse_inner(answer) == {
        "code": golden.more["code"],
        "msg": golden.more["msg"],
        "sub_code": golden.row.code,
        "sub_msg": golden.row.text,
    }
