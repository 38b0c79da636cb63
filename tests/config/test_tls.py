"""Settings of the TLS port: where they may come from, where their files lie, and which of them go together."""

from pathlib import Path
from typing import Any

import pytest

from emulator.config.load import load_settings
from emulator.config.model import Server
from emulator.discovery import collect_provided_settings, find_providers
from emulator.types import Problems

PROVIDED = collect_provided_settings(find_providers().values())


def load(server: dict[str, Any], config: Path | None = None, **environment: str) -> Server:
    """Load the settings of a start; names in `environment` have no prefix."""
    variables = {f"MODERATION_EMULATOR_SERVER__TLS_{name}": text for name, text in environment.items()}
    return load_settings(config, {"server": server}, variables, PROVIDED).server


def list_problems(server: dict[str, Any], **environment: str) -> list[str]:
    with pytest.raises(Problems) as told:
        load(server, None, **environment)
    return [str(each) for each in told.value.found]


def test_there_is_no_tls_port_where_nobody_wants_one() -> None:
    assert load({}) == Server()
    assert (Server().tls_port, Server().tls_days) == (None, 90)


def test_every_source_may_want_one(tmp_path: Path) -> None:
    config = tmp_path / "emulator.yaml"
    config.write_text("server: {tls_port: 1, tls_days: 5}\n")
    assert load({}, config).tls_port == 1
    assert load({}, config, PORT="2").tls_port == 2
    given = load({"tls_port": 0}, config, PORT="2", OUT="trust")
    assert (given.tls_port, given.tls_out, given.tls_days) == (0, "trust", 5)
    assert load({"tls_days": 2}, PORT="443") == Server(tls_port=443, tls_days=2)


def test_paths_of_a_file_begin_at_the_file(tmp_path: Path) -> None:
    config = tmp_path / "emulator.yaml"
    config.write_text("server: {tls_port: 1, tls_out: trust, tls_cert: /etc/cert.pem, tls_key: keys/key.pem}\n")
    found = load({}, config)
    assert found.tls_out == str(tmp_path / "trust")
    assert found.tls_cert == "/etc/cert.pem"
    assert found.tls_key == str(tmp_path / "keys" / "key.pem")
    assert load({"tls_out": "here"}, config).tls_out == "here"


def test_options_without_a_port_are_refused() -> None:
    for key, value in (("tls_out", "x"), ("tls_days", 90)):
        assert list_problems({key: value}) == [f"$.server.{key}: expected server.tls_port (--tls) as well, got none"]
    pair = {"tls_cert": "c", "tls_key": "k", "tls_port": None}
    assert [each.partition(":")[0] for each in list_problems(pair)] == ["$.server.tls_cert", "$.server.tls_key"]
    assert list_problems({}, DAYS="3")


def test_a_certificate_and_its_key_come_together() -> None:
    one, other = {"tls_port": 0, "tls_cert": "c"}, {"tls_port": 0, "tls_key": "k"}
    assert list_problems(one) == ["$.server.tls_cert: expected server.tls_key (--tls-key) as well, got none"]
    assert list_problems(other) == ["$.server.tls_key: expected server.tls_cert (--tls-cert) as well, got none"]
    assert load(one, KEY="k").tls_key == "k"
    assert list_problems({**one, **other, "tls_days": 2}) == [
        "$.server.tls_days: expected none beside server.tls_cert, which says itself when it ends, got one"
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [("port", -1), ("port", 65536), ("port", "443"), ("port", True), ("out", ""), ("cert", ""), ("key", 1)]
    + [("days", value) for value in (0, 801, 1.5, None, "9")],
)
def test_impossible_values_are_refused_with_their_place(key: str, value: object) -> None:
    (problem,) = list_problems({"tls_port": 0, f"tls_{key}": value})
    assert problem.startswith(f"flag: $.server.tls_{key}: expected ")
