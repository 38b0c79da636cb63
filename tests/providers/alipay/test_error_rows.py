"""Every error as it is told on the wire, against golden/errors.json."""

from tests.live import Live
from tests.providers import error_rows
from tests.providers.alipay import forms
from tests.providers.alipay.gateway import forms as gateway
from tests.providers.error_rows import Golden

NAME = "alipay"
PARAMS = {forms.SUBMIT: forms.picture(), forms.QUERY: forms.task("x"), forms.TEXT: forms.text("示例")}


def test_the_table() -> None:
    error_rows.compare(NAME)


@error_rows.each(NAME, "my")
def test_of_the_mini_program(live: Live, golden: Golden) -> None:
    """Calls of pictures have the code under two names: the pages print errorCode, the typings error."""
    for operation in sorted(golden.row.operations):
        live.reset()
        live.rule({"provider": NAME, "operation": operation}, error=golden.row.code)
        answer = forms.call(live, operation, PARAMS[operation])
        code = golden.row.code
        told = {"error": code, "errorMessage": golden.row.text}
        assert answer.status_code == golden.row.status
        assert answer.json() == (told if operation == forms.TEXT else {"errorCode": code, **told})


@error_rows.each(NAME, "gateway")
def test_of_the_gateway(live: Live, golden: Golden) -> None:
    live.rule({"provider": NAME, "operation": golden.operation}, error=golden.row.code)
    answer = gateway.call(live, golden.operation, gateway.content(golden.operation, "one"))
    assert answer.status_code == golden.row.status
    assert gateway.inner(answer) == {
        "code": golden.more["code"],
        "msg": golden.more["msg"],
        "sub_code": golden.row.code,
        "sub_msg": golden.row.text,
    }
