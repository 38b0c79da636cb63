"""Settings: flags over environment over file over profile; what is unknown or impossible is refused with its place."""

import json
import os
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from emulator import building
from emulator.assets import FIXTURES
from emulator.config.load import load_settings
from emulator.config.model import Callbacks, Images, Latency, Pace, Server, Settings
from emulator.config.provided import ProvidedSettings
from emulator.config.schema import load_settings_schema
from emulator.discovery import collect_provided_settings, find_providers
from emulator.signatures import rsa2
from emulator.types import Problems
from tests.providers.alipay.gateway.builders import make_key_pair

OWN = find_providers()
PROVIDED = collect_provided_settings(OWN.values())
QUIRKS = PROVIDED.quirks
PREFIX = "MODERATION_EMULATOR_"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "emulator.yaml"


def load(config: Path | str | None = None, flags: Mapping[str, Any] | None = None, **environment: str) -> Settings:
    """Load the settings of a start; names in `environment` have no prefix."""
    path = Path(config) if config else None
    variables = {f"{PREFIX}{name}": text for name, text in environment.items()}
    return load_settings(path, flags or {}, variables, PROVIDED)


def list_problems(*args: Any, **environment: Any) -> list[str]:
    """Return the problems of settings that are refused."""
    with pytest.raises(Problems) as caught:
        load(*args, **environment)
    return [str(problem) for problem in caught.value.found]


def test_no_more_than_twenty_problems_are_reported() -> None:
    problems = list_problems(None, {"quirks": {f"none.{number}": True for number in range(30)}})
    assert len(problems) == 20
    assert "none.19" in problems[-1]


# Defaults and profiles.

FAST_GAPS = (*[0.01] * 8, 0.5, 1, 2, 2, 2, 2, 2)  # as docs/settings.md lists them


def test_each_setting_has_its_default() -> None:
    chosen = load()
    assert chosen.profile == "fast"
    assert chosen.server == Server("127.0.0.1", 8080, "auto")
    assert chosen.images == Images(False, (), False)
    assert chosen.callbacks == Callbacks(timeout=2, gaps=FAST_GAPS, pushes=16, allow=())
    assert chosen.limits["aliyun_imageaudit"] == {"per_second": False}
    assert chosen.latency == Latency(0, 0)
    assert chosen.thresholds == {"block": 80, "review": 50}
    assert chosen.quirks == {name: quirk.default for name, quirk in QUIRKS.items()}
    assert chosen.biz_types == {}
    assert (chosen.magic_words, chosen.journal_size, chosen.control_hosts) == (True, 10_000, ())
    assert (chosen.fixtures, chosen.accounts, chosen.seed) == ((FIXTURES,), (), None)


def test_the_documented_profile_differs_in_figures_alone() -> None:
    fast, documented = load(), load(flags={"profile": "documented"})
    assert documented.limits["aliyun_imageaudit"] == {"per_second": 2}
    assert documented.limits["aliyun_green"] == {
        "image_per_second": 50,
        "text_per_second": 100,
        "feedback_per_second": 20,
    }
    assert set(fast.limits["aliyun_green"].values()) == {False}
    assert (documented.callbacks.timeout, documented.callbacks.pushes) == (10, fast.callbacks.pushes)
    assert documented.callbacks.gaps != fast.callbacks.gaps
    assert documented.latency != fast.latency
    for same in ("server", "images", "thresholds", "quirks", "magic_words", "journal_size", "fixtures", "seed"):
        assert getattr(documented, same) == getattr(fast, same)


USUAL = {"fast": Pace(5, (0.5,), 3), "documented": Pace(6, (7,), 4)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Pace(5, (0.5,), 3)),
        ({"profile": "documented"}, Pace(6, (7,), 4)),
        ({"callbacks": {"pushes": 9}}, Pace(5, (0.5,), 9)),
        ({"callbacks": {"gaps": [1, 2], "wechat": {"pushes": 2}}}, Pace(5, (1, 2), 2)),
        ({"callbacks": {"timeout": 8, "wechat": {"timeout": 1, "gaps": [3]}}}, Pace(1, (3,), 3)),
        ({"callbacks": {"aliyun_green": {"pushes": 1}}}, Pace(5, (0.5,), 3)),
    ],
)
def test_whose_pace_callbacks_keep(given: dict[str, Any], expected: Pace) -> None:
    """What is set for the provider goes before what is set for all, that before the provider's documents, those before
    the profile.
    """
    callbacks = load(flags=given).callbacks
    assert callbacks.choose_pace("wechat", USUAL) == expected
    if not given:
        assert callbacks.choose_pace("aliyun_green", {}) == Pace(2, FAST_GAPS, 16)


def test_every_provider_that_pushes_has_a_place_for_its_pace() -> None:
    sections = load_settings_schema(PROVIDED).document["properties"]["callbacks"]["properties"]
    assert {name for name, rules in sections.items() if rules["type"] == "object"} == {"aliyun_green", "wechat"}


def test_a_profile_gives_way_to_what_is_set_alone() -> None:
    chosen = load(flags={"profile": "documented", "latency": {"min": 0, "max": 0}})
    assert chosen.latency == Latency(0, 0)
    assert chosen.limits["aliyun_imageaudit"] == {"per_second": 2}
    unlimited = load(flags={"profile": "documented", "limits": {"aliyun_imageaudit": {"per_second": False}}})
    assert unlimited.limits == {**chosen.limits, "aliyun_imageaudit": {"per_second": False}}


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load().profile = "documented"  # type: ignore[misc]


# Sources.


def test_order_of_sources(config: Path) -> None:
    config.write_text("profile: documented\nserver: {host: 10.0.0.1, port: 1, loop: uvloop}\n")
    environment: dict[str, Any] = {"SERVER__PORT": "2", "SERVER__LOOP": "asyncio"}
    assert load(config).server == Server("10.0.0.1", 1, "uvloop")
    assert load(config, **environment).server == Server("10.0.0.1", 2, "asyncio")
    assert load(config, {"server": {"port": 3}}, **environment).server == Server("10.0.0.1", 3, "asyncio")
    assert load(config).profile == "documented"
    assert load(config, PROFILE="fast").limits["aliyun_imageaudit"] == {"per_second": False}
    assert load(config, {"profile": "documented"}, PROFILE="fast").profile == "documented"


@pytest.mark.parametrize(("in_file", "in_environment", "in_flags"), list(product((None, 1), (None, 0), (None, 2))))
def test_the_nearest_source_wins(
    config: Path, in_file: int | None, in_environment: int | None, in_flags: int | None
) -> None:
    config.write_text("" if in_file is None else f"server: {{port: {in_file}}}\n")
    environment = {} if in_environment is None else {"SERVER__PORT": str(in_environment)}
    flags = {} if in_flags is None else {"server": {"port": in_flags}}
    expected = next((port for port in (in_flags, in_environment, in_file) if port is not None), 8080)
    assert load(config, flags, **environment).server.port == expected


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "null\n", "{}\n"])
def test_an_empty_file_is_legal(config: Path, text: str) -> None:
    config.write_text(text)
    assert load(config) == load()


def test_json_is_as_good_as_yaml(tmp_path: Path) -> None:
    file = tmp_path / "emulator.json"
    file.write_text('{"server": {"port": 9000}}')
    assert load(file).server.port == 9000


@pytest.mark.parametrize(
    ("variable", "text", "path", "value"),
    [
        ("SERVER__PORT", "9000", "server.port", 9000),
        ("server__port", "9000", "server.port", 9000),
        ("SERVER", "{port: 9000}", "server.port", 9000),
        ("SERVER__HOST", "::1", "server.host", "::1"),
        ("MAGIC_WORDS", "false", "magic_words", False),
        ("PROFILE", "documented", "profile", "documented"),
        ("SEED", "7", "seed", 7),
        ("SEED", "null", "seed", None),
        ("CONTROL__HOSTS", "[a.example, b.example]", "control_hosts", ("a.example", "b.example")),
        ("IMAGES__ALLOW", "[cdn.example]", "images.allow", ("cdn.example",)),
        ("JOURNAL__SIZE", "0", "journal_size", 0),
        ("THRESHOLDS__BLOCK", "90.5", "thresholds.block", 90.5),
        ("LIMITS__ALIYUN_IMAGEAUDIT__PER_SECOND", "3", "limits.aliyun_imageaudit.per_second", 3),
        ("LIMITS__ALIYUN_IMAGEAUDIT__PER_SECOND", "false", "limits.aliyun_imageaudit.per_second", False),
        ("QUIRKS", "{imageaudit.default_format: XML}", "quirks.imageaudit.default_format", "XML"),
        ("FIXTURES", "[mine]", "fixtures", (Path("mine"), FIXTURES)),
        ("FIXTURES", "mine, /your s,", "fixtures", (Path("mine"), Path("/your s"), FIXTURES)),
        ("FIXTURES", "- a,b\n- c\n", "fixtures", (Path("a,b"), Path("c"), FIXTURES)),
        ("FIXTURES", "", "fixtures", (FIXTURES,)),
        ("CONTROL__HOSTS", "a.example,b.example", "control_hosts", ("a.example", "b.example")),
        ("CONTROL__HOSTS", "a.example", "control_hosts", ("a.example",)),
        ("CONTROL__HOSTS", '["a.example"]', "control_hosts", ("a.example",)),
        ("CALLBACKS__ALLOW", "*.a.example, 10.0.0.1", "callbacks.allow", ("*.a.example", "10.0.0.1")),
        ("CALLBACKS__GAPS", "1, 2.5", "callbacks.gaps", (1, 2.5)),
        ("CALLBACKS__WECHAT__GAPS", "1, 2.5", "callbacks.given", {"wechat": {"gaps": [1, 2.5]}}),
        ("CALLBACKS__ALIYUN_GREEN__PUSHES", "3", "callbacks.given", {"aliyun_green": {"pushes": 3}}),
        ("BIZ_TYPES__MINE", "porn,ad", "biz_types.mine", ["porn", "ad"]),
    ],
)
def test_each_variable_is_read_as_its_type(variable: str, text: str, path: str, value: object) -> None:
    environment: dict[str, Any] = {variable: text}
    found: Any = load(**environment)
    key, _, rest = path.partition(".")
    found = getattr(found, key)
    for step in [rest] if key == "quirks" else rest.split(".") if rest else []:
        found = found[step] if isinstance(found, Mapping) else getattr(found, step)
    assert found == value
    assert type(found) is type(value)


def test_variables_of_one_mapping_are_put_together() -> None:
    chosen = load(SERVER="{port: 1, host: a}", SERVER__HOST="b", SERVER__LOOP="asyncio")
    assert chosen.server == Server("b", 1, "asyncio")


def test_other_variables_do_not_matter() -> None:
    others = {"EMULATOR_URL": "http://x", "MODERATION_EMULATOR": "x", "PORT": "1", "XMODERATION_EMULATOR_SEED": "x"}
    assert load_settings(None, {}, others, PROVIDED) == load()


# Mistakes, each with its place.


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("profile: fast\nservr: {port: 1}\n", 2, "did you mean server?"),
        ("profile: fast\nserver:\n  port: 1\n  hots: a\n", 4, "did you mean host?"),
        ("server: {port: 65536}\n", 1, "at most 65535, got 65536"),
        ("server: {port: -1}\n", 1, "at least 0, got -1"),
        ("server: {port: eighty}\n", 1, 'integer, got "eighty"'),
        ('server: {port: "8080"}\n', 1, 'integer, got "8080"'),
        ("server: 8080\n", 1, "object"),
        ("\n\nprofile: slow\n", 3, "one of fast, documented"),
        ("magic_words: yes\n", 1, 'boolean, got "yes"'),
        ("journal:\n  size: 1000001\n", 2, "at most 1000000"),
        ("limits:\n  aliyun_imageaudit: {per_second: 0}\n", 2, "at least 1, got 0"),
        ("limits:\n  aliyun_imageaudit: {per_second: true}\n", 2, "a whole number from 1, or false"),
        ("biz_types: {mine: [prn]}\n", 1, "one of porn, terrorism"),
        ("biz_types: {mine: []}\n", 1, "a list of scenes"),
        ("biz_types: [porn]\n", 1, "the scenes of each business type"),
        ("waits: {alipay_result: -1}\n", 1, "at least 0"),
        ("waits: {alipay_results: 1}\n", 1, "did you mean alipay_result?"),
        ("limits: {wechta: {}}\n", 1, "did you mean wechat"),
        ("callbacks: {timeout: 0}\n", 1, "more than 0"),
        ("callbacks: {timeout: 601}\n", 1, "at most 600"),
        ("callbacks: {gaps: []}\n", 1, "at least 1 entries"),
        ("callbacks: {gaps: [-1]}\n", 1, "at least 0"),
        ("callbacks: {gaps: 5}\n", 1, "array"),
        ("callbacks: {pushes: 0}\n", 1, "at least 1"),
        ("callbacks: {pushes: 1.5}\n", 1, "integer"),
        ("callbacks: {allow: [1]}\n", 1, "string"),
        ("callbacks: {push: 1}\n", 1, "did you mean pushes?"),
        ("callbacks: {wechta: {pushes: 1}}\n", 1, "did you mean wechat?"),
        ("callbacks: {alipay: {pushes: 1}}\n", 1, "aliyun_green"),
        ("callbacks: {wechat: {push: 1}}\n", 1, "did you mean pushes?"),
        ("callbacks: {wechat: {pushes: 0}}\n", 1, "at least 1"),
        ("callbacks: {wechat: {timeout: 0}}\n", 1, "more than 0"),
        ("callbacks: {wechat: {gaps: []}}\n", 1, "at least 1 entries"),
        ("callbacks: {wechat: {allow: []}}\n", 1, "timeout"),
        ("thresholds:\n  block: 101\n", 2, "at most 100"),
        ("latency: {min: -1}\n", 1, "at least 0"),
        ("accounts:\n  - {name: a}\n  - {}\n", 3, "a key name"),
        ("accounts:\n  - name: a\n    aliyun: {uid: 2234567890}\n", 3, "string, got 2234567890"),
        ("accounts:\n  - name: a\n    aliyun:\n      acces_key_id: x\n", 4, "did you mean access_key_id?"),
        ("accounts: {name: a}\n", 1, "array"),
        ('accounts: [{name: ""}]\n', 1, "at least 1 characters"),
        ("images:\n  fetch: 1\n", 2, "boolean, got 1"),
        ("seed: 1.5\n", 1, "got 1.5"),
        (
            "quirks:\n  imageaudit.default_format: XML\n  imageaudit.default_fromat: XML\n",
            3,
            "imageaudit.default_format?",
        ),
        ("quirks:\n  imageaudit.default_format: YAML\n", 2, 'one of "JSON", "XML", got "YAML"'),
        ("quirks:\n  imageaudit.throttling_status: true\n", 2, "one of 429, 400, got true"),
        ("quirks:\n  imageaudit.sample_spelling: 1\n", 2, "one of false, true, got 1"),
        ("quirks: []\n", 1, "object"),
        ("- match: {}\n", 1, "object"),
        ("profile: fast\nprofile: fast\n", 2, "the key 'profile' twice"),
        ("profile: [\n", 2, "valid YAML"),
        ("profile: fast\n\tx: 1\n", 2, "valid YAML"),
    ],
)
def test_mistakes_in_a_file(config: Path, text: str, line: int, told: str) -> None:
    config.write_text(text)
    (problem,) = list_problems(config)
    assert problem.startswith(f"{config}:{line}: $")
    assert told in problem


def test_all_mistakes_at_once(config: Path) -> None:
    config.write_text("servr: 1\nprofile: slow\njournal:\n  size: -1\n")
    assert sorted(problem.split(": ")[0].rpartition(":")[2] for problem in list_problems(config)) == ["1", "2", "4"]
    config.write_text("quirks:\n  a: 1\n  b: 2\n  imageaudit.default_format: 3\n")
    assert [problem.split(": ")[0].rpartition(":")[2] for problem in list_problems(config)] == ["2", "3", "4"]


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (problem,) = list_problems(tmp_path / "nowhere.yaml")
    assert problem.startswith(f"{tmp_path / 'nowhere.yaml'}:1: $: expected a readable file, got No such file")
    (problem,) = list_problems(tmp_path)
    assert "a readable file" in problem


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("SERVR__PORT", "1", f"(did you mean {PREFIX}SERVER__PORT?)"),
        ("SERVER__PROT", "1", f"(did you mean {PREFIX}SERVER__PORT?)"),
        ("PORT", "9000", f"(did you mean {PREFIX}SERVER__PORT?)"),
        ("HOST", "::", f"(did you mean {PREFIX}SERVER__HOST?)"),
        ("TOKEN", "x", f"(did you mean {PREFIX}CONTROL__TOKEN?)"),
        ("ALLOW", "x", f"(did you mean {PREFIX}IMAGES__ALLOW or {PREFIX}CALLBACKS__ALLOW?)"),
        ("SERVER_PORT", "9000", f"(did you mean {PREFIX}SERVER__PORT?)"),
        ("_SERVER__PORT", "9000", f"(did you mean {PREFIX}SERVER__PORT?)"),
        ("MAGICWORDS", "false", f"(did you mean {PREFIX}MAGIC_WORDS?)"),
        ("LIMITS_WECHAT_PER_DAY", "1", f"(did you mean {PREFIX}LIMITS__WECHAT__PER_DAY?)"),
        ("LIMITS__WECHAT__PER__DAY", "1", f"(did you mean {PREFIX}LIMITS__WECHAT__PER_DAY?)"),
        ("SERVER__HOST", "[a]", "string"),
        ("CONTROL__HOSTS", "a.example:80", "a host name, without port"),
        ("CALLBACKS__GAPS", "1,x", "number"),
        ("CALLBACKS__GAPS", "1,[", "valid YAML"),
        ("SERVER__PORT", "eighty", "integer"),
        ("SERVER__PORT", "", "integer, got null"),
        ("SERVER", "8080", "object"),
        ("SERVER__PORT__X", "1", "integer"),
        ("URL", "http://x", "accounts"),
        ("", "x", "one of accounts"),
        ("PROFILE", "[", "valid YAML"),
        ("QUIRKS", "{a: 1}", "green.http_status"),
        ("QUIRKS__A", "1", "green.http_status"),
    ],
)
def test_mistakes_in_the_environment(variable: str, text: str, told: str) -> None:
    (problem,) = list_problems(**{variable: text})
    assert problem.startswith(f"{PREFIX}{variable}:")
    assert ":0:" not in problem
    assert told in problem


# What Kubernetes sets for each container of a namespace where a service is called moderation-emulator.
SERVICE: dict[str, Any] = {
    "SERVICE_HOST": "10.0.0.1",
    "SERVICE_PORT": "8080",
    "SERVICE_PORT_HTTP": "8080",
    "PORT": "tcp://10.0.0.1:8080",
    "PORT_8080_TCP": "tcp://10.0.0.1:8080",
    "PORT_8080_TCP_PROTO": "tcp",
    "PORT_8080_TCP_PORT": "8080",
    "PORT_8080_TCP_ADDR": "10.0.0.1",
    "PORT_53_UDP": "udp://10.0.0.1:53",
    "PORT_53_UDP_PORT": "53",
    "SERVER_PORT": "tcp://10.0.0.2:80",
}


def test_a_service_of_our_name_is_no_mistake(caplog: pytest.LogCaptureFixture) -> None:
    assert load(**SERVICE, SERVER__HOST="::1") == load(SERVER__HOST="::1")
    (record,) = caplog.records
    assert f"passed over {PREFIX}PORT and 10 more" in record.message


@pytest.mark.parametrize("name", SERVICE)
def test_each_variable_of_a_service_is_passed_over(name: str, caplog: pytest.LogCaptureFixture) -> None:
    assert load(**{name: SERVICE[name]}) == load()
    (record,) = caplog.records
    assert f"passed over {PREFIX}{name}: " in record.message


def test_an_address_of_a_service_is_no_setting() -> None:
    assert "integer" in list_problems(SERVER__PORT="tcp://10.0.0.1:8080")[0]


def test_hosts_of_flags_are_added_to_those_of_file_or_environment(config: Path) -> None:
    config.write_text("control: {hosts: [a.example], token: t}\n")
    flags = {"control": {"hosts": ["b.example", "c__d"]}}
    assert load(config, flags).control_hosts == ("a.example", "b.example", "c__d")
    assert load(config, flags).control_token == "t"
    assert load(config, flags, CONTROL__HOSTS="e.example").control_hosts == ("e.example", "b.example", "c__d")
    assert load(None, flags).control_hosts == ("b.example", "c__d")


def test_mistakes_in_flags() -> None:
    (problem,) = list_problems(None, {"server": {"port": 70_000}})
    assert problem == "flag: $.server.port: expected at most 65535, got 70000"


@pytest.mark.parametrize(("low", "high", "good"), [(0, 0, True), (0.1, 0.1, True), (0.1, 0.2, True), (0.2, 0.1, False)])
def test_latency_is_a_range(low: float, high: float, good: bool) -> None:
    flags = {"latency": {"min": low, "max": high}}
    if good:
        assert load(flags=flags).latency == Latency(low, high)
    else:
        assert list_problems(None, flags)[0].startswith("$.latency: expected min not above max")


def test_every_quirk_takes_each_of_its_choices() -> None:
    for name, quirk in QUIRKS.items():
        assert quirk.source
        for choice in quirk.choices:
            chosen = load(flags={"quirks": {name: choice}}).quirks
            assert chosen == {**{other: each.default for other, each in QUIRKS.items()}, name: choice}


# Fixtures.


def test_fixtures_of_a_file_are_relative_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "emulator.yaml").write_text(f"fixtures: [./mine, ../other, {tmp_path / 'absolute'}]\n")
    monkeypatch.chdir(tmp_path)
    expected = (folder / "mine", folder / "../other", tmp_path / "absolute", FIXTURES)
    assert load(folder / "emulator.yaml").fixtures == expected
    relative = load("deep/emulator.yaml").fixtures
    assert [path.resolve() for path in relative] == [path.resolve() for path in expected]


def test_fixtures_elsewhere_are_relative_to_the_working_folder() -> None:
    assert load(flags={"fixtures": ["mine"]}).fixtures == (Path("mine"), FIXTURES)
    assert load(FIXTURES="[mine]").fixtures == (Path("mine"), FIXTURES)


def test_the_nearest_list_of_fixtures_wins(config: Path) -> None:
    config.write_text("fixtures: [a]\n")
    assert load(config, {"fixtures": ["b"]}).fixtures == (Path("b"), FIXTURES)


# Accounts, as the server makes them.


def build_accounts(*forms: Mapping[str, Any], seed: int | None = None) -> Any:
    chosen = load(flags={"accounts": list(forms), "seed": seed})
    return building.build(chosen, OWN).state.accounts


def test_the_default_account_has_fixed_credentials() -> None:
    default = build_accounts().default
    assert default.name == "default"
    aliyun, wechat, alipay = default.credentials.values()
    assert (aliyun.access_key_id, aliyun.access_key_secret) == ("testId", "testSecret")
    assert aliyun.uid == "1234567890"
    assert (wechat.appid, wechat.secret) == ("wx0123456789abcdef", "0123456789abcdef" * 2)
    assert (alipay.pid, alipay.app_id) == ("2088123456789012", "2021000000000000")


def test_an_account_of_which_only_the_name_is_given() -> None:
    found = build_accounts({"name": "team-b"}, {"name": "team-c"})
    assert [account.name for account in found] == ["default", "team-b", "team-c"]
    assert [account.id for account in found] == ["acc-1", "acc-2", "acc-3"]
    assert len({name for account in found for name in account.list_names()}) == 3 * 8


def test_made_up_credentials_repeat_with_a_seed() -> None:
    first = [list(account.list_names()) for account in build_accounts({"name": "team-b"}, seed=7)]
    assert [list(account.list_names()) for account in build_accounts({"name": "team-b"}, seed=7)] == first
    assert [list(account.list_names()) for account in build_accounts({"name": "team-b"}, seed=8)] != first


def test_what_is_given_is_kept_and_the_rest_made_up() -> None:
    form = {"name": "team-b", "aliyun": {"access_key_id": "key", "purchased": False}, "wechat": {"appid": "wxb"}}
    _, found = build_accounts(form)
    aliyun, wechat, _alipay = found.credentials.values()
    assert (aliyun.access_key_id, aliyun.purchased, aliyun.active) == ("key", False, True)
    assert aliyun.access_key_secret
    assert (wechat.appid, len(wechat.secret)) == ("wxb", 32)
    assert aliyun.sts.access_key_id == "STS.key"


def test_a_mapping_named_default_changes_that_one() -> None:
    found = build_accounts({"name": "default", "aliyun": {"active": False, "sts": {"expires": 5}}})
    assert len(found) == 1
    aliyun, wechat, _alipay = found.default.credentials.values()
    assert (aliyun.access_key_id, aliyun.active) == ("testId", False)
    assert (aliyun.sts.access_key_id, aliyun.sts.security_token, aliyun.sts.expires) == ("STS.testId", "testToken", 5)
    assert wechat.appid == "wx0123456789abcdef"


@pytest.mark.parametrize(
    "other",
    [
        {"aliyun": {"access_key_id": "testId"}},
        {"aliyun": {"uid": "1234567890"}},
        {"aliyun": {"sts": {"access_key_id": "STS.testId"}}},
        {"aliyun": {"access_key_id": "default"}},
        {"wechat": {"appid": "wx0123456789abcdef"}},
        {"alipay": {"pid": "2088123456789012"}},
        {"alipay": {"app_id": "2021000000000000"}},
    ],
)
def test_two_accounts_with_one_credential(other: Mapping[str, Any]) -> None:
    with pytest.raises(Problems) as caught:
        build_accounts({"name": "team-b", **other})
    (problem,) = caught.value.found
    assert problem.path == "$.accounts"
    assert "default, team-b" in problem.got


# The example of the documents, as far as its keys exist today.

EXAMPLE = """\
profile: fast                      # fast | documented
server: {host: 127.0.0.1, port: 8080}
fixtures: [./my-fixtures]          # relative to this file; searched before the built-in ones
accounts:                          # added to the default account; a mapping named `default` changes that one
  - name: team-b
    aliyun: {access_key_id: teamBKey, access_key_secret: teamBSecret, uid: "2234567890", active: true, purchased: true}
    wechat: {appid: wxbbbbbbbbbbbbbbbb, secret: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
    alipay: {pid: "2088000000000002", app_id: "2021000000000002"}
callbacks: {timeout: 2, gaps: [0.01], pushes: 16, allow: []}
images: {fetch: false, allow: []}
limits: {}                         # and every other key
quirks: {imageaudit.default_format: JSON}
"""


def test_the_example_of_the_page_is_loaded(config: Path) -> None:
    config.write_text(EXAMPLE)
    (config.parent / "my-fixtures").mkdir()
    (config.parent / "my-fixtures" / "one.yaml").write_text("- {match: {}, verdict: pass}\n")
    app = building.build(load(config), OWN)
    _, found = app.state.accounts
    assert found.name == "team-b"
    assert found.credentials["aliyun"].access_key_id == "teamBKey"
    assert found.credentials["wechat"].appid == "wx" + "b" * 16
    assert app.state.rule_engine.files.rules[0].source == f"{config.parent / 'my-fixtures' / 'one.yaml'}:1"
    assert app.fixtures.folders == (config.parent / "my-fixtures", FIXTURES)


@pytest.mark.parametrize("room", ["images", "callbacks"])
@pytest.mark.parametrize("name", ["a..b", ".a", f"{'x' * 64}.test"])
def test_names_that_no_host_can_have(room: str, name: str) -> None:
    with pytest.raises(Problems) as found:
        load_settings(None, {room: {"allow": ["good.test", "*.good.test", "10.0.0.1", name]}}, {}, ProvidedSettings())
    (problem,) = found.value.found
    assert problem.path == f"$.{room}.allow[3]"


# Keys of Alipay's gateway.


@pytest.mark.parametrize("written", ["text", "path", "line"])
def test_keys_as_text_or_by_their_file(config: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    (config.parent / "private.pem").write_text(make_key_pair().pkcs1)
    (config.parent / "public.pem").write_text(make_key_pair().public)
    private, public = {
        "text": (make_key_pair().pkcs1, make_key_pair().public),
        "path": ("./private.pem", "public.pem"),
        "line": (rsa2.strip_frame(make_key_pair().pkcs1), rsa2.strip_frame(make_key_pair().public)),
    }[written]
    alipay = {
        "alipay": {"gateway_private_key": private},
        "accounts": [{"name": "b", "alipay": {"app_public_key": public}}],
    }
    config.write_text(json.dumps(alipay))
    chosen = load(config)
    assert rsa2.derive_public_key(str(chosen.sections["alipay"]["gateway_private_key"])) == make_key_pair().public
    _, account = building.build(chosen, OWN).state.accounts
    assert rsa2.to_pem(str(account.credentials["alipay"].app_public_key)) == make_key_pair().public
    monkeypatch.chdir(config.parent)
    assert load(ALIPAY__GATEWAY_PRIVATE_KEY=json.dumps(private)).sections == chosen.sections


def test_keys_are_not_needed(config: Path) -> None:
    config.write_text("accounts: [{name: b, alipay: {app_public_key: null}}, {name: c}]\nalipay: {}\n")
    assert load(config).sections == {"alipay": {"gateway_private_key": None}}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"alipay": {"gateway_private_key": "nowhere.pem"}}, "$.alipay.gateway_private_key"),
        ({"alipay": {"gateway_private_key": make_key_pair().public}}, "$.alipay.gateway_private_key"),
        (
            {"accounts": [{"name": "a"}, {"name": "b", "alipay": {"app_public_key": "x"}}]},
            "$.accounts[1].alipay.app_public_key",
        ),
    ],
)
def test_what_is_no_key(given: dict[str, Any], path: str) -> None:
    (problem,) = list_problems(None, given)
    assert problem.startswith(
        f"{path}: expected an RSA key as PEM or base64, or the path of a file with one, got This is no"
    )


def test_a_pipe_holds_no_key(tmp_path: Path) -> None:
    """Reading it would never end."""
    os.mkfifo(tmp_path / "pipe.pem")
    (problem,) = list_problems(None, {"alipay": {"gateway_private_key": str(tmp_path / "pipe.pem")}})
    assert problem.startswith("$.alipay.gateway_private_key: expected an RSA key")
