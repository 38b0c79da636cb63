"""The pages for readers, found by looking: each is there in English and in Chinese."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"  # in English alone
# Of one language of programming each: what runs their blocks is in test_languages.py.
LANGUAGES = [DOCS / f"{name}.md" for name in ("go", "node", "python")]
ENGLISH = [README, ROOT / "SECURITY.md", *sorted(DOCS.glob("*.md"))]


class Block(NamedTuple):
    """What stands between three backticks.

    page: The page it is on.
    line: Its line there.
    kind: The language that it says.
    text: The text.
    """

    page: Path
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.stem}-{self.line}"


def find_chinese_page(page: Path) -> Path:
    """Return where the same page is in Chinese."""
    return DOCS / "zh-CN" / page.name if page.parent == DOCS else page.with_suffix(".zh-CN.md")


def list_blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2]) for match in found]


def list_examples(kind: str) -> list[Block]:
    """Return all blocks of a language, of all pages but those of one language."""
    return [block for page in ENGLISH if page not in LANGUAGES for block in list_blocks(page) if block.kind == kind]


def read_prose(page: Path) -> str:
    """Return the page without its blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def list_names(page: Path) -> list[str]:
    """Return what stands between single backticks in the prose, a line break as a blank."""
    return [" ".join(name.split()) for name in re.findall(r"`([^`]+)`", read_prose(page))]


def list_expected_output(example: str) -> list[str]:
    """Return what an example says that it prints, at the end of its lines."""
    return re.findall(r"^.*(?:print|println|console\.log)\(.* (?:#|//) (.*)$", example, re.MULTILINE)


def strip_remarks(block: Block) -> str:
    """Return the code without remarks, which are in the reader's language."""
    if block.kind == "python":
        tree = ast.parse(block.text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node):
                node.body = node.body[1:]
        return ast.unparse(tree)
    mark = "//" if block.kind in ("js", "java", "go") else "#"
    return re.sub(rf"(^|\s+){mark} .*$", "", block.text, flags=re.MULTILINE)
