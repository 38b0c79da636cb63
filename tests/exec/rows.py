"""The clients that are run by `exec`, unmodified, with the real hosts wired in: a row each.

Each prints a line of JSON with what the emulator alone would say: a magic word is in what they send.
"""

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib import metadata
from typing import Any, NamedTuple

from tests import alipay_clients
from tests.exec.led import CLIENTS
from tests.providers.alipay.gateway import builders

TEXT = {"expires_in": 7200, "errcode": 87014}
IMAGE = {"Label": "sexy", "Suggestion": "review", "Rate": 62.11}
GREEN = {"label": "ad", "suggestion": "block"}
ALIPAY = {"code": "10000", "action": "REJECTED"}

# What is in Go's own library is compiled without a look at the network.
GO = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GO111MODULE": "off"}


class Row(NamedTuple):
    """A client.

    name: What it is called in the table.
    version: Finds its version; None where it is not installed.
    script: The file of `clients/` that calls, and its arguments.
    expected: What it prints.
    runner: The command that runs such a file.
    build_variables: Makes variables that it needs beside those of `exec`.
    """

    name: str
    version: Callable[[], str | None]
    script: tuple[str, ...]
    expected: Any = TEXT
    runner: tuple[str, ...] = (sys.executable,)
    build_variables: Callable[[], Mapping[str, str]] = dict

    @property
    def command(self) -> list[str]:
        """Return the command that runs it."""
        file, *arguments = self.script
        return [*self.runner, str(CLIENTS / file), *arguments]


def find_package(name: str) -> str | None:
    """Return the version of a package of this Python, None where there is none."""
    return next((found.version for found in metadata.distributions(name=name)), None)


def ask_version(*command: str, pattern: str = r"(\S+)") -> str | None:
    """Return the version that a command prints, None where it is not installed or lacks what is asked for."""
    found = shutil.which(command[0])
    if found is None:
        return None
    done = subprocess.run([found, *command[1:]], capture_output=True, text=True, timeout=60, check=False)
    match = re.match(pattern, done.stdout) if done.returncode == 0 else None
    return match[1] if match else None


def find_python() -> str:
    """Return the version of this Python, as far as it has a library of its own."""
    return platform.python_version().rpartition(".")[0]


def find_php(extension: str) -> str | None:
    """Return the version of PHP, None where it lacks an extension."""
    return ask_version("php", "-r", f"extension_loaded('{extension}') or exit(1); echo PHP_VERSION;")


def build_alipay_variables(client: str) -> dict[str, str]:
    """Return the key of an application, and the folder of one of the two packages that are named alipay."""
    folder = alipay_clients.FOLDER / client
    return {"APP_PRIVATE_KEY": builders.make_key_pair().pkcs1, "PYTHONPATH": str(folder)}


def build_aliyun_row(name: str, script: tuple[str, ...], expected: Any) -> Row:
    version = partial(find_package, "aliyun-python-sdk-core")
    return Row(f"aliyun-python-sdk-core, {name}", version, script, expected)


def build_alipay_row(client: str, script: str) -> Row:
    version, variables = partial(alipay_clients.find_version, client), partial(build_alipay_variables, client)
    return Row(client, version, (script,), ALIPAY, build_variables=variables)


def build_tea_row(way: str) -> Row:
    client = "alibabacloud_imageaudit20191230"
    return Row(f"{client}, {way}", partial(find_package, client), ("by_tea.py", way), IMAGE)


ROWS = (
    Row("curl", partial(ask_version, "curl", "--version", pattern=r"curl (\S+)"), ("by_curl.sh",), runner=("sh",)),
    Row("Python: requests", partial(find_package, "requests"), ("by_requests.py",)),
    Row("Python: httpx", partial(find_package, "httpx"), ("by_httpx.py",)),
    Row("Python: urllib.request", find_python, ("by_urllib_request.py",)),
    Row("Python: http.client", find_python, ("by_http_client.py",)),
    Row("Python: urllib3", partial(find_package, "urllib3"), ("by_urllib3.py",)),
    Row("Python: aiohttp", partial(find_package, "aiohttp"), ("by_aiohttp.py", "asyncio")),
    Row("Python: aiohttp on uvloop", partial(find_package, "aiohttp"), ("by_aiohttp.py", "uvloop")),
    Row("wechatpy", partial(find_package, "wechatpy"), ("by_wechatpy.py",)),
    build_aliyun_row("http", ("by_aliyun_core.py",), IMAGE),
    build_aliyun_row("https", ("by_aliyun_core.py", "https"), IMAGE),
    build_aliyun_row("https, Green", ("by_aliyun_core_green.py",), GREEN),
    build_tea_row("sync"),
    build_tea_row("async"),
    build_alipay_row("alipay-sdk-python", "by_alipay_sdk_python.py"),
    build_alipay_row("python-alipay-sdk", "by_python_alipay_sdk.py"),
    Row(
        "Go: net/http",
        partial(ask_version, "go", "env", "GOVERSION", pattern=r"go(\S+)"),
        ("by_net_http.go",),
        runner=("go", "run"),
        build_variables=lambda: GO,
    ),
    Row("PHP: curl", partial(find_php, "curl"), ("by_php_curl.php",), runner=("php",)),
    Row(
        "PHP: file_get_contents without a context",
        partial(find_php, "openssl"),
        ("by_php_streams.php",),
        {"expires_in": 7200},
        runner=("php",),
    ),
    Row(
        "Ruby: net/http",
        partial(ask_version, "ruby", "-e", "print RUBY_VERSION"),
        ("by_net_http.rb",),
        runner=("ruby",),
    ),
)
