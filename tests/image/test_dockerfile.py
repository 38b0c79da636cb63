"""The Dockerfile: its steps are run in a root of their own, and what they made runs as a container does.

What only an engine could show is not: that the base image can be had and that each layer is kept.
"""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from emulator.compilation import COMPILED
from tests import verbs
from tests.image.container import Container, Image, read_image, start
from tests.image.dockerfile import read_stages
from tests.image.machine import PREFIX, ROOT, Builder, make_place, run

STAGES = read_stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
FINAL = STAGES[-1]
URL = "http://127.0.0.1:8080"


def require_namespaces(folder: Path) -> None:
    """Skip the test where nobody may give a step a root of its own."""
    if not (PREFIX / "bin" / "pip").exists() or Path("/usr") == PREFIX:
        pytest.skip("needs a Python that is not the system's, as the image has")
    try:
        run(make_place(folder / "tried"), ["true"], {"PATH": "/usr/bin:/bin"})
    except (OSError, subprocess.CalledProcessError, AttributeError) as error:
        pytest.skip(f"no root of its own: {getattr(error, 'stderr', None) or error}")


def build_image(folder: Path, compiled: str) -> Image:
    builder = Builder(folder, {"HATCH_BUILD_HOOKS_ENABLE": compiled})
    for stage in STAGES:
        try:
            place = builder.build(stage)
        except subprocess.CalledProcessError as failed:
            pytest.fail(f"{failed.cmd[-1]}\n{failed.stdout}{failed.stderr}")
    return read_image(place, FINAL)


def test_it_copies_what_an_installation_needs() -> None:
    """And .dockerignore hides nothing of it; what is not copied is not sent to the engine either."""
    copied = {
        name
        for stage in STAGES
        for step in stage.instructions
        if step.name == "COPY" and "from" not in step.options
        for name in step.text.split()[:-1]
    }
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert set(re.findall(r"^!(.+)$", ignored, re.MULTILINE)) == copied


@pytest.mark.parametrize(
    "compiled",
    [
        "0",
        pytest.param(
            "1",
            marks=[
                pytest.mark.whole,
                pytest.mark.skipif(not COMPILED, reason="compiles for minutes: with `make test-compiled`"),
            ],
        ),
    ],
)
def test_what_it_builds_runs_as_a_container(tmp_path: Path, compiled: str) -> None:
    require_namespaces(tmp_path)
    image = build_image(tmp_path, compiled)
    fixtures = tmp_path / "rules"
    fixtures.mkdir()
    (fixtures / "mine.yaml").write_text("- {match: {text: mine}, verdict: ad}\n", encoding="utf-8")
    with start(image, {"/fixtures": fixtures}) as container:
        assert_info(container, compiled == "1")
        assert_nobody(container)
        assert container.run(image.health).returncode == 0
        code, log = container.stop(signal.SIGTERM)
    assert code == 0
    assert "WARNING: listening on 0.0.0.0" in log
    assert "my.textRiskIdentification" in log
    assert_the_state_lasts(image, tmp_path)
    assert_host_names(image, tmp_path)
    assert_verbs(image)


def assert_info(container: Container, compiled: bool) -> None:
    """Assert that it asks the rules of its volume, and what it tells of itself."""
    call = json.dumps({"content": "mine", "type": ["0"]})
    assert float(container.fetch(f"{URL}/alipay/my.textRiskIdentification", call)["result"][0]["score"]) > 50
    info = container.fetch(f"{URL}/_emulator/info")
    assert (info["pid"], info["port"], info["compiled"]) == (1, 8080, compiled)
    assert info["fixtures"]["dirs"][0] == "/fixtures"
    assert not info["fixtures"].get("problems")


def assert_nobody(container: Container) -> None:
    """Assert that its process is nobody, who can write nowhere."""
    status = Path(f"/proc/{container.pid}/status").read_text(encoding="utf-8")
    assert re.search(r"^Uid:\t65534\t65534\t65534\t65534$", status, re.MULTILINE)
    environment = Path(f"/proc/{container.pid}/environ").read_bytes().split(b"\0")
    assert not [each for each in environment if each.startswith(b"HOME=")]
    for user in (container.image.user, "0:0"):
        for folder in ("/", "/opt/moderation-emulator", "/tmp", "/usr", "/state", "/fixtures"):
            assert container.run(["touch", f"{folder}/x"], user=user).returncode or folder == "/fixtures"
    assert container.run(["touch", "/fixtures/x"]).returncode


def assert_the_state_lasts(image: Image, folder: Path) -> None:
    """Assert that the key of Alipay's gateway, and what was pushed, last as long as the volume of the state."""
    kept = make_volume(image, "state", folder)
    keys, pushed = [], []
    rule = json.dumps({"match": {"text": "kept"}, "verdict": "ad"})
    for number in (signal.SIGTERM, signal.SIGINT):
        with start(image, {"/state": kept}, ["serve", "--state", "/state/emulator.db"]) as container:
            keys.append(container.fetch(f"{URL}/_emulator/accounts/default")["alipay"])
            pushed.append(container.fetch(f"{URL}/_emulator/rules", rule)["id"])
            assert container.fetch(f"{URL}/_emulator/rules?source=control")["total"] == len(pushed)
            assert container.stop(number)[0] == 0
    assert keys[0] == keys[1]
    assert pushed == ["rule-1", "rule-2"]


def make_volume(image: Image, name: str, folder: Path) -> Path:
    """Make a new volume as an engine does: with the owner of the folder on which it is mounted."""
    (volume := folder / name).mkdir()
    owner = (image.place.root / name).stat()
    os.chown(volume, owner.st_uid, owner.st_gid)
    return volume


def assert_host_names(image: Image, folder: Path) -> None:
    """Assert that it takes the ports of the compose file with host names, and writes there what is to be trusted."""
    compose = yaml.safe_load((ROOT / "deploy" / "compose.hosts.yaml").read_text(encoding="utf-8"))
    emulator = compose["services"]["emulator"]
    trust = make_volume(image, "trust", folder)
    volumes = {"/trust": trust, **dict.fromkeys(emulator["tmpfs"])}
    with start(image, volumes, emulator["command"], emulator["sysctls"]) as container:
        kind, *command = emulator["healthcheck"]["test"]
        assert kind == "CMD"
        assert container.run(command).returncode == 0
        assert container.stop(signal.SIGTERM)[0] == 0
    assert {file.name for file in trust.iterdir()} == {"ca.pem", "bundle.pem", "trust.p12"}


def assert_verbs(image: Image) -> None:
    with start(image, {"/tmp": None}) as container:
        made = container.run(["mkdir", "/tmp/tried"])
        assert made.returncode == 0, made.stderr
        verbs.try_verbs([*container.list_entry(), "moderation-emulator"], Path("/tmp/tried"))
        assert container.stop(signal.SIGHUP)[0] == 0
