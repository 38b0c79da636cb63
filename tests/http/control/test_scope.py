"""`?account=` goes with every route: what is another's is not found."""

from collections.abc import Callable

import pytest

from emulator.control import Route
from emulator.discovery import find_providers
from emulator.http.control.index import list_routes
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, parse_error
from tests.providers.alipay.gateway.builders import make_key_pair
from tests.providers.aliyun.green.builders import submit
from tests.providers.aliyun.rpc_calls import scan_text

ROUTES = list_routes(find_providers().values())
CHANGES = {"accounts": {}, "clock": {"advance": 1}, "settings": {}, "journal/verify": {"match": {}}}


def format_route(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
def live(start: Callable[..., RunningServer]) -> RunningServer:
    return start({"accounts": [TEAM_B]})


def send(live: RunningServer, route: Route, account: str) -> int:
    path = route.path.replace("{id}", "none-such").replace("{name}", "x.png").replace("{app_id}", "none-such")
    body = CHANGES.get(route.path, {"match": {}, "verdict": "pass"} if route.path.startswith("rules") else None)
    if route.method in ("GET", "DELETE") or "public-key" in path or "reload" in path:
        body = None
    return live.control(route.method, path, body, account=account).status_code


@pytest.mark.parametrize("route", ROUTES, ids=format_route)
def test_every_route_takes_an_account(live: RunningServer, route: Route) -> None:
    missing = 403 if route.path.startswith("frames") else 404
    expected = {200, 201} if "{" not in route.path or route.method == "PUT" else {missing}
    if "public-key" in route.path and "{" in route.path:
        expected = {404}
    for name in ("team-b", "acc-2", "teamBKey"):
        assert send(live, route, name) in expected


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.open], ids=format_route)
def test_every_route_refuses_an_account_that_there_is_not(live: RunningServer, route: Route) -> None:
    assert send(live, route, "nobody") == 404


# Things with an id.


def test_a_rule_of_another_account_is_not_found(live: RunningServer) -> None:
    rule = {"match": {"text": "hello"}, "verdict": "ad"}
    own = live.control("POST", "rules", rule, account="team-b").json()["id"]
    common = live.control("POST", "rules", rule).json()["id"]
    for name, good in ((own, ("team-b",)), (common, ("team-b", "default"))):
        for account in ("team-b", "default"):
            assert live.control("GET", f"rules/{name}", account=account).status_code == (
                200 if account in good else 404
            )
    parse_error(live.control("DELETE", f"rules/{own}", account="default"), 404)
    assert live.control("GET", f"rules/{own}").status_code == 200
    assert live.control("DELETE", f"rules/{own}", account="team-b").json() == {"deleted": 1}


def test_an_entry_of_another_account_is_not_found(live: RunningServer) -> None:
    scan_text(live, "hello", **AS_B)
    scan_text(live, "stranger", key="nobody")
    unattributed, own = (str(entry.id) for entry in live.list_entries())
    for path, method in ((f"journal/{own}", "GET"), (f"journal/{own}/rule", "POST")):
        assert live.control(method, path, account="team-b").status_code == 200
        assert live.control(method, path).status_code == 200
        for other in ("default", "null"):
            parse_error(live.control(method, path, account=other), 404)
    assert live.control("GET", f"journal/{unattributed}", account="null").status_code == 200
    parse_error(live.control("GET", f"journal/{unattributed}", account="team-b"), 404)


def test_a_callback_of_another_account_is_not_found(live: RunningServer) -> None:
    submit(live, "http://a.test/1.jpg", callback="http://127.0.0.1:9/", seed="s")
    (own,) = live.control("GET", "callbacks").json()["items"]
    for method, path in (("GET", f"callbacks/{own['id']}"), ("POST", f"callbacks/{own['id']}/redeliver")):
        assert live.control(method, path, account="default").status_code == 200
        parse_error(live.control(method, path, account="team-b"), 404)


def test_another_account_is_not_found(live: RunningServer) -> None:
    made, other = (live.control("POST", "accounts", {"name": name}).json()["id"] for name in ("mine", "other"))
    assert live.control("GET", f"accounts/{made}", account="mine").json()["id"] == made
    parse_error(live.control("GET", f"accounts/{made}", account="other"), 404)
    parse_error(live.control("DELETE", f"accounts/{made}", account="other"), 404)
    assert live.control("DELETE", "accounts", account="other").json() == {"deleted": 1}
    assert live.control("GET", f"accounts/{made}").status_code == 200
    parse_error(live.control("GET", f"accounts/{other}"), 404)
    assert live.control("DELETE", "accounts", account="team-b").json() == {"deleted": 0}


def test_an_application_of_another_account_is_not_found(live: RunningServer) -> None:
    path = "alipay/apps/2021000000000000/public-key"
    for method, body in (("PUT", make_key_pair().public), ("DELETE", None)):
        parse_error(live.control(method, path, body, account="team-b"), 404)
        assert live.control(method, path, body, account="default").status_code == 200
