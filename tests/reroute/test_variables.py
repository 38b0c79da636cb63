"""The variables that lead a command's calls to the emulator, beside those that its user has set."""

import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.preload import NODE_FILE, PYTHON_FOLDER
from emulator.reroute import Reroute, build_variables, write_files
from tests.stand_in import make_authority

BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "ALIBABA_CLOUD_CA_BUNDLE")
PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
KNOWN = (*BUNDLES, *PROXIES, "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "PYTHONPATH", "NODE_OPTIONS")
NAMES = st.sampled_from([*KNOWN, "JAVA_TOOL_OPTIONS", "PHP_INI_SCAN_DIR", "NODE_EXTRA_CA_CERTS", "HOME", "LANG"])
ENVIRONMENTS = st.dictionaries(NAMES, TEXTS)


def make_reroute(folder: Path | str, proxy_port: int | None = 4003, preload: bool = True) -> Reroute:
    return Reroute(
        url="http://127.0.0.1:4000",
        proxy_port=proxy_port,
        tls_port=4001,
        plain_port=4002,
        hosts=("api.example.test", "*.wild.example.test"),
        refused=("*.example.test",),
        allowed=("free.example.test",),
        trust=Path(folder),
        preload=preload,
    )


def test_all_variables_where_none_was_set() -> None:
    assert build_variables({}, make_reroute("/t")) == {
        "EMULATOR_URL": "http://127.0.0.1:4000",
        "EMULATOR_CA": "/t/ca.pem",
        "EMULATOR_REROUTE": "4001,4002 api.example.test *.wild.example.test !*.example.test +free.example.test",
        "EMULATOR_STOPPED": "/t/stopped",
        "EMULATOR_PROXY": "http://127.0.0.1:4003",
        **dict.fromkeys(BUNDLES, "/t/bundle.pem"),
        "NODE_EXTRA_CA_CERTS": "/t/ca.pem",
        **dict.fromkeys(PROXIES, "http://127.0.0.1:4003"),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1,::1"),
        "NODE_USE_ENV_PROXY": "1",
        "NODE_OPTIONS": f'--require="{NODE_FILE}"',
        "PYTHONPATH": str(PYTHON_FOLDER),
        "JAVA_TOOL_OPTIONS": '-Djavax.net.ssl.trustStore="/t/trust.p12" -Djavax.net.ssl.trustStorePassword=changeit'
        " -Djavax.net.ssl.trustStoreType=PKCS12 -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=4003"
        " -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=4003 -Dhttp.nonProxyHosts=localhost|127.*|[::1]",
        "PHP_INI_SCAN_DIR": ":/t",
    }


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("NODE_OPTIONS", "--max-old-space-size=64", f'--max-old-space-size=64 --require="{NODE_FILE}"'),
        ("PYTHONPATH", "/a:/b c", f"{PYTHON_FOLDER}:/a:/b c"),
        ("PYTHONPATH", "/a:", f"{PYTHON_FOLDER}:/a:"),
        ("PYTHONPATH", "", str(PYTHON_FOLDER)),
        ("PHP_INI_SCAN_DIR", "/etc/php:/b", "/etc/php:/b:/t"),
        ("PHP_INI_SCAN_DIR", ":/b", ":/b:/t"),
        ("PHP_INI_SCAN_DIR", ".", ".:/t"),
        ("NO_PROXY", "db.local, 10.0.0.1", "db.local,10.0.0.1,localhost,127.0.0.1,::1"),
        ("NO_PROXY", "localhost", "localhost,127.0.0.1,::1"),
        ("no_proxy", "db.local", "db.local,localhost,127.0.0.1,::1"),
        ("SSL_CERT_FILE", "/own.pem", "/t/joined.pem"),
        ("SSL_CERT_FILE", "", "/t/bundle.pem"),
        ("SSL_CERT_FILE", "/t/bundle.pem", "/t/bundle.pem"),
        ("SSL_CERT_FILE", "/t/joined.pem", "/t/joined.pem"),
        ("NODE_EXTRA_CA_CERTS", "/own.pem", "/t/joined-for-node.pem"),
        ("NODE_EXTRA_CA_CERTS", "/t/ca.pem", "/t/ca.pem"),
        ("HTTPS_PROXY", "http://corporate:3128", "http://127.0.0.1:4003"),
        ("EMPTY", "", ""),
    ],
)
def test_what_was_set_is_kept(name: str, own: str, expected: str) -> None:
    assert build_variables({name: own}, make_reroute("/t"))[name] == expected


@pytest.mark.parametrize(
    "own", ["*", "api.example.test", ".example.test", "*.example.test", "EXAMPLE.test", "x.wild.example.test", "test"]
)
def test_no_own_exception_leads_past_the_proxy(own: str) -> None:
    """A client without a preload would reach the real service."""
    covers_a_pattern_only = own.startswith("x.")
    kept = build_variables({"NO_PROXY": f"db.local,{own}"}, make_reroute("/t"))["NO_PROXY"].split(",")
    assert (own in kept) == covers_a_pattern_only
    assert "db.local" in kept


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy"])
def test_a_proxy_for_everything_goes_where_there_is_ours(name: str) -> None:
    given = {name: "socks5://corporate:1080"}
    assert name not in build_variables(given, make_reroute("/t"))
    assert build_variables(given, make_reroute("/t", proxy_port=None))[name] == given[name]


def test_without_a_proxy_of_ours_that_of_the_user_is_for_other_names() -> None:
    given = {"HTTPS_PROXY": "http://corporate:3128", "NO_PROXY": "db.local", "EMULATOR_PROXY": "http://127.0.0.1:1"}
    made = build_variables(given, make_reroute("/t", proxy_port=None))
    assert made["HTTPS_PROXY"] == "http://corporate:3128"
    assert made["NO_PROXY"] == made["no_proxy"]
    assert made["NO_PROXY"] == "db.local,localhost,127.0.0.1,::1,api.example.test,.wild.example.test"
    assert not {"EMULATOR_PROXY", "HTTP_PROXY", "NODE_USE_ENV_PROXY"} & made.keys()
    assert "proxy" not in made["JAVA_TOOL_OPTIONS"]


def test_without_preloads_no_code_of_ours_runs(tmp_path: Path) -> None:
    reroute = make_reroute(tmp_path, preload=False)
    made = build_variables({"NODE_OPTIONS": "--trace-warnings"}, reroute)
    assert made["NODE_OPTIONS"] == "--trace-warnings"
    assert "PYTHONPATH" not in made
    make_trust(tmp_path)
    write_files({}, reroute)
    assert "auto_prepend_file" not in (tmp_path / "emulator.ini").read_text(encoding="utf-8")


@given(ENVIRONMENTS, st.sampled_from([None, 5003]), st.booleans())
def test_an_emulator_inside_another_leads_to_itself_alone(
    given: dict[str, str], proxy_port: int | None, preload: bool
) -> None:
    """Of the outer one nothing is left but its joined certificates, and nothing is there twice."""
    outer = build_variables(given, make_reroute("/outer folder"))
    inner = make_reroute("/inner folder", proxy_port, preload)
    made = build_variables(outer, inner)
    direct = build_variables(given, inner)
    for name in ("JAVA_TOOL_OPTIONS", "PHP_INI_SCAN_DIR", "EMULATOR_REROUTE", "EMULATOR_CA", "EMULATOR_STOPPED"):
        assert made[name] == direct[name]
    assert made["NODE_OPTIONS"].count(str(NODE_FILE)) == made["PYTHONPATH"].count(str(PYTHON_FOLDER)) == 1
    if proxy_port:
        assert "4003" not in "".join(made[name] for name in (*PROXIES, "EMULATOR_PROXY"))
    again = build_variables(made, inner)
    joined = dict.fromkeys((*BUNDLES, "NODE_EXTRA_CA_CERTS"))
    assert {**again, **joined} == {**made, **joined}


@given(ENVIRONMENTS, st.sampled_from([None, 4003]), st.booleans())
def test_nothing_else_is_touched(given: dict[str, str], proxy_port: int | None, preload: bool) -> None:
    before = dict(given)
    made = build_variables(given, make_reroute("/t", proxy_port, preload))
    assert given == before
    assert all(made[name] == given[name] for name in {"HOME", "LANG"} & given.keys())
    assert not [name for name in made if name.startswith("MODERATION_EMULATOR_")]
    assert all("\0" not in value for value in made.values())


def make_trust(folder: Path) -> Path:
    """Write a folder as `--tls-out` does: an authority, and the usual ones with it."""
    ca, _ = make_authority(folder, ["api.example.test"])
    (folder / "bundle.pem").write_bytes(
        b"# the usual\n" + make_authority(folder / "usual", ["a.test"])[0].read_bytes() + ca.read_bytes()
    )
    return ca


def count_certificates(file: str) -> int:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(file)
    return len(context.get_ca_certs())


def test_certificates_of_the_user_are_trusted_as_before(tmp_path: Path) -> None:
    reroute = make_reroute(tmp_path / "a b")
    make_trust(reroute.trust)
    own, _ = make_authority(tmp_path / "own", ["b.test"])
    folder = tmp_path / "certificates"
    folder.mkdir()
    make_authority(folder / "made", ["c.test"])[0].rename(folder / "c.pem")
    (folder / "link.pem").symlink_to(folder / "c.pem")
    given = {"SSL_CERT_FILE": str(own), "REQUESTS_CA_BUNDLE": str(folder), "NODE_EXTRA_CA_CERTS": str(own)}
    write_files(given, reroute)
    made = build_variables(given, reroute)
    assert len({made[name] for name in BUNDLES}) == 1
    assert count_certificates(made["SSL_CERT_FILE"]) == 4  # own, the folder's, the usual one, ours
    assert Path(made["SSL_CERT_FILE"]).read_bytes().count(b"BEGIN CERTIFICATE") == 4
    assert count_certificates(made["NODE_EXTRA_CA_CERTS"]) == 2


def test_a_file_that_is_not_there_adds_nothing(tmp_path: Path) -> None:
    reroute = make_reroute(tmp_path)
    make_trust(tmp_path)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    given = {"SSL_CERT_FILE": "/absent.pem", "CURL_CA_BUNDLE": str(fifo), "NODE_EXTRA_CA_CERTS": "/absent.pem"}
    write_files(given, reroute)
    made = build_variables(given, reroute)
    assert count_certificates(made["SSL_CERT_FILE"]) == 2
    assert count_certificates(made["NODE_EXTRA_CA_CERTS"]) == 1


def test_what_php_reads(tmp_path: Path) -> None:
    reroute = make_reroute(tmp_path / "a b")
    make_trust(reroute.trust)
    write_files({}, reroute)
    lines = (reroute.trust / "emulator.ini").read_text(encoding="utf-8").splitlines()
    settings = dict(re.fullmatch(r'(\S+) = "(.*)"', line).groups() for line in lines)  # type: ignore[union-attr, misc]
    assert settings.keys() == {"curl.cainfo", "openssl.cafile", "auto_prepend_file"}
    assert settings["curl.cainfo"] == settings["openssl.cafile"] == str(reroute.trust / "bundle.pem")
    script = Path(settings["auto_prepend_file"]).read_text(encoding="utf-8")
    assert "'proxy' => 'tcp://127.0.0.1:4003'" in script


def test_php_starts_with_it(tmp_path: Path) -> None:
    php = shutil.which("php")
    if not php:
        pytest.skip("php is not installed")
    reroute = make_reroute(tmp_path / "a b")
    make_trust(reroute.trust)
    write_files({}, reroute)
    code = 'echo ini_get("openssl.cafile"), stream_context_get_options(stream_context_get_default())["http"]["proxy"];'
    script = tmp_path / "script.php"
    script.write_text(f"<?php {code}", encoding="utf-8")
    done = subprocess.run(
        [php, str(script)],
        env={**os.environ, **build_variables({}, reroute)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == f"{reroute.trust}/bundle.pemtcp://127.0.0.1:4003"


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_java_reads_its_options(tmp_path: Path) -> None:
    if not shutil.which("java"):
        pytest.skip("java is not installed")
    given = {**os.environ, "JAVA_TOOL_OPTIONS": "-Down.option=kept"}
    outer = build_variables(given, make_reroute(tmp_path / "an outer one"))
    made = build_variables(outer, make_reroute(tmp_path / "a b", 4999))
    said = run(["java", "-XshowSettings:properties", "-version"], made)
    for expected in (
        "own.option = kept",
        f"javax.net.ssl.trustStore = {tmp_path}/a b/trust.p12",
        "https.proxyPort = 4999",
        "http.nonProxyHosts = localhost|127.*|[::1]",
    ):
        assert expected in said


@pytest.mark.parametrize("folder", ["plain", "a b", 'quo"te', "back\\slash", "b  c"])
def test_node_finds_its_preload_in_any_folder(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    file = tmp_path / folder / "node.cjs"
    file.parent.mkdir()
    file.write_text("console.log('before', process.execArgv.length)", encoding="utf-8")
    monkeypatch.setattr("emulator.reroute.NODE_FILE", file)
    made = build_variables({**os.environ, "NODE_OPTIONS": "--no-warnings"}, make_reroute("/t"))
    made["NODE_EXTRA_CA_CERTS"] = ""
    assert run(["node", "-e", "console.log('after')"], made) == "before 2\nafter\n"


def test_python_finds_its_preload_beside_the_path_of_the_user(tmp_path: Path) -> None:
    folder = tmp_path / "own folder"
    folder.mkdir()
    (folder / "own.py").write_text("print('own')", encoding="utf-8")
    made = build_variables({**os.environ, "PYTHONPATH": str(folder)}, make_reroute("/t"))
    code = "import own, socket; print(socket.getaddrinfo('api.example.test', 443)[0][4])"
    assert run([sys.executable, "-c", code], made) == "own\n('127.0.0.1', 4001)\n"


def test_a_shell_takes_them(tmp_path: Path) -> None:
    made = build_variables({"NO_PROXY": "it's"}, make_reroute(tmp_path / "a 'b'"))
    lines = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in made.items())
    assert f"EMULATOR_CA={tmp_path}/a 'b'/ca.pem" in run(["sh", "-c", f"{lines}\nenv"], {"PATH": os.environ["PATH"]})
