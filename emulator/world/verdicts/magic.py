"""Magic words: `emu-porn-sexy-62.11`, `emu-error-InvalidImage.NotFound`, `emu-delay-3s` decide with no rule at all.

The vocabulary is closed: after `emu-` the longest entry of the table wins, and no ASCII letter or digit may follow
it, so that an extension or Chinese text behind a word needs no care. Capitals do not matter. A rate has a decimal
point: any other number behind a word belongs to a name, as in `emu-porn-1.jpg`.
"""

import re
from collections.abc import Container, Iterable, Mapping
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice, pairwise
from typing import NamedTuple
from urllib.parse import unquote

import re2

from emulator.vocabulary import FaultCall
from emulator.world.borders import bordered
from emulator.world.verdicts.codes import Codes
from emulator.world.verdicts.labels import SCENE_LABEL, SCENES, SUGGESTIONS, TEXT_LABELS, rate_of, usual, worst
from emulator.world.verdicts.outcome import Error, Finding, Outcome, Verdict, suggested
from emulator.world.verdicts.rule import NEVER
from emulator.world.verdicts.spelling import END, FLAGS, Vocabulary
from emulator.world.verdicts.subject import Subject

_MOST = 50  # words read of one text: a hostile one is not to hold up the server
_NO_SUCH = "unknown magic word "
_NEAREST = 8  # known words that an unknown one is compared with letter by letter
CALLBACKS = ("never", "late", "duplicate", "corrupt")

_START = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=\\u[0-9a-f]{4}))emu-", FLAGS)  # or behind a character in escapes
_IN_BYTES = re2.compile(rb"(?i)emu-")  # three times as fast as looking in a copy of small letters
_RATE = re.compile(rf"-(\d{{1,3}}\.\d{{1,2}}){END}(?!\.\d+{END})", FLAGS)
_WHOLE = re.compile(rf"-(\d{{1,3}}){END}", FLAGS)
_DELAY = re.compile(rf"delay-(?:(\d{{1,6}}(?:\.\d{{1,3}})?)(ms|s)|(never)){END}", FLAGS)
_NUMBER = re.compile(rf"error-(-?\d{{1,10}}){END}", FLAGS)
_SHOWN = re.compile(r"[A-Za-z0-9_.\-]{1,60}")

_HEADS = Vocabulary([*SCENES, *SUGGESTIONS, *TEXT_LABELS])
_LABELS = {scene: Vocabulary(labels, "-") for scene, labels in SCENES.items()}
_SUGGESTIONS = Vocabulary(SUGGESTIONS, "-")
_CALLBACKS = Vocabulary(CALLBACKS, "callback-")


class Spell(NamedTuple):
    """All magic words of one subject together. Without outcome they only delay or disturb the callback."""

    words: tuple[str, ...]
    outcome: Outcome | None
    delay: float | None
    callback: str | None
    warnings: tuple[str, ...]


class Magic:
    """The magic words of all providers; `codes` are their error codes, `faults` the known disturbances, `thresholds`
    what a bare rate suggests, `heeded` the callback modes that each operation knows; without it, all.
    """

    def __init__(
        self,
        codes: Codes,
        faults: Iterable[str],
        thresholds: Mapping[str, float],
        heeded: Mapping[str, Container[str]] | None = None,
    ) -> None:
        self.thresholds = thresholds
        self._codes = codes
        self._heeded = heeded
        faults = list(faults)
        self._errors = {provider: Vocabulary(own, "error-") for provider, own in codes.listed.items()}
        self._faults = Vocabulary(faults, "fault-")
        known = [f"emu-{head}" for head in (*SCENES, *SUGGESTIONS, *TEXT_LABELS)]
        known += [f"emu-error-{code}" for own in codes.listed.values() for code in own]
        known += [f"emu-fault-{name}" for name in faults]
        known += [f"emu-callback-{mode}" for mode in CALLBACKS] + ["emu-delay-3s"]
        self._known = {word: _pairs(word) for word in known}

    def read(self, provider: str, subject: Subject, operation: str = "", via: str = "") -> Spell | None:
        """The words of a subject, or None when it holds none. An unknown word does nothing but warn, nor does a mode of
        callbacks that the operation does not know.
        """
        parts: dict[str, _Part] = {}
        for text in _texts(subject):
            for start in islice(_START.finditer(text), _MOST):
                part = self._word(provider, operation, via, text, start.end())
                parts.setdefault(part.word, part)
        return _spell(subject, [*parts.values()]) if parts else None

    def _word(self, provider: str, operation: str, via: str, text: str, at: int) -> "_Part":
        if found := self._errors[provider].at(text, at):
            return self._error(provider, via, text[at : found[1]], Error(found[0]))
        if found := self._faults.at(text, at):
            return _Part(text[at : found[1]], outcome=FaultCall(found[0], {}))
        if found := _CALLBACKS.at(text, at):
            return self._callback(operation, text[at : found[1]], found[0])
        if delay := _DELAY.match(text, at):
            number, unit, _never = delay.groups()
            seconds = float(number) / (1000 if unit.lower() == "ms" else 1) if number else NEVER
            return _Part(delay.group(), delay=seconds)
        if head := _HEADS.at(text, at):
            return _verdict(text, at, head, self.thresholds)
        return self._unknown(provider, via, text, at)

    def _error(self, provider: str, via: str, word: str, error: Error) -> "_Part":
        door = self._codes.via(provider, error.code, error.written)
        if door and via and via != door:
            return _Part(word, warning=f"magic word emu-{word}: {error.code} is met via {door} only")
        if error.written:
            told = f"magic word emu-{word}: {error.code} is in no table of {provider}, but answered all the same"
            return _Part(word, outcome=error, warning=told)
        return _Part(word, outcome=error)

    def _callback(self, operation: str, word: str, mode: str) -> "_Part":
        if self._heeded is not None and mode not in self._heeded.get(operation, ()):
            return _Part(word, warning=f"magic word emu-{word}: {operation} has no such callback")
        return _Part(word, callback=mode)

    def _unknown(self, provider: str, via: str, text: str, at: int) -> "_Part":
        shown = _SHOWN.match(text, at)
        word = f"emu-{shown.group() if shown else ''}"
        for other, codes in self._errors.items():
            if other != provider and codes.at(text, at):
                return _Part(word, warning=f"magic word {word}: {provider} has no such code, {other} has")
        number = _NUMBER.match(text, at)
        if number and (written := self._codes.of_number(provider, number[1])):
            return self._error(provider, via, number.group(), Error(number[1], written=written))
        return _Part(word, warning=f"{_NO_SUCH}{word}")

    def hinted(self, warning: str) -> str:
        """Tell, behind a warning of an unknown word, which one may have been meant."""
        word = warning.removeprefix(_NO_SUCH)
        near = self._nearest(word) if word != warning else None
        return f"{warning}; did you mean {near}?" if near else warning

    def _nearest(self, word: str) -> str | None:
        """The known word that is most like one, if any is. Only a few are compared letter by letter: that is slow."""
        pairs = _pairs(word)

        def alike(known: str) -> float:
            return len(pairs & self._known[known]) / (len(pairs) + len(self._known[known]))

        likely = nlargest(_NEAREST, self._known, key=alike)
        return next(iter(get_close_matches(word, likely, 1)), None)


def _pairs(word: str) -> set[str]:
    """The pairs of letters that stand next to each other."""
    return {a + b for a, b in pairwise(word)}


class _Part(NamedTuple):
    word: str
    outcome: Error | FaultCall | Finding | None = None
    delay: float | None = None
    callback: str | None = None
    warning: str | None = None


def _texts(subject: Subject) -> list[str]:
    """Where words are looked for: address (or file name), text, data id, and the bytes of a picture as ASCII."""
    facts = subject.facts
    found = []
    for key in ("url" if "url" in facts else "filename", "text", "data_id"):
        value = facts.get(key)
        if isinstance(value, str):
            text = unquote(value) if "%" in value else value
            if "emu-" in text.lower():
                found.append(text)
    data = facts.get("marker")
    if isinstance(data, bytes) and _IN_BYTES.search(data):
        found.append(bordered(data).decode("latin-1"))
    return found


def _verdict(text: str, at: int, head: tuple[str, int], thresholds: Mapping[str, float]) -> _Part:
    word, end = head
    scene = word if word in SCENES else None
    label: str | None = SCENE_LABEL[word] if scene else None
    suggestion: str | None = None
    if word in SUGGESTIONS:
        suggestion = word
    elif scene is None:
        label = word
    elif found := _LABELS[scene].at(text, end):
        label, end = found
    if suggestion is None and (found := _SUGGESTIONS.at(text, end)):
        suggestion, end = found
    rate, warning = None, None
    if match := _RATE.match(text, end):
        if float(match[1]) <= 100:
            rate, end = float(match[1]), match.end()
            suggestion = suggestion or suggested(scene, label, rate, thresholds)
    elif (match := _WHOLE.match(text, end)) and int(match[1]) <= 100:
        written = f"emu-{text[at:end]}"
        warning = f"magic word {written}: {match[1]} is no rate, for {written}-{match[1]}.0 would be one"
    suggestion = suggestion or usual(label)[0]
    finding = Finding(scene, label, suggestion, rate_of(label, suggestion) if rate is None else rate)
    return _Part(text[at:end], outcome=finding, warning=warning)


def _spell(subject: Subject, parts: list[_Part]) -> Spell:
    outcomes = [part.outcome for part in parts if part.outcome is not None]
    decisive = next((outcome for outcome in outcomes if not isinstance(outcome, Finding)), None)
    findings = tuple(
        part.outcome._replace(contexts=(f"emu-{part.word}",) if subject.kind == "text" else None)
        for part in parts
        if isinstance(part.outcome, Finding) and part.outcome.suggestion != "pass"
    )
    outcome: Outcome | None = None
    if isinstance(decisive, Error):
        outcome = decisive._replace(n=subject.number)
    elif decisive is not None:
        outcome = decisive
    elif outcomes:
        outcome = Verdict(findings, worst([finding.suggestion for finding in findings]))
    delays = [part.delay for part in parts if part.delay is not None]
    return Spell(
        words=tuple(f"emu-{part.word}" for part in parts if part.warning is None or part.outcome is not None),
        outcome=outcome,
        delay=sum(delays) if delays else None,
        callback=next((part.callback for part in parts if part.callback), None),
        warnings=tuple(part.warning for part in parts if part.warning),
    )
