"""Real clients of several languages, unmodified: pointed to an emulator, and led to one by `exec`."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer
from tests import client_table
from tests.clients.cases import ANOTHER_SECRET, BLOCKED, CASES, CLIENTS, Case, Client
from tests.clients.conftest import OpenDriver
from tests.clients.driver import Driver
from tests.exec.led import note_arrival
from tests.exec.test_node import find_node_version
from tests.providers.alipay.gateway import builders

TOKEN = "a token"  # pushes of WeChat are signed with it
EACH = [(client, case) for client in CLIENTS for case in CASES[client.service]]


def name_each(given: Client | Case) -> str:
    return given.name if isinstance(given, Case) else str(given)


def find_version(client: Client) -> str:
    """Return the version of a client; with that of Node, on which its way depends."""
    version = client_table.find_version(client.name)
    return version if client.language == "go" else f"{version}, Node.js {find_node_version()}"


def make_account(url: str, driver: Driver) -> dict[str, Any]:
    """Return an account of its own on the emulator at a URL; its results are pushed to the driver."""
    given = {
        "wechat": {"push_url": driver.ask(do="listen")["url"], "push_token": TOKEN, "push_format": "json"},
        "alipay": {"app_public_key": builders.make_key_pair().public},
    }
    answer = requests.post(f"{url}/_emulator/accounts", json=given, timeout=10)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def choose_credentials(account: Mapping[str, Any], service: str) -> dict[str, str]:
    """Return the credentials of an account as a driver takes them."""
    own = account["aliyun" if service in ("green", "imageaudit") else service]
    if "access_key_id" in own:
        return {"key": own["access_key_id"], "secret": own["access_key_secret"], "uid": own["uid"]}
    if service == "wechat":
        return {"key": own["appid"], "secret": own["secret"], "token": TOKEN}
    secret = builders.make_key_pair().pkcs1
    return {"key": own["app_id"], "secret": secret, "public_key": own["gateway_public_key"]}


def build_call(client: Client, case: Case, account: Mapping[str, Any]) -> dict[str, str]:
    """Return a call as the driver takes it, but for where it goes."""
    call = {
        "client": client.name,
        "service": client.service,
        **choose_credentials(account, client.service),
        **case.asked,
    }
    if client.service == "alipay" and call["secret"] == ANOTHER_SECRET:
        call["secret"] = builders.make_key_pair(ANOTHER_SECRET).pkcs1
    return call


@pytest.fixture
def pointed(
    live: RunningServer, request: pytest.FixtureRequest, open_driver: OpenDriver, client: Client
) -> Iterator[tuple[Driver, dict[str, Any]]]:
    """Yield a driver, and an account that it has on the shared emulator."""
    driver = open_driver(client.language, "plain")
    account = make_account(live.url, driver)
    yield driver, account
    client_table.note_calls(request, live)
    assert live.control("DELETE", f"accounts/{account['id']}").status_code == 200


@pytest.mark.parametrize(
    ("client", "case"),
    [pytest.param(*each, marks=pytest.mark.client(each[0].name)) for each in EACH],
    ids=name_each,
)
def test_a_client_that_is_pointed_here(
    live: RunningServer, pointed: tuple[Driver, dict[str, Any]], client: Client, case: Case
) -> None:
    driver, account = pointed
    assert driver.ask(url=live.url, **build_call(client, case, account)) == case.learnt


@pytest.mark.led
@pytest.mark.parametrize(("client", "case"), EACH, ids=name_each)
def test_a_client_that_is_led_here(open_driver: OpenDriver, client: Client, case: Case) -> None:
    driver = open_driver(client.language, "preload")
    account = make_account(driver.ask(do="environment")["EMULATOR_URL"], driver)
    assert driver.ask(**build_call(client, case, account)) == case.learnt


@pytest.mark.led
@pytest.mark.parametrize("client", CLIENTS, ids=name_each)
def test_how_a_client_arrives(request: pytest.FixtureRequest, open_driver: OpenDriver, client: Client) -> None:
    """With the credentials of the default account: nothing reaches an emulator that has no network but its command."""
    driver = open_driver(client.language, "variables")
    environment = driver.ask(do="environment")
    blocked = next(case for case in CASES[client.service] if case.name == BLOCKED)
    account = {
        "aliyun": {
            "access_key_id": environment["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            "access_key_secret": environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            "uid": "",
        },
        "wechat": {"appid": environment["WECHAT_APPID"], "secret": environment["WECHAT_SECRET"]},
        "alipay": {"app_id": environment["ALIPAY_APP_ID"], "gateway_public_key": environment["ALIPAY_PUBLIC_KEY"]},
    }
    arrived = driver.ask(**build_call(client, blocked, account)) == blocked.learnt
    note_arrival(request, client.name, find_version(client), "variables" if arrived else "preload")
