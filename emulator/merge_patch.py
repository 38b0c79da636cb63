"""JSON merge patches (RFC 7386), which may also reach into a list."""

import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}").fullmatch


def apply_patch(target: Any, patch: Any) -> Any:
    """`target` with a JSON merge patch applied (RFC 7386): null removes a key, anything but an object replaces.

    Beyond the RFC, an object all of whose keys are numbers patches the entries of a list, counted from 0: null removes
    one, and a number behind the last adds one.
    """
    if not isinstance(patch, Mapping):
        return patch
    if isinstance(target, list) and patch and all(map(_NUMBER, patch)):
        entries = dict(enumerate(target))
        for key, value in patch.items():
            if value is None:
                entries.pop(int(key), None)
            else:
                entries[int(key)] = apply_patch(entries.get(int(key)), value)
        return [entries[number] for number in sorted(entries)]
    kept = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = apply_patch(kept.get(key), value)
    return kept
