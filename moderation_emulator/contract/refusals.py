"""The refusals that code makes, found by reading it."""

import ast
from collections.abc import Iterator
from pathlib import Path


def iterate_refusals(folder: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield every refusal that the code in a folder makes, with where it stands."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                yield f"{path.relative_to(folder.parent)}:{node.lineno}", node
