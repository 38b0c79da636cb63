"""What Acme does: one file per operation."""

from collections.abc import Mapping

from emulator.operation import Operation
from emulator.plugins import load_plugins

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation for operation in load_plugins(__name__, "OPERATION") if isinstance(operation, Operation)
}
