"""The preload of Node, in processes of their own with the clients that applications use."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stand_in import StandIn

Run = Callable[..., subprocess.CompletedProcess[str]]

MODULES = Path(__file__).parents[1] / "node" / "node_modules"
NODE = os.environ.get("NODE", "node")

pytestmark = pytest.mark.skipif(not shutil.which(NODE), reason="node is not installed")

CLIENTS = {
    "http": "require(ADDRESS.split(':')[0]).get(ADDRESS, take);",
    "own agent": """
const agent = new (require(ADDRESS.split(':')[0]).Agent)({ keepAlive: true, maxSockets: 1 });
require(ADDRESS.split(':')[0]).get(ADDRESS, { agent }, (first) => {
  first.resume().on("end", () => require(ADDRESS.split(':')[0]).get(ADDRESS, { agent }, (answer) => {
    take(answer);
    answer.on("end", () => agent.destroy());
  }));
});""",
    "fetch": "fetch(ADDRESS).then((answer) => answer.text()).then(console.log);",
    "undici": "require('undici').request(ADDRESS).then((answer) => answer.body.text()).then(console.log);",
    "axios": "require('axios').get(ADDRESS).then((answer) => console.log(JSON.stringify(answer.data)));",
    "request": "require('request').get(ADDRESS, (_error, _answer, body) => console.log(body));",
    "urllib": "require('urllib').request(ADDRESS).then((answer) => console.log(String(answer.data)));",
    "port and host": """
const { hostname, pathname, protocol } = new URL(ADDRESS);
const socket = new (require("net").Socket)();
const open = () => {
  const stream = protocol === "https:" ? require("tls").connect({ socket, servername: hostname }) : socket;
  stream.write(`GET ${pathname} HTTP/1.1\\r\\nHost: ${hostname}\\r\\nConnection: close\\r\\n\\r\\n`);
  let text = "";
  stream.on("data", (data) => (text += data)).on("end", () => console.log(text.split("\\r\\n\\r\\n")[1]));
};
socket.connect(protocol === "https:" ? 443 : 80, hostname, open);""",
}
TAKE = """
const take = (answer) => {
  let text = "";
  answer.on("data", (data) => (text += data)).on("end", () => console.log(text));
};
"""


def require(library: str) -> None:
    if library in ("undici", "axios", "request", "urllib") and not (MODULES / library).is_dir():
        pytest.skip(f"{library} is not installed in tests/node")


@pytest.mark.parametrize(
    "url", ["https://api.example.test/a", "https://x.wild.example.test/a", "http://api.example.test/a"]
)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_was_told_nothing_reaches_the_emulator(client: str, url: str, run: Run) -> None:
    require(client)
    code = f"const ADDRESS = {json.dumps(url)};{TAKE}{CLIENTS[client]}"
    done = run(NODE, "-e", code, NODE_PATH=str(MODULES), NODE_NO_WARNINGS="1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"host": url.split("/")[2], "path": "/a", "tls": url.startswith("https")}


def test_an_entry_point_of_modules_is_led(run: Run, tmp_path: Path) -> None:
    entry = tmp_path / "main.mjs"
    entry.write_text(
        "import { get } from 'node:https';\n"
        "get('https://API.example.test./a', (answer) => answer.on('data', (data) => console.log(String(data))));\n",
        encoding="utf-8",
    )
    done = run(NODE, entry)
    assert json.loads(done.stdout or "{}").get("tls"), done.stderr


@pytest.mark.parametrize(
    "call",
    [
        'require("https").get("https://real.example.test/").on("error", tell)',
        'require("http").get("http://real.example.test:8080/").on("error", tell)',
        'require("net").connect(443, "Real.example.test.").on("error", tell)',
        'new (require("net").Socket)().connect({ host: "real.example.test", port: 1 }).on("error", tell)',
        'new (require("net").Socket)().connect(443, "real.example.test").on("error", tell)',
        'require("tls").connect(443, "real.example.test").on("error", tell)',
        'fetch("https://real.example.test/").catch((error) => tell(error.cause))',
    ],
)
def test_a_refused_name_is_called_by_nobody_and_noted(call: str, run: Run, stopped: Path) -> None:
    done = run(NODE, "-e", f"const tell = (error) => console.log(error.message, error.code);\n{call}")
    assert done.stdout == "the emulator stopped a call to the real real.example.test ENOTFOUND\n", done.stderr
    assert stopped.read_text(encoding="utf-8") == "real.example.test\n"


def test_one_label_is_allowed_and_no_more(run: Run, stopped: Path) -> None:
    code = 'require("net").connect(443, "a.b.open.example.test").on("error", (error) => console.log(error.code))'
    assert run(NODE, "-e", code).stdout == "ENOTFOUND\n"
    assert stopped.read_text(encoding="utf-8") == "a.b.open.example.test\n"


def test_a_call_is_stopped_even_where_it_cannot_be_noted(run: Run, tmp_path: Path) -> None:
    code = 'require("https").get("https://real.example.test/").on("error", (error) => console.log(error.message))'
    done = run(NODE, "-e", code, EMULATOR_STOPPED=str(tmp_path))
    assert "stopped a call to the real real.example.test" in done.stdout
    assert "moderation-emulator: cannot note a stopped call: EISDIR" in done.stderr


def test_what_is_not_listed_goes_its_own_way(run: Run, stand_in: StandIn, stopped: Path) -> None:
    """Other names, other ports of a name that is listed, and sockets of this machine; options stay what they were."""
    code = f"""
const net = require("net");
const seen = [];
const lookup = (name, _options, done) => {{ seen.push(name); done(new Error("no")); }};
const options = {{ host: "api.example.test", port: 443, lookup }};
const ways = [
  {{ host: "api.example.test.evil.test", port: 443, lookup }},
  {{ host: "free.example.test", port: 443, lookup }},
  {{ host: "any.open.example.test", port: 443, lookup }},
  {{ host: "a.b.wild.example", port: 443, lookup }},
];
(async () => {{
  for (const way of ways) await new Promise((resolve) => net.connect(way).on("error", resolve));
  await new Promise((resolve) => net.connect(options, resolve).unref());
  await new Promise((resolve) => net.connect({{ path: "/absent" }}).on("error", resolve));
  await new Promise((resolve) => net.connect({stand_in.plain_port}, resolve).unref());
  let refused = "";
  try {{ net.connect({{ host: "x", port: 70000 }}); }} catch (error) {{ refused = error.code; }}
  console.log(seen.join(), options.host, options.port, refused);
}})();
"""
    done = run(NODE, "-e", code)
    assert done.stdout == (
        "api.example.test.evil.test,free.example.test,any.open.example.test,a.b.wild.example "
        "api.example.test 443 ERR_SOCKET_BAD_PORT\n"
    ), done.stderr
    assert not stopped.exists()


@pytest.mark.parametrize(
    "text", ["", ",", "1", "a,b api.example.test", "0,1 a", "1,65536 a", "1,2 ! + *", "1,2 [ (", "9,9 \\"]
)
def test_variables_of_any_kind_are_survived(text: str, run: Run, stand_in: StandIn) -> None:
    code = (
        f'require("net").connect({stand_in.plain_port}, "127.0.0.1", function () {{ console.log("ok"); this.end(); }})'
    )
    done = run(NODE, "-e", code, EMULATOR_REROUTE=text, EMULATOR_STOPPED="/")
    assert (done.stdout, done.stderr) == ("ok\n", "")
