"""Collects the problems of all parts of a rule or a file, so that a reader is told everything at once."""

from dataclasses import replace

from emulator.types import Problem, Problems


class collecting:  # noqa: N801 - it is read as a verb; no generator, as it is entered a million times
    """Adds the problems of one part, found below `path`, to all others, so that the other parts are read as well."""

    __slots__ = ("_path", "_problems")

    def __init__(self, problems: list[Problem], path: str = "") -> None:
        self._problems = problems
        self._path = path

    def __enter__(self) -> None:
        """Do nothing: there is nothing to prepare."""

    def __exit__(self, kind: object, found: BaseException | None, trace: object) -> bool:
        if not isinstance(found, Problems):
            return False
        self._problems += [replace(wrong, path=self._path + wrong.path) for wrong in found.found]
        return True
