"""Assets: the folders fixtures/ and schemas/, which lie inside the wheel or beside the sources."""

from pathlib import Path

_HERE = Path(__file__).parent
ROOT = _HERE / "_assets" if (_HERE / "_assets").is_dir() else _HERE.parent
FIXTURES = ROOT / "fixtures"
SCHEMAS = ROOT / "schemas"
