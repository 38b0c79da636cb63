"""The values of all settings that are not set: those of both profiles, and those of each."""

from collections.abc import Mapping
from typing import Any

from emulator.config.provided import ProvidedSettings
from emulator.merge_patch import apply_patch

COMMON: dict[str, Any] = {
    "server": {
        "host": "127.0.0.1",
        "port": 8080,
        "loop": "auto",
        "reload": True,
        "log": "auto",
        "tls_port": None,
        "tls_out": None,
        "tls_hosts": [],
        "tls_days": 90,
        "tls_cert": None,
        "tls_key": None,
    },
    "fixtures": [],
    "accounts": [],
    "magic_words": True,
    "images": {"fetch": False, "allow": [], "private": False},
    "callbacks": {"pushes": 16, "allow": []},
    "thresholds": {"block": 80, "review": 50},
    "journal": {"size": 10_000},
    "control": {"hosts": [], "token": None},
    "biz_types": {},
    "seed": None,
    "state": "memory",
    "state_sync": "normal",
    "quirks": {},
}
# The age a request may have, and minimums that a document states, are the same in both profiles. Only quotas, latency
# and the pace of callbacks differ. The pace is our own choice: Green documents 16 pushes, but neither the gaps between
# them nor how long each waits. The gaps of the fast profile end with long ones, for a receiver that starts some seconds
# late. A provider whose documents name a pace has its own (Provider.paces).
PROFILES: Mapping[str, dict[str, Any]] = {
    "fast": {
        "profile": "fast",
        "latency": {"min": 0, "max": 0},
        "callbacks": {"timeout": 2, "gaps": [*[0.01] * 8, 0.5, 1, 2, 2, 2, 2, 2]},
    },
    "documented": {
        "profile": "documented",
        "latency": {"min": 0.05, "max": 0.3},
        "callbacks": {"timeout": 10, "gaps": [5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600]},
    },
}


def build_profile(name: str, provided: ProvidedSettings) -> dict[str, Any]:
    """Return the value of every setting that is not set, in the written form. Only one profile has quotas."""
    limits = {
        provider: {limit: most if name == "documented" else False for limit, most in own.items()}
        for provider, own in provided.limits.items()
    }
    waits = {wait: each.seconds for wait, each in provided.waits.items()}
    sections = {provider: dict(own.defaults) for provider, own in provided.sections.items()}
    return {**apply_patch(COMMON, PROFILES[name]), **sections, "limits": limits, "waits": waits}
