"""Unpacks the two Python clients of the OpenAPI gateway from their wheels: `python -m tests.alipay_clients WHEEL...`.

Both bring a package named alipay, so each gets a folder of its own. alipay-sdk-python has 36,000 files, a class for
each operation of Alipay; what no test imports stays in the wheel. What is unpacked is unmodified.
"""

import re
import sys
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

FOLDER = Path(__file__).parents[1] / ".venv" / "clients"

CLASSES = re.compile(r"alipay/aop/api/(domain|request|response)/(?P<name>\w+)\.py")
USED = re.compile(
    r"__init__|AlipayResponse|AlipaySecurityRiskContent\w+|DetectCheckLabel|SubCheckLabel|InfoSecHitDetectItem"
)


def is_used(file: str) -> bool:
    """Return whether to unpack a file; RECORD, which lists what pip should remove, is of no use for a part."""
    found = CLASSES.fullmatch(file)
    return bool(USED.fullmatch(found["name"])) if found else not file.endswith(".dist-info/RECORD")


def unpack(wheel: Path) -> None:
    client = wheel.name.partition("-")[0].replace("_", "-")
    with ZipFile(wheel) as archive:
        archive.extractall(FOLDER / client, [name for name in archive.namelist() if is_used(name)])


def find_version(client: str) -> str | None:
    """Return the version of a client that was unpacked, None where there is none."""
    return next((found.version for found in metadata.distributions(name=client, path=[str(FOLDER / client)])), None)


if __name__ == "__main__":
    for wheel in sys.argv[1:]:
        unpack(Path(wheel))
