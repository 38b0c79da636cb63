"""Whether the pages say what the source says: `python -m tests.evidence`, or what is wrong in one sentence; `--write`
writes them, which `make evidence` does.

Between the marks of docs/evidence.md and docs/architecture.md all is written; in docs/settings.md the choices and the
source of each quirk are.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.evidence import architecture
from tests.evidence.architecture import fill_architecture
from tests.evidence.page import fill_quirk_sources, render_evidence
from tests.evidence.words import CHINESE, ENGLISH, Words

DOCS = Path(__file__).parents[2] / "docs"
LANGUAGES = {DOCS: ENGLISH, DOCS / "zh-CN": CHINESE}
ARCHITECTURE = {DOCS: architecture.ENGLISH, DOCS / "zh-CN": architecture.CHINESE}
MARKED = re.compile(r"(<!-- evidence -->\n)(.*?)(<!-- /evidence -->)", re.DOTALL)


def iterate_pages() -> Iterator[tuple[Path, str]]:
    """Yield each page with the text that it should have."""
    for folder, words in LANGUAGES.items():
        yield folder / "evidence.md", fill_evidence(_read_text(folder / "evidence.md"), words)
        yield folder / "settings.md", fill_quirk_sources(_read_text(folder / "settings.md"), words)
        page, language = folder / "architecture.md", ARCHITECTURE[folder]
        yield page, fill_architecture(_read_text(page), language)


def fill_evidence(text: str, words: Words) -> str:
    """Return a page of evidence with what the tables say now."""
    return MARKED.sub(lambda found: f"{found[1]}{render_evidence(words)}{found[3]}", text)


def _read_text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def find_problem() -> str | None:
    stale = [page.relative_to(DOCS.parent).as_posix() for page, text in iterate_pages() if _read_text(page) != text]
    return f"Not what the tables say now: {', '.join(stale)}; run `make evidence`." if stale else None


def write() -> None:
    for page, text in iterate_pages():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--write" in sys.argv:
        write()
    sys.exit(find_problem())
