"""The variables that lead the calls of a command to the emulator, whatever it is written in."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from emulator.clients import load_clients
from emulator.preload import NODE_FILE, PYTHON_FOLDER

_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_NODE_BUNDLES = ("NODE_EXTRA_CA_CERTS",)  # trusted beside those that Node has
_PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")
_ALL_PROXIES, _NO_PROXIES = ("ALL_PROXY", "all_proxy"), ("NO_PROXY", "no_proxy")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_JOINED, _JOINED_FOR_NODE = "joined.pem", "joined-for-node.pem"
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

# Runs before each PHP script: functions for files, which heed no variable, use the proxy as well.
_PHP = """<?php
stream_context_set_default(['http' => ['proxy' => '{proxy}', 'request_fulluri' => true]]);
"""


class Reroute(NamedTuple):
    """Where calls to real hosts shall lead.

    url: The address of the emulator, for clients that are told.
    proxy_port: Where its forward proxy listens on this machine; None without one.
    tls_port: Where it takes calls with TLS.
    plain_port: Where it takes calls without.
    hosts: The names that lead to it; a label `*` stands for any one label.
    refused: The names that nobody may call, where they do not lead to it; `*` stands for anything.
    allowed: The names that are let through though they are refused; a label `*` stands for any one label.
    trust: The folder with `ca.pem`, `bundle.pem` and `trust.p12`, for more files of this command alone.
    preload: Whether the command's Python, Node and PHP run code of ours before their own.
    """

    url: str
    proxy_port: int | None
    tls_port: int
    plain_port: int
    hosts: tuple[str, ...]
    refused: tuple[str, ...]
    allowed: tuple[str, ...]
    trust: Path
    preload: bool = True

    @property
    def stopped(self) -> Path:
        """Return the file where the preloads note the refused names that were called, one in a line."""
        return self.trust / "stopped"

    @property
    def proxy(self) -> str:
        """Return the address of the forward proxy; empty without one."""
        return f"http://127.0.0.1:{self.proxy_port}" if self.proxy_port else ""


def build_variables(given: Mapping[str, str], reroute: Reroute) -> dict[str, str]:
    """Return the environment for a command: what is given, and what leads its calls to the emulator.

    It names files that `write_files` writes. What an emulator around this one has added is replaced.
    """
    dropped = {"EMULATOR_PROXY", *(_ALL_PROXIES if reroute.proxy else ())}
    return {
        **{name: value for name, value in given.items() if name not in dropped},
        "EMULATOR_URL": reroute.url,
        "EMULATOR_CA": str(reroute.trust / "ca.pem"),
        "EMULATOR_REROUTE": _format_names(reroute),
        "EMULATOR_STOPPED": str(reroute.stopped),
        **_build_trust(given, reroute.trust),
        **_build_proxies(given, reroute),
        "JAVA_TOOL_OPTIONS": _build_java_options(given, reroute),
        "PHP_INI_SCAN_DIR": os.pathsep.join([*_list_php_folders(given), str(reroute.trust)]),
        **(_build_preloads(given) if reroute.preload else {}),
    }


def write_files(given: Mapping[str, str], reroute: Reroute) -> None:
    """Write what the variables name beside the trust files. Raises OSError.

    Certificates that the given variables name are trusted as before; a file that is not there adds none.
    """
    folder = reroute.trust
    if own := _list_own(given, _list_bundle_names(), folder):
        _join_certificates([*own, folder / "bundle.pem"], folder / _JOINED)
    if own_for_node := _list_own(given, _NODE_BUNDLES, folder):
        _join_certificates([*own_for_node, folder / "ca.pem"], folder / _JOINED_FOR_NODE)
    settings = dict.fromkeys(("curl.cainfo", "openssl.cafile"), _build_trust(given, folder)["SSL_CERT_FILE"])
    if reroute.preload and reroute.proxy:
        script = folder / "emulator.php"
        script.write_text(_PHP.format(proxy=reroute.proxy.replace("http:", "tcp:")), encoding="utf-8")
        settings["auto_prepend_file"] = str(script)
    lines = [f'{name} = "{value}"\n' for name, value in settings.items()]
    (folder / "emulator.ini").write_text("".join(lines), encoding="utf-8")


def _format_names(reroute: Reroute) -> str:
    """Return the ports and names as the preloads read them."""
    refused, allowed = (f"!{name}" for name in reroute.refused), (f"+{name}" for name in reroute.allowed)
    return " ".join([f"{reroute.tls_port},{reroute.plain_port}", *reroute.hosts, *refused, *allowed])


def _list_bundle_names() -> list[str]:
    return [*_BUNDLES, *(name for clients in load_clients() for name in clients.bundles)]


def _list_own(given: Mapping[str, str], names: Iterable[str], folder: Path) -> list[Path]:
    """Return the files of certificates that variables name, each once, but those of the folder as they always are."""
    ours = ("", *(str(folder / name) for name in ("ca.pem", "bundle.pem")))
    return [Path(path) for path in dict.fromkeys(given.get(name, "") for name in names) if path not in ours]


def _build_trust(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the variables that name certificates."""
    bundle = folder / (_JOINED if _list_own(given, _list_bundle_names(), folder) else "bundle.pem")
    for_node = folder / (_JOINED_FOR_NODE if _list_own(given, _NODE_BUNDLES, folder) else "ca.pem")
    return {**dict.fromkeys(_list_bundle_names(), str(bundle)), **dict.fromkeys(_NODE_BUNDLES, str(for_node))}


def _join_certificates(sources: Iterable[Path], target: Path) -> None:
    """Write the certificates of files, and of the files in folders, each once."""
    found: dict[bytes, None] = {}
    for source in sources:
        for file in sorted(source.iterdir()) if source.is_dir() else [source]:
            if file.is_file():  # neither absent nor a pipe, which might never end
                found |= dict.fromkeys(_CERTIFICATE.findall(file.read_bytes()))
    target.write_bytes(b"".join(certificate + b"\n" for certificate in found))


def _build_proxies(given: Mapping[str, str], reroute: Reroute) -> dict[str, str]:
    """Return the variables of proxies. What must lead to the emulator is left to no other proxy, nor out of ours.

    Without a proxy of ours, one that is given goes on, but not for the names that the preloads redirect.
    """
    listed = ",".join(given.get(name, "") for name in _NO_PROXIES).split(",")
    own = [name for each in listed if (name := each.strip())]
    if not reroute.proxy:
        names = (host.rpartition("*")[2] for host in reroute.hosts)
        return dict.fromkeys(_NO_PROXIES, ",".join(dict.fromkeys([*own, *_LOOPBACK, *names])))
    kept = [name for name in own if not any(_covers(name, host) for host in reroute.hosts)]
    return {
        "EMULATOR_PROXY": reroute.proxy,
        **dict.fromkeys(_PROXIES, reroute.proxy),
        **dict.fromkeys(_NO_PROXIES, ",".join(dict.fromkeys([*kept, *_LOOPBACK]))),
        "NODE_USE_ENV_PROXY": "1",
    }


def _covers(name: str, host: str) -> bool:
    """Return whether an entry of NO_PROXY is for a host: `*` for all, other names for what ends with them, too."""
    suffix = name.lstrip("*.").lower()
    return not suffix or f".{host}".endswith(f".{suffix}")


def _find_outer_folder(given: Mapping[str, str]) -> Path | None:
    """Return the folder of trust files of an emulator around this one; None without one."""
    return Path(given["EMULATOR_CA"]).parent if given.get("EMULATOR_CA") else None


def _build_java_options(given: Mapping[str, str], reroute: Reroute) -> str:
    own = given.get("JAVA_TOOL_OPTIONS", "")
    if outer := _find_outer_folder(given):
        own = own.replace(_format_java_options(outer, given.get("EMULATOR_PROXY", "")), "")
    return f"{own.strip()} {_format_java_options(reroute.trust, reroute.proxy)}".strip()


def _format_java_options(trust: Path, proxy: str) -> str:
    """Return the options of a JVM. It trusts what trust.p12 holds, and nothing else."""
    options = [
        f'-Djavax.net.ssl.trustStore="{trust / "trust.p12"}"',
        "-Djavax.net.ssl.trustStorePassword=changeit",
        "-Djavax.net.ssl.trustStoreType=PKCS12",
    ]
    if proxy:
        port = proxy.rpartition(":")[2]
        for scheme in ("http", "https"):
            options += [f"-D{scheme}.proxyHost=127.0.0.1", f"-D{scheme}.proxyPort={port}"]
        options.append("-Dhttp.nonProxyHosts=localhost|127.*|[::1]")
    return " ".join(options)


def _list_php_folders(given: Mapping[str, str]) -> list[str]:
    """Return the folders where PHP looks for settings; an empty name is the folder that it was built with."""
    outer = _find_outer_folder(given)
    return [folder for folder in given.get("PHP_INI_SCAN_DIR", "").split(os.pathsep) if folder != str(outer)]


def _build_preloads(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make Python and Node run our code before the application's."""
    path, options = given.get("PYTHONPATH", ""), given.get("NODE_OPTIONS", "")
    folders = [folder for folder in path.split(os.pathsep) if folder != str(PYTHON_FOLDER)] if path else []
    escaped = str(NODE_FILE).replace("\\", "\\\\").replace('"', '\\"')
    require = f'--require="{escaped}"'
    return {
        "PYTHONPATH": os.pathsep.join([str(PYTHON_FOLDER), *folders]),
        "NODE_OPTIONS": options if require in options else f"{options} {require}".strip(),
    }
