"""What is to be copied from deploy/, beside the compose files: it fits the image, and its commands run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from emulator import documents, plugins
from emulator.config.environment import PREFIX
from emulator.rules.parse import parse_document
from moderation_emulator.contract.running_server import RunningServer
from tests.howto.pages import ROOT
from tests.image.dockerfile import read_stages

DEPLOY = ROOT / "deploy"
FINAL = read_stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))[-1]
STEPS = {step.name: step.text for step in FINAL.instructions}
MANIFEST = {each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))}
POD = MANIFEST["Deployment"]["spec"]["template"]["spec"]
ENDPOINTS: list[Any] = plugins.load_plugins("emulator.http.control", "ROUTES")


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def run_line(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell with the command of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    given = {**os.environ, "PATH": path, **environment}
    return subprocess.run(
        ["bash", "-ec", line], cwd=folder, env=given, capture_output=True, text=True, timeout=120, check=False
    )


# Kubernetes.


def test_the_service_leads_to_the_pod() -> None:
    deployment, service = MANIFEST["Deployment"]["spec"], MANIFEST["Service"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert labels.items() >= deployment["selector"]["matchLabels"].items()
    assert labels.items() >= service["selector"].items()
    (container,) = POD["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {port["targetPort"]: port["port"] for port in service["ports"]}
    assert str(ports["http"]) == STEPS["EXPOSE"]


def test_the_pod_is_asked_by_what_it_answers() -> None:
    (container,) = POD["containers"]
    probes = [probe["httpGet"] for name, probe in container.items() if name.endswith("Probe")]
    assert len(probes) == 3
    routes = {f"/_emulator/{route.path}" for each in ENDPOINTS for route in each if route.method == "GET"}
    assert {probe["path"] for probe in probes} <= routes
    assert {probe["port"] for probe in probes} == {"http"}


def test_volumes_are_mounted_where_the_image_has_folders_for_them() -> None:
    (container,) = POD["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert set(mounts) == {volume["name"] for volume in POD["volumes"]}
    assert all(f"{path} " in f"{STEPS['RUN']} " for path in mounts.values())
    assert str(POD["securityContext"]["fsGroup"]) == STEPS["USER"].partition(":")[2]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_config_map_holds_rules(live: RunningServer) -> None:
    (config,) = [volume["configMap"]["name"] for volume in POD["volumes"] if "configMap" in volume]
    assert config == MANIFEST["ConfigMap"]["metadata"]["name"]
    for name, text in MANIFEST["ConfigMap"]["data"].items():
        assert parse_document(documents.parse(text, name), live.app.rule_names, iter(range(1, 99)))


# Services of CI.


def test_the_job_of_gitlab_reaches_its_service(live: RunningServer, tmp_path: Path) -> None:
    job = load("deploy/gitlab.yml")["test"]
    (service,) = job["services"]
    assert job["variables"]["EMULATOR_URL"] == f"http://{service['alias']}:{STEPS['EXPOSE']}"
    # Services get the variables of the job, and images refuse those that begin as ours do but are none.
    assert not [name for name in (*job["variables"], service["name"]) if PREFIX in name]
    for line in job["script"]:
        done = run_line(line, tmp_path, EMULATOR_URL=live.url)
        assert done.returncode == 0, done.stderr
        assert '"ok"' in done.stdout


def test_the_job_of_github_uses_the_action(live: RunningServer, tmp_path: Path) -> None:
    _, uses, run = load("deploy/github.yml")["jobs"]["test"]["steps"]
    assert uses["uses"].partition("@")[0].endswith("/moderation-emulator")
    assert uses["with"].keys() <= load("action.yml")["inputs"].keys()
    done = run_line(run["run"], tmp_path, EMULATOR_URL=live.url)
    assert done.returncode == 0, done.stderr


def test_the_hook_refuses_a_commit_with_a_bad_rule(tmp_path: Path) -> None:
    (hook,) = load(".pre-commit-hooks.yaml")
    (used,) = load("deploy/pre-commit.yaml")["repos"][0]["hooks"]
    assert used["id"] == hook["id"]
    assert {"id", "name", "entry", "language"} <= hook.keys()
    (tmp_path / "rules").mkdir()
    for text, code in (("- {match: {text: mine}, verdict: ad}\n", 0), ("- {match: {txt: mine}, verdict: ad}\n", 2)):
        (tmp_path / "rules" / "mine.yaml").write_text(text, encoding="utf-8")
        assert re.match(used["files"], "rules/mine.yaml")
        done = run_line(f"{hook['entry']} {shlex.quote('rules/mine.yaml')}", tmp_path)
        assert done.returncode == code, done.stderr
