"""JSON merge patches (RFC 7386), which may also change single entries of a list."""

import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}").fullmatch


def apply_patch(target: Any, patch: Any) -> Any:
    """Return `target` with a JSON merge patch applied (RFC 7386).

    Null removes a key, and any value but an object replaces. Beyond the RFC, an object whose keys are all numbers
    patches the entries of a list, counted from 0. There, null removes an entry, and a number behind the last adds one.
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


def make_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON merge patch (RFC 7386) that makes `after` of `before`; it is empty where they are equal.

    Null stands for a missing key, as in the RFC. Lists are replaced as a whole.
    """
    patch: dict[str, Any] = dict.fromkeys(before.keys() - after.keys())
    for key, value in after.items():
        old = before.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            if inner := make_patch(old, value):
                patch[key] = inner
        elif key not in before or value != old:
            patch[key] = value
    return patch
