from emulator.fake.ids import Ids
from emulator.state.credentials import make_form
from tests.state.builders import KINDS, make_account, make_default_account, read_account


def test_made_up_credentials_have_the_shape_of_real_ones() -> None:
    form = make_form("team-b", KINDS, Ids())
    assert form["aliyun"]["access_key_id"].startswith("LTAI")
    assert len(form["aliyun"]["access_key_secret"]) == 30
    assert form["wechat"]["appid"].startswith("wx")
    assert len(form["wechat"]["appid"]) == 18
    assert len(form["wechat"]["secret"]) == 32
    assert form["alipay"]["pid"].startswith("2088")
    assert len(form["alipay"]["pid"]) == len(form["alipay"]["app_id"]) == 16


def test_kinds_are_made_up_in_a_fixed_order() -> None:
    """A seed repeats them from version to version."""
    assert [*KINDS] == ["aliyun", "wechat", "alipay"]
    assert make_form("a", KINDS, Ids(7)) == make_form("a", KINDS, Ids(7))


def test_to_dict_as_it_is_written() -> None:
    form = make_default_account().to_dict()
    assert form["id"] == "acc-1"
    assert form["source"] == "config"
    assert form["aliyun"].items() >= {"access_key_id": "testId", "active": True, "purchased": True}.items()
    again = {key: value for key, value in form.items() if key not in ("id", "source")}
    assert read_account(again).to_dict() == form


def test_to_dict_says_who_made_it() -> None:
    form = make_account("x", 2).to_dict()
    assert read_account(form, source="control").to_dict() == {**form, "id": "acc-1", "source": "control"}
