"""Whatever is patched: all of it or nothing, what was set is shown, and null gives it back."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import building
from emulator.config.load import expand_profile, load_settings
from emulator.config.update import ACCOUNT_KEYS, START_KEYS, patch_settings
from emulator.control import PREFIX
from emulator.discovery import collect_provided_settings, find_providers
from emulator.http.control_api import ControlApi
from emulator.types import Problems, WireRequest

OWN = find_providers()
PROVIDED = collect_provided_settings(OWN.values())
QUIRKS = PROVIDED.quirks
APP = building.build(load_settings(None, {"accounts": [{"name": "team-b"}]}, {}, PROVIDED), OWN)
API = ControlApi(APP)


def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = b"" if body is None else json.dumps(body).encode()
    response = asyncio.run(API.answer(WireRequest(method, PREFIX + path, {"Host": "localhost"}, data)))
    return response.status, json.loads(response.body)


def allow_null(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | of


def choose_some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: allow_null(of) for key, of in keys.items()})


SECONDS = st.floats(0, 3600).map(lambda number: round(number, 3))
LIMIT = st.just(False) | st.integers(1, 10**6)
HOSTS = st.lists(st.sampled_from(["a.test", "*.b.test", "10.0.0.1", "例子.test"]), max_size=3)
LATENCY = st.one_of(
    st.tuples(SECONDS, SECONDS).map(lambda pair: {"min": min(pair), "max": max(pair)}),
    st.fixed_dictionaries({"seconds": SECONDS}, optional={"distribution": st.just("fixed")}),
    st.fixed_dictionaries(
        {"median": SECONDS.filter(bool)}, optional={"sigma": st.floats(0, 3), "distribution": st.just("lognormal")}
    ),
)
LIMITS = choose_some(
    aliyun_imageaudit=choose_some(per_second=LIMIT),
    aliyun_green=choose_some(image_per_second=LIMIT, text_per_second=LIMIT, feedback_per_second=LIMIT),
)
OF_ACCOUNTS = {"magic_words": st.booleans(), "latency": LATENCY, "limits": LIMITS}
WELL_MEANT = choose_some(
    **OF_ACCOUNTS,
    profile=st.sampled_from(["fast", "documented"]),
    images=choose_some(fetch=st.booleans(), private=st.booleans(), allow=HOSTS),
    callbacks=choose_some(
        timeout=st.integers(1, 600), gaps=st.lists(SECONDS, min_size=1), pushes=st.integers(1, 100), allow=HOSTS
    ),
    thresholds=choose_some(block=st.integers(0, 100), review=st.floats(0, 100)),
    biz_types=st.dictionaries(st.text("abc", min_size=1), st.just(["porn", "ad"]), max_size=2),
    quirks=st.dictionaries(st.sampled_from(sorted(QUIRKS)), st.none(), max_size=3).flatmap(
        lambda names: choose_some(**{name: st.sampled_from(QUIRKS[name].choices) for name in names})
    ),
)
OF_ONE = choose_some(**OF_ACCOUNTS)
PLAIN = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=8)
KEYS = st.sampled_from(
    [
        *expand_profile({}, PROVIDED),
        *("min", "max", "seconds", "distribution", "fetch", "allow", "per_second", "gaps", "x"),
    ]
)
ANYTHING = st.recursive(
    PLAIN | st.sampled_from(["fast", "documented", "lognormal"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
PATCHES = WELL_MEANT | ANYTHING | st.dictionaries(KEYS, ANYTHING, max_size=4)
WHERE = st.sampled_from(["settings", "settings?account=default", "settings?account=team-b"])


def holds(patch: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Return whether everything a patch sets is shown; quirks are shown with their choices."""
    for key, value in patch.items():
        shown = told.get(key)
        if isinstance(shown, Mapping) and "choices" in shown:
            shown = shown["value"]
        if isinstance(value, Mapping):
            if not holds(value, shown if isinstance(shown, Mapping) else {}):
                return False
        elif value is not None and (shown != value or isinstance(shown, bool) != isinstance(value, bool)):
            return False
    return True


def get_all_settings() -> Any:
    """Return the settings of the server and of its accounts."""
    return [call("GET", f"settings{account}") for account in ("", "?account=default", "?account=team-b")]


BEGUN = get_all_settings()


@settings(max_examples=150)
@given(WELL_MEANT)
def test_what_was_patched_is_shown(patch: dict[str, Any]) -> None:
    status, got = call("PATCH", "settings", patch)
    assert status == 200
    assert holds(patch, got)
    assert call("GET", "settings") == (200, got)
    call("POST", "reset")
    assert get_all_settings() == BEGUN


@settings(max_examples=100)
@given(OF_ONE, WELL_MEANT)
def test_what_an_account_has_of_its_own_stands_over_the_server(own: dict[str, Any], patch: dict[str, Any]) -> None:
    assert call("PATCH", "settings?account=team-b", own)[0] == 200
    assert call("PATCH", "settings", patch)[0] == 200
    server_wide, default, of_b = (got for _status, got in get_all_settings())
    assert default == server_wide
    assert holds(own, of_b)
    for key in set(server_wide) - {key for key in own if own[key] is not None}:
        assert of_b[key] == server_wide[key]
    assert call("PATCH", "settings?account=team-b", dict.fromkeys(ACCOUNT_KEYS - {"waits"})) == (
        200,
        server_wide,
    )
    call("POST", "reset")


@settings(max_examples=300)
@given(st.lists(st.tuples(WHERE, PATCHES), min_size=1, max_size=3))
def test_all_of_a_patch_or_nothing(tries: list[tuple[str, Any]]) -> None:
    for path, patch in tries:
        before = get_all_settings()
        status, got = call("PATCH", path, patch)
        assert status in (200, 400)
        if status == 200:
            assert holds(patch, got)
            assert call("GET", path) == (200, got)
        else:
            assert 1 <= len(got["problems"]) <= 20
            assert get_all_settings() == before
    call("POST", "reset")
    assert get_all_settings() == BEGUN


@settings(max_examples=100)
@given(WELL_MEANT, WELL_MEANT)
def test_nulls_restore_the_profile(first: dict[str, Any], second: dict[str, Any]) -> None:
    """However it was patched, nulls give the profile's values back, where nothing was set at start."""
    for patch in (first, second):
        assert call("PATCH", "settings", patch)[0] == 200
    changeable = set(expand_profile({}, PROVIDED)) - START_KEYS - {"waits", "alipay"}
    assert call("PATCH", "settings", dict.fromkeys(changeable)) == BEGUN[0]


def make_nulls(patch: Any) -> Any:
    return {key: make_nulls(value) for key, value in patch.items()} if isinstance(patch, Mapping) else None


@settings(max_examples=100)
@given(WELL_MEANT)
def test_null_restores_key_by_key(patch: dict[str, Any]) -> None:
    assert call("PATCH", "settings", patch)[0] == 200
    assert call("PATCH", "settings", make_nulls(patch)) == BEGUN[0]


def test_a_patch_is_not_kept_where_it_can_be_changed() -> None:
    begun = load_settings(None, {}, {}, PROVIDED)
    patch: dict[str, Any] = {"callbacks": {"gaps": [1]}}
    patched = patch_settings(begun, patch, PROVIDED)
    assert (begun.callbacks.gaps, patched.callbacks.gaps) == ((*[0.01] * 8, 0.5, 1, 2, 2, 2, 2, 2), (1,))
    try:
        patch_settings(patched, {"callbacks": {"gaps": [2], "timeout": 0}}, PROVIDED)
    except Problems:
        assert patched.callbacks.gaps == (1,)
