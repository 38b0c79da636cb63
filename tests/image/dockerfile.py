"""A Dockerfile, read as Docker reads it: as far as ours goes. An instruction that is not known here is an error."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_KNOWN = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "USER", "WORKDIR"}
_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|(\S*))')


class Instruction(NamedTuple):
    """One instruction: its name, its options without their dashes, and the rest of the line."""

    name: str
    options: dict[str, str]
    text: str


class Stage(NamedTuple):
    """One stage: the image that it starts from, its name (empty without one), and its instructions."""

    base: str
    name: str
    instructions: list[Instruction]


def read_stages(text: str) -> list[Stage]:
    stages: list[Stage] = []
    for instruction in _iterate_instructions(text):
        if instruction.name == "FROM":
            base, _, name = re.split(r"( AS )", f"{instruction.text} AS ")[:3]
            stages.append(Stage(base, name, []))
        else:
            stages[-1].instructions.append(instruction)
    return stages


def read_pairs(text: str) -> dict[str, str]:
    """Return the variables of ENV or ARG."""
    return {name: quoted or plain for name, quoted, plain in _PAIR.findall(text)}


def read_command(text: str) -> list[str]:
    """Return a command in its exec form, the only one that hands signals to the process. Raises ValueError."""
    command = json.loads(text.removeprefix("CMD "))
    if not isinstance(command, list):
        raise ValueError(f"a list, not {text}")
    return [str(part) for part in command]


def fill_in(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda match: variables.get(match[1], ""), text)


def _iterate_instructions(text: str) -> Iterator[Instruction]:
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if not line.strip():
            continue
        name, _, rest = line.partition(" ")
        if name not in _KNOWN:
            raise ValueError(f"what is {name}?")
        options: dict[str, str] = {}
        while match := re.match(r"--([\w-]+)=(\S+) +", rest):
            options[match[1]] = match[2]
            rest = rest[match.end() :]
        yield Instruction(name, options, rest.strip())
