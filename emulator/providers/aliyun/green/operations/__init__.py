"""What Green does: one file per operation."""

from collections.abc import Mapping

from emulator.plugins import load_plugins
from emulator.provider import Operation

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation for operation in load_plugins(__name__, "OPERATION") if isinstance(operation, Operation)
}
