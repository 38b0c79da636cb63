"""Magic words: `emu-porn-sexy-62.11`, `emu-error-InvalidImage.NotFound`, `emu-delay-3s` decide without any rule.

The list of words is closed. The longest word of the list that stands after `emu-` wins, and no ASCII letter or digit
may follow it: so a file extension or Chinese text may stand behind a word. Capitals do not matter. A rate has a decimal
point: any other number behind a word belongs to a name, as in `emu-porn-1.jpg`.
"""

import re
from collections.abc import Container, Iterable, Mapping
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote

import re2

from emulator.media.borders import separate_texts
from emulator.rules.codes import Codes
from emulator.rules.decision import Item, MagicWords
from emulator.rules.labels import SCENE_LABEL, SCENES, SUGGESTIONS, TEXT_LABELS, choose_rate, find_usual, find_worst
from emulator.rules.outcome import Error, Finding, Outcome, Verdict, suggest
from emulator.rules.rule import NEVER
from emulator.rules.spelling import END, FLAGS, SimilarWords, WordList
from emulator.types import FaultRequest

_MOST = 50  # words read from one text: a hostile text must not hold up the server
_NO_SUCH = "unknown magic word "
CALLBACKS = ("never", "late", "duplicate", "corrupt")

_START = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=\\u[0-9a-f]{4}))emu-", FLAGS)  # or after an escaped character
_IN_BYTES = re2.compile(rb"(?i)emu-")  # three times as fast as searching a lower-case copy
_RATE = re.compile(rf"-(\d{{1,3}}\.\d{{1,2}}){END}(?!\.\d+{END})", FLAGS)
_WHOLE = re.compile(rf"-(\d{{1,3}}){END}", FLAGS)
_DELAY = re.compile(rf"delay-(?:(\d{{1,6}}(?:\.\d{{1,3}})?)(ms|s)|(never)){END}", FLAGS)
_NUMBER = re.compile(rf"error-(-?\d{{1,10}}){END}", FLAGS)
_SHOWN = re.compile(r"[A-Za-z0-9_.\-]{1,60}")

_HEADS = WordList([*SCENES, *SUGGESTIONS, *TEXT_LABELS])
_LABELS = {scene: WordList(labels, "-") for scene, labels in SCENES.items()}
_SUGGESTIONS = WordList(SUGGESTIONS, "-")
_CALLBACKS = WordList(CALLBACKS, "callback-")


class MagicWordReader:
    """Reads the magic words of all providers.

    `codes` are the error codes of the providers, and `faults` the names of the faults. `thresholds` are the rates from
    which a bare rate suggests `block` and `review`. `callback_modes` are those of each operation, by provider.
    """

    def __init__(
        self,
        codes: Codes,
        faults: Iterable[str],
        thresholds: Mapping[str, float],
        callback_modes: Mapping[str, Mapping[str, Container[str]]] | None = None,
    ) -> None:
        self.thresholds = thresholds
        self._codes = codes
        self._callback_modes = callback_modes
        faults = list(faults)
        self._errors = {provider: WordList(own, "error-") for provider, own in codes.listed.items()}
        self._faults = WordList(faults, "fault-")
        known = [f"emu-{head}" for head in (*SCENES, *SUGGESTIONS, *TEXT_LABELS)]
        known += [f"emu-error-{code}" for own in codes.listed.values() for code in own]
        known += [f"emu-fault-{name}" for name in faults]
        known += [f"emu-callback-{mode}" for mode in CALLBACKS] + ["emu-delay-3s"]
        self._similar = SimilarWords(known)

    def read(self, provider: str, item: Item, operation: str = "", via: str = "") -> MagicWords | None:
        """Return the magic words of an item; None when it has none.

        An unknown word only warns, and so does a callback mode that the operation does not know.
        """
        parts: dict[str, MagicWord] = {}
        for text in _list_texts(item):
            for start in islice(_START.finditer(text), _MOST):
                part = self._read_word(provider, operation, via, text, start.end())
                parts.setdefault(part.word, part)
        return _combine(item, [*parts.values()]) if parts else None

    def _read_word(self, provider: str, operation: str, via: str, text: str, at: int) -> "MagicWord":
        if found := self._errors[provider].match_at(text, at):
            return self._make_error(provider, via, text[at : found[1]], Error(found[0]))
        if found := self._faults.match_at(text, at):
            return MagicWord(text[at : found[1]], outcome=FaultRequest(found[0], {}))
        if found := _CALLBACKS.match_at(text, at):
            return self._make_callback(provider, operation, text[at : found[1]], found[0])
        if delay := _DELAY.match(text, at):
            number, unit, _never = delay.groups()
            seconds = float(number) / (1000 if unit.lower() == "ms" else 1) if number else NEVER
            return MagicWord(delay.group(), delay=seconds)
        if head := _HEADS.match_at(text, at):
            return _read_verdict(text, at, head, self.thresholds)
        return self._warn_of_unknown(provider, via, text, at)

    def _make_error(self, provider: str, via: str, word: str, error: Error) -> "MagicWord":
        door = self._codes.find_via(provider, error.code, error.written)
        if door and via and via != door:
            return MagicWord(word, warning=f"magic word emu-{word}: {error.code} is met via {door} only")
        if error.written:
            warning = f"magic word emu-{word}: {error.code} is in no table of {provider}, but answered all the same"
            return MagicWord(word, outcome=error, warning=warning)
        return MagicWord(word, outcome=error)

    def _make_callback(self, provider: str, operation: str, word: str, mode: str) -> "MagicWord":
        if self._callback_modes is not None and mode not in self._callback_modes[provider].get(operation, ()):
            return MagicWord(word, warning=f"magic word emu-{word}: {operation} has no such callback")
        return MagicWord(word, callback=mode)

    def _warn_of_unknown(self, provider: str, via: str, text: str, at: int) -> "MagicWord":
        shown = _SHOWN.match(text, at)
        word = f"emu-{shown.group() if shown else ''}"
        for other, codes in self._errors.items():
            if other != provider and codes.match_at(text, at):
                return MagicWord(word, warning=f"magic word {word}: {provider} has no such code, {other} has")
        number = _NUMBER.match(text, at)
        if number and (written := self._codes.make_numeric_row(provider, number[1])):
            return self._make_error(provider, via, number.group(), Error(number[1], written=written))
        return MagicWord(word, warning=f"{_NO_SUCH}{word}")

    def add_hint(self, warning: str) -> str:
        """Return the warning, with the word that may have been meant if it is about an unknown word."""
        word = warning.removeprefix(_NO_SUCH)
        near = self._similar.find_nearest(word) if word != warning else None
        return f"{warning}; did you mean {near}?" if near else warning


class MagicWord(NamedTuple):
    """One magic word.

    word: The word as it was written, without `emu-`.
    outcome: What it decides.
    delay: Seconds by which it delays the result.
    callback: The callback mode that it names.
    warning: What is wrong with it.
    """

    word: str
    outcome: Error | FaultRequest | Finding | None = None
    delay: float | None = None
    callback: str | None = None
    warning: str | None = None


def _list_texts(item: Item) -> list[str]:
    """Return the texts in which words are searched for: URL (or file name), text, data id, and a picture as ASCII."""
    facts = item.facts
    found = []
    for key in ("url" if "url" in facts else "filename", "text", "data_id"):
        value = facts.get(key)
        if isinstance(value, str):
            text = unquote(value) if "%" in value else value
            if "emu-" in text.lower():
                found.append(text)
    data = facts.get("marker")
    if isinstance(data, bytes) and _IN_BYTES.search(data):
        found.append(separate_texts(data).decode("latin-1"))
    return found


def _read_verdict(text: str, at: int, head: tuple[str, int], thresholds: Mapping[str, float]) -> MagicWord:
    word, end = head
    scene = word if word in SCENES else None
    label: str | None = SCENE_LABEL[word] if scene else None
    suggestion: str | None = None
    if word in SUGGESTIONS:
        suggestion = word
    elif scene is None:
        label = word
    elif found := _LABELS[scene].match_at(text, end):
        label, end = found
    if suggestion is None and (found := _SUGGESTIONS.match_at(text, end)):
        suggestion, end = found
    rate, warning = None, None
    if match := _RATE.match(text, end):
        if float(match[1]) <= 100:
            rate, end = float(match[1]), match.end()
            suggestion = suggestion or suggest(scene, label, rate, thresholds)
    elif (match := _WHOLE.match(text, end)) and int(match[1]) <= 100:
        written = f"emu-{text[at:end]}"
        warning = f"magic word {written}: {match[1]} is no rate, for {written}-{match[1]}.0 would be one"
    suggestion = suggestion or find_usual(label)[0]
    finding = Finding(scene, label, suggestion, choose_rate(label, suggestion) if rate is None else rate)
    return MagicWord(text[at:end], outcome=finding, warning=warning)


def _combine(item: Item, parts: list[MagicWord]) -> MagicWords:
    outcomes = [part.outcome for part in parts if part.outcome is not None]
    decisive = next((outcome for outcome in outcomes if not isinstance(outcome, Finding)), None)
    findings = tuple(
        part.outcome._replace(contexts=(f"emu-{part.word}",) if item.kind == "text" else None)
        for part in parts
        if isinstance(part.outcome, Finding) and part.outcome.suggestion != "pass"
    )
    outcome: Outcome | None = None
    if isinstance(decisive, Error):
        outcome = decisive._replace(n=item.number)
    elif decisive is not None:
        outcome = decisive
    elif outcomes:
        outcome = Verdict(findings, find_worst([finding.suggestion for finding in findings]))
    delays = [part.delay for part in parts if part.delay is not None]
    return MagicWords(
        words=tuple(f"emu-{part.word}" for part in parts if part.warning is None or part.outcome is not None),
        outcome=outcome,
        delay=sum(delays) if delays else None,
        callback=next((part.callback for part in parts if part.callback), None),
        warnings=tuple(part.warning for part in parts if part.warning),
    )
