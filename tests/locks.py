"""Whether the locks fit what they were written from: `python -m tests.locks`, or what is wrong in one sentence.

Each lock in locks/ begins with a digest of all that pyproject.toml and tests/node/package.json say about dependencies;
the lock of npm has no place for one, but repeats most of what package.json says. `--sign` writes the digests, which
`make lock` does once it has written the locks.
"""

import hashlib
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SIGNED = "# Written by `make lock` for dependencies with the digest "


def compute_digest(root: Path) -> str:
    """Return the SHA-256 of all tables that decide what is in a lock, however they are written."""
    project: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    npm: dict[str, Any] = json.loads((root / "tests" / "node" / "package.json").read_text(encoding="utf-8"))
    tables = [
        project["build-system"]["requires"],
        project["project"]["requires-python"],
        project["project"]["dependencies"],
        project["dependency-groups"],
        npm["dependencies"],
        npm["overrides"],
    ]
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def list_locks(root: Path) -> list[Path]:
    return sorted((root / "locks").glob("*.txt"))


def fits(lock: Path, digest: str) -> bool:
    return lock.read_text(encoding="utf-8").startswith(f"{SIGNED}{digest}\n")


def fits_npm(folder: Path) -> bool:
    """Return whether the lock of npm in `folder` repeats the dependencies of its package.json."""
    asked, locked = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("package.json", "package-lock.json")
    )
    return bool(asked["dependencies"] == locked["packages"][""]["dependencies"])


def find_problem(root: Path) -> str | None:
    """Return in one sentence which locks do not fit, None when all do."""
    digest = compute_digest(root)
    misfits = [f"locks/{lock.name}" for lock in list_locks(root) if not fits(lock, digest)]
    if not fits_npm(root / "tests" / "node"):
        misfits.append("tests/node/package-lock.json")
    if not misfits:
        return None
    return (
        f"Not written from what pyproject.toml and tests/node/package.json say now: {', '.join(misfits)}; "
        "run `make lock` and commit what it writes."
    )


def sign(root: Path) -> None:
    """Write into each lock the digest of what it was written from just now."""
    first = f"{SIGNED}{compute_digest(root)}\n"
    for lock in list_locks(root):
        text = lock.read_text(encoding="utf-8")
        lock.write_text(first + text.partition("\n")[2] if text.startswith(SIGNED) else first + text, encoding="utf-8")


if __name__ == "__main__":
    if "--sign" in sys.argv:
        sign(ROOT)
    else:
        sys.exit(find_problem(ROOT))
