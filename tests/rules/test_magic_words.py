"""The whole grammar of magic words."""

import re
import string
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.error_types import ErrorRow
from emulator.errors import make_unlisted_row
from emulator.media.images import inspect
from emulator.rules.codes import Codes, Table
from emulator.rules.decision import Item, MagicWords
from emulator.rules.item import add_picture, make_picture_item, make_text_item
from emulator.rules.labels import SCENE_LABEL, SCENES, SUGGESTIONS, TEXT_LABELS, find_usual
from emulator.rules.magic_words import MagicWordReader
from emulator.rules.outcome import Error, Finding, Verdict
from emulator.rules.rule import NEVER
from emulator.types import FaultRequest

CODES = {
    "one": [
        *("InternalServerError", "InternalServerError.DB", "InvalidTask.N.ImageTimeMillisecond", "Throttling"),
        *("param error", "isp.unknow-error", "-1", "87014", "870", "Throttling.User"),
    ],
    "other": ["isv.invalid-signature", "Throttling"],
}
TABLES = {provider: Table(codes) for provider, codes in CODES.items()}
MAGIC = MagicWordReader(Codes(TABLES), ["reset", "html500"], {"block": 80, "review": 50})
UNHURRIED = settings(deadline=None)


def read_words(text: str, number: int = 1, provider: str = "one") -> MagicWords:
    found = MAGIC.read(provider, make_text_item(number, text))
    assert found is not None, f"no word in {text!r}"
    return found


def get_finding(text: str) -> Finding:
    """Return the one finding of a text, without its contexts."""
    outcome = read_words(text).outcome
    assert isinstance(outcome, Verdict)
    (finding,) = outcome.findings
    assert outcome.suggestion == finding.suggestion
    return finding._replace(contexts=None)


def get_code(text: str, provider: str = "one") -> str | None:
    outcome = read_words(text, provider=provider).outcome
    return outcome.code if isinstance(outcome, Error) else None


# -- where a word begins and ends


@pytest.mark.parametrize(
    "text",
    [
        "emu-porn",
        "emu-porn.jpg",
        "emu-porn-.jpg",
        "https://cdn.example.test/a/emu-porn.jpg?x=1",
        "xemu.emu-porn",
        "1 emu-porn 2",
        "_emu-porn_",
        "-emu-porn-",
        "请看emu-porn图片",
        "emu-porn图片",
        "éemu-porné",
        "９emu-porn９",  # full-width digits are Chinese text
        "\x00emu-porn\x00",
        "EMU-PORN.JPG",
        "Emu-Porn",
        "emu-emu-porn",
    ],
)
def test_a_word_stands_between_anything_but_ascii_letters_and_digits(text: str) -> None:
    assert get_finding(text) == Finding("porn", "porn", "block", 99.91)


@pytest.mark.parametrize(
    "text", ["", "emu", "emu porn", "emu_porn", "xemu-porn", "9emu-porn", "Zemu-porn", "e\u0300mu-porn"]
)
def test_these_texts_hold_no_magic_word(text: str) -> None:
    assert MAGIC.read("one", make_text_item(1, text)) is None


@pytest.mark.parametrize(
    "text", ["emu-pornx", "emu-porn9", "emu-", "emu--porn", "emu- porn", "emu-error", "emu-error-"]
)
def test_what_begins_like_a_word_and_is_none_does_nothing_but_warn(text: str) -> None:
    found = read_words(text)
    assert (found.words, found.outcome, found.delay, found.callback) == ((), None, None, None)
    assert [warning.startswith("unknown magic word emu-") for warning in found.warnings] == [True]


@pytest.mark.parametrize("letter", string.ascii_letters + string.digits)
def test_a_letter_or_digit_behind_or_before_a_word_spoils_it(letter: str) -> None:
    assert read_words(f"emu-block{letter}").outcome is None
    assert MAGIC.read("one", make_text_item(1, f"{letter}emu-block")) is None


@pytest.mark.parametrize("mark", sorted(set(string.punctuation + string.whitespace)))
def test_any_other_sign_ends_a_word(mark: str) -> None:
    outcome = read_words(f"a{mark}emu-pass{mark}").outcome
    assert outcome == Verdict((), "pass")


# -- verdicts


@pytest.mark.parametrize(("scene", "label"), [(scene, label) for scene, labels in SCENES.items() for label in labels])
def test_every_scene_and_label(scene: str, label: str) -> None:
    suggestion, rate = find_usual(label)
    outcome = read_words(f"emu-{scene}-{label}.jpg").outcome
    assert isinstance(outcome, Verdict)
    assert outcome.suggestion == suggestion
    expected = [] if label == "normal" else [(scene, label, suggestion, rate)]
    assert [finding[:4] for finding in outcome.findings] == expected


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_alone_means_its_first_bad_label(scene: str) -> None:
    assert get_finding(f"emu-{scene}") == Finding(scene, SCENE_LABEL[scene], *find_usual(SCENE_LABEL[scene]))


@pytest.mark.parametrize("label", [label for label in TEXT_LABELS if label not in SCENES])
def test_every_label_of_texts(label: str) -> None:
    assert get_finding(f"emu-{label}") == Finding(None, label, "block", 99.91)
    assert get_finding(f"emu-{label}-review-55.0") == Finding(None, label, "review", 55.0)


@pytest.mark.parametrize(
    ("word", "finding"),
    [
        ("emu-porn-sexy", Finding("porn", "sexy", "review", 62.11)),
        ("emu-porn-sexy-62.11", Finding("porn", "sexy", "review", 62.11)),
        ("emu-porn-sexy-block", Finding("porn", "sexy", "block", 99.91)),
        ("emu-porn-sexy-block-12.5", Finding("porn", "sexy", "block", 12.5)),
        ("emu-porn-sexy-99.0", Finding("porn", "sexy", "block", 99.0)),
        ("emu-porn-review", Finding("porn", "porn", "review", 62.11)),
        ("emu-ad-programCode", Finding("ad", "programCode", "block", 99.91)),
        ("emu-AD-PROGRAMCODE", Finding("ad", "programCode", "block", 99.91)),
        ("emu-live-pip-Review", Finding("live", "PIP", "review", 62.11)),
        ("emu-logo-tv.png", Finding("logo", "TV", "block", 99.91)),
        ("emu-ad-ad", Finding("ad", "ad", "block", 99.91)),
        ("emu-ad-porn", Finding("ad", "porn", "block", 99.91)),
        ("emu-terrorism-logo", Finding("terrorism", "logo", "block", 99.91)),
        ("emu-review", Finding(None, None, "review", 62.11)),
        ("emu-block", Finding(None, None, "block", 99.91)),
        ("emu-block-30.0", Finding(None, None, "block", 30.0)),
        ("emu-review-99.99", Finding(None, None, "review", 99.99)),
        # what is no part of the grammar belongs to the name around the word
        ("emu-porn-cat", Finding("porn", "porn", "block", 99.91)),
        ("emu-porn-sexyx", Finding("porn", "porn", "block", 99.91)),
        ("emu-porn-62.11-sexy", Finding("porn", "porn", "review", 62.11)),
        ("emu-porn-sexy-blocked", Finding("porn", "sexy", "review", 62.11)),
        ("emu-spam-sexy", Finding(None, "spam", "block", 99.91)),
    ],
)
def test_each_word_becomes_its_finding(word: str, finding: Finding) -> None:
    assert get_finding(word) == finding


def test_the_documented_examples_stand_before_any_extension() -> None:
    for extension in ("jpg", "png", "webp", "3gp", "mp4"):
        assert get_finding(f"emu-porn-sexy-62.11.{extension}") == Finding("porn", "sexy", "review", 62.11)


@pytest.mark.parametrize(
    ("rate", "read"),
    [
        ("0.0", 0.0),
        ("1.5", 1.5),
        ("7.5", 7.5),
        ("62.1", 62.1),
        ("62.11", 62.11),
        ("99.99", 99.99),
        ("100.00", 100.0),
        ("007.0", 7.0),
        ("62.11.", 62.11),
        ("62.11.3gp", 62.11),
        ("62.5,5", 62.5),
    ],
)
def test_each_rate_is_read(rate: str, read: float) -> None:
    assert get_finding(f"emu-porn-block-{rate}").rate == read


@pytest.mark.parametrize(
    "number",
    ["100.01", "101", "999", "1000", "0000", "20261128", "2026.11.28", "-1", "x", "62x", "６２", "x2.11", "1e9"],
)
def test_what_is_no_rate_is_left_alone(number: str) -> None:
    found = read_words(f"emu-porn-block-{number}.jpg")
    assert found == read_words("emu-porn-block")


@pytest.mark.parametrize(
    "number", ["1", "7", "0", "007", "100", "62.", "62.3gp", "62.115", "62,5", "1.5.2", "12.11.2026"]
)
def test_a_whole_number_belongs_to_a_name_and_is_reported(number: str) -> None:
    """It was a rate once."""
    whole = re.split("[.,]", number)[0]
    found = read_words(f"emu-porn-{number}.jpg")
    assert found._replace(warnings=()) == read_words("emu-porn")
    assert found.warnings == (f"magic word emu-porn: {whole} is no rate, for emu-porn-{whole}.0 would be one",)
    assert MAGIC.add_hint(found.warnings[0]) == found.warnings[0]


@pytest.mark.parametrize(
    ("rate", "suggestion"),
    [
        ("80.01", "block"),
        ("80.0", "block"),
        ("79.99", "review"),
        ("50.0", "review"),
        ("49.99", "review"),
        ("0.0", "review"),
    ],
)
def test_a_bare_rate_suggests_by_the_thresholds_but_what_is_named_is_found(rate: str, suggestion: str) -> None:
    for word in ("porn", "porn-sexy", "spam"):
        assert get_finding(f"emu-{word}-{rate}").suggestion == suggestion


@pytest.mark.parametrize(
    "word", ["emu-porn-pass-99.5", "emu-pass", "emu-pass-99.0", "emu-spam-pass", "emu-ad-normal", "emu-ad-normal-99.9"]
)
def test_words_that_pass_find_nothing(word: str) -> None:
    assert read_words(word).outcome == Verdict((), "pass")


def test_thresholds_are_those_given() -> None:
    strict = MagicWordReader(Codes({"one": Table([])}), [], {"block": 10, "review": 5})
    found = strict.read("one", make_text_item(1, "emu-porn-10.0 emu-spam-9.99 emu-abuse-4.99"))
    assert found is not None
    assert isinstance(found.outcome, Verdict)
    assert [finding.suggestion for finding in found.outcome.findings] == ["block", "review", "review"]


# -- error codes


@pytest.mark.parametrize("listed", CODES["one"])
def test_every_code_in_its_own_spelling_whatever_stands_around(listed: str) -> None:
    for text in (
        f"emu-error-{listed}",
        f"https://cdn.example.test/emu-error-{listed}.jpg",
        f"看emu-error-{listed}图",
        f"EMU-ERROR-{listed.upper()}",
        f"emu-error-{listed.lower()}, please",
    ):
        assert get_code(text) == listed


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("InternalServerError.DB", "InternalServerError.DB"),
        ("InternalServerError.db.png", "InternalServerError.DB"),
        ("InternalServerError.jpg", "InternalServerError"),
        ("InternalServerError.D", "InternalServerError"),
        ("InternalServerError.", "InternalServerError"),
        ("InternalServerError-DB", "InternalServerError"),
        ("InternalServerError.DBx", None),  # the longest that stands there wins, and then it does not end
        ("Throttling.User-x", "Throttling.User"),
        ("Throttling.Use", "Throttling"),
        ("87014", "87014"),
        ("870", "870"),
        ("870.14", "870"),
        ("8701", None),
        ("870145", None),
        ("-1", "-1"),
        ("-1.jpg", "-1"),
        ("-12", None),
        ("1", None),
    ],
)
def test_the_longest_code_wins_and_must_end(word: str, expected: str | None) -> None:
    assert get_code(f"emu-error-{word}") == expected


@pytest.mark.parametrize("blank", [" ", "+", "%20", "_"])
def test_a_blank_of_a_code_in_all_its_forms(blank: str) -> None:
    assert get_code(f"emu-error-param{blank}error.jpg") == "param error"


@pytest.mark.parametrize("blank", ["", "  ", "-", ".", "\t", "　"])
def test_what_is_no_blank(blank: str) -> None:
    assert get_code(f"emu-error-param{blank}error") is None


@pytest.mark.parametrize(
    ("slot", "expected"),
    [("N", True), ("n", True), ("1", True), ("10", True), ("999", True), ("1000", False), ("", False), ("x", False)],
)
def test_the_task_slot_is_n_or_a_number(slot: str, expected: bool) -> None:
    found = get_code(f"emu-error-InvalidTask.{slot}.ImageTimeMillisecond")
    assert found == ("InvalidTask.N.ImageTimeMillisecond" if expected else None)


@pytest.mark.parametrize("number", [1, 2, 10])
def test_an_error_carries_the_number_of_its_own_task(number: int) -> None:
    listed = "InvalidTask.N.ImageTimeMillisecond"
    assert read_words("emu-error-InvalidTask.7.ImageTimeMillisecond", number).outcome == Error(listed, number)
    assert read_words("emu-error-Throttling", number).outcome == Error("Throttling", number)


def test_a_code_of_another_provider_does_nothing_but_warn() -> None:
    found = read_words("emu-error-isv.invalid-signature.jpg")
    assert found.outcome is None
    assert found.words == ()
    assert found.warnings == ("magic word emu-error-isv.invalid-signature.jpg: one has no such code, other has",)
    assert get_code("emu-error-isv.invalid-signature.jpg", "other") == "isv.invalid-signature"


def test_one_address_serves_several_providers() -> None:
    text = "emu-error-87014 emu-error-isv.invalid-signature"
    assert get_code(text, "one") == "87014"
    assert get_code(text, "other") == "isv.invalid-signature"


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("emu-pron", "emu-porn"),
        ("emu-reviw.jpg", "emu-review"),
        ("emu-error-Throtling", "emu-error-Throttling"),
        ("emu-callback-nevr", "emu-callback-never"),
        ("emu-fault-rest", "emu-fault-reset"),
        ("emu-delay-3", "emu-delay-3s"),
    ],
)
def test_an_unknown_word_warns_with_the_nearest(word: str, near: str) -> None:
    (warning,) = read_words(word).warnings
    assert warning == f"unknown magic word {word}"
    assert MAGIC.add_hint(warning) == f"unknown magic word {word}; did you mean {near}?"


def test_far_from_everything_no_word_is_proposed() -> None:
    assert read_words("emu-zzzzzzzzzz").warnings == ("unknown magic word emu-zzzzzzzzzz",)


def test_a_warning_is_short_and_printable() -> None:
    (warning,) = read_words("emu-" + "x" * 10_000 + "\n\x1b[0m").warnings
    assert len(warning) < 200
    assert warning.isprintable()


# -- delays, faults, callbacks


@pytest.mark.parametrize(
    ("word", "seconds"),
    [
        ("3s", 3.0),
        ("0s", 0.0),
        ("0.5s.png", 0.5),
        ("3S", 3.0),
        ("250ms", 0.25),
        ("250MS", 0.25),
        ("1.125s", 1.125),
        ("999999s", 999_999.0),
        ("3s图", 3.0),
        ("never", NEVER),
        ("Never.jpg", NEVER),
    ],
)
def test_each_delay_is_read(word: str, seconds: float) -> None:
    found = read_words(f"emu-delay-{word}")
    assert (found.delay, found.outcome, found.warnings) == (seconds, None, ())


@pytest.mark.parametrize(
    "word", ["3", "s", "3h", "3sx", "3s9", "-3s", "1000000s", "1.1234s", ".5s", "3 s", "3,5s", "neverx", "３s", "3ſ"]
)
def test_what_is_no_delay_warns(word: str) -> None:
    found = read_words(f"emu-delay-{word}")
    assert found.delay is None
    assert len(found.warnings) == 1


def test_delays_add_up() -> None:
    assert read_words("emu-delay-3s/emu-delay-250ms").delay == 3.25
    assert read_words("emu-delay-3s/emu-delay-never").delay == NEVER


@pytest.mark.parametrize("name", ["reset", "html500", "RESET", "Html500.jpg"])
def test_each_fault_is_read_whatever_its_case(name: str) -> None:
    assert read_words(f"emu-fault-{name}").outcome == FaultRequest(name.lower().removesuffix(".jpg"), {})


@pytest.mark.parametrize("name", ["res", "resets", "html50", "html5000", ""])
def test_what_is_no_fault(name: str) -> None:
    assert read_words(f"emu-fault-{name}").outcome is None


@pytest.mark.parametrize("mode", ["never", "late", "duplicate", "corrupt"])
def test_each_callback_mode_is_read_whatever_its_case(mode: str) -> None:
    found = read_words(f"emu-callback-{mode.upper()}.jpg")
    assert (found.callback, found.outcome, found.warnings) == (mode, None, ())


# -- several words


def test_verdicts_add_up_and_the_worst_suggestion_is_the_whole() -> None:
    outcome = read_words("emu-porn-sexy emu-pass emu-spam-review").outcome
    assert isinstance(outcome, Verdict)
    assert [finding[:3] for finding in outcome.findings] == [("porn", "sexy", "review"), (None, "spam", "review")]
    assert outcome.suggestion == "review"


def test_the_first_error_or_fault_wins_over_verdicts() -> None:
    assert read_words("emu-porn emu-error-87014 emu-error-870 emu-fault-reset").outcome == Error("87014", 1)
    assert read_words("emu-fault-reset emu-error-870 emu-porn").outcome == FaultRequest("reset", {})


def test_delay_and_callback_stand_beside_an_outcome() -> None:
    found = read_words("emu-error-870,emu-delay-1s,emu-callback-late,emu-callback-never")
    assert (found.outcome, found.delay, found.callback) == (Error("870", 1), 1.0, "late")
    assert found.words == ("emu-error-870", "emu-delay-1s", "emu-callback-late", "emu-callback-never")


def test_the_same_word_twice_counts_once() -> None:
    found = read_words("emu-porn emu-delay-1s emu-porn emu-delay-1s")
    assert isinstance(found.outcome, Verdict)
    assert len(found.outcome.findings) == 1
    assert found.delay == 1.0


def test_an_unknown_word_does_not_spoil_its_neighbours() -> None:
    found = read_words("emu-pron emu-porn")
    assert found.words == ("emu-porn",)
    assert found.outcome is not None
    assert len(found.warnings) == 1


def test_words_of_a_text_are_what_was_hit_in_it() -> None:
    outcome = read_words("请看 emu-spam-review-55.5, emu-keyword").outcome
    assert isinstance(outcome, Verdict)
    assert [finding.contexts for finding in outcome.findings] == [("emu-spam-review-55.5",), ("emu-keyword",)]


def test_words_of_a_picture_are_no_text_in_it() -> None:
    found = MAGIC.read("one", make_picture_item(1, "https://a.test/emu-ad.jpg", None))
    assert found is not None
    assert isinstance(found.outcome, Verdict)
    assert found.outcome.findings[0].contexts is None


# -- where words are looked for


def list_words(item: Item) -> tuple[str, ...]:
    found = MAGIC.read("one", item)
    return found.words if found else ()


def test_words_in_the_address_anywhere() -> None:
    for url in (
        "https://emu-porn.test/",
        "https://a.test/emu-porn/x",
        "https://a.test/?v=emu-porn",
        "https://a.test/#emu-porn",
    ):
        assert list_words(make_picture_item(1, url, None)) == ("emu-porn",)


def test_the_address_holds_the_file_name_so_a_word_counts_once() -> None:
    found = MAGIC.read("one", make_picture_item(1, "https://a.test/emu-delay-1s.jpg", None))
    assert found is not None
    assert found.delay == 1.0


def test_words_in_file_name_data_id_and_text() -> None:
    assert list_words(Item("picture", 1, {"filename": "emu-porn.jpg"})) == ("emu-porn",)
    assert list_words(make_picture_item(1, "https://a.test/x.jpg", "emu-block")) == ("emu-block",)
    assert list_words(make_picture_item(1, "https://a.test/emu-porn.jpg", "emu-block")) == ("emu-porn", "emu-block")
    assert list_words(make_text_item(1, "emu-porn", "emu-block")) == ("emu-porn", "emu-block")


def test_words_in_the_bytes_of_a_picture() -> None:
    data = b"\x89PNG\xff\xfe\xe9emu-porn-sexy\xe9 EMU-ERROR-870\x00"
    item = add_picture(make_picture_item(1, "https://a.test/x.jpg", None), inspect(data))
    assert list_words(item) == ("emu-porn-sexy", "emu-ERROR-870")
    found = MAGIC.read("one", item)
    assert found is not None
    assert found.outcome == Error("870", 1)


def test_no_words_in_digest_or_format() -> None:
    assert list_words(Item("picture", 1, {"sha256": "emu-porn", "format": "emu-porn", "width": 3})) == ()


@pytest.mark.parametrize(
    "text",
    [
        "emu-%70orn",
        "%65mu-porn",
        "emu%2Dporn",
        "emu%2dporn.jpg",
        "%E7%9C%8Bemu-porn%E5%9B%BE",
        "100%emu-porn",
        "%zz.emu-porn%",
        "%ffemu-porn",
    ],
)
def test_text_is_percent_decoded_first(text: str) -> None:
    assert get_finding(text) == Finding("porn", "porn", "block", 99.91)


def test_percent_decoding_is_done_once() -> None:
    assert MAGIC.read("one", make_text_item(1, "emu%252Dporn")) is None


def test_a_long_text_without_words_is_read_in_no_time() -> None:
    assert MAGIC.read("one", make_text_item(1, "emu emu_" * 200_000)) is None


def test_of_thousands_of_words_only_the_first_are_read() -> None:
    found = read_words(" ".join(f"emu-delay-{n}s" for n in range(1, 10_000)))
    assert len(found.words) == 50
    assert found.delay == sum(range(1, 51))
    assert len(read_words(" ".join(f"emu-x{n}" for n in range(10_000))).warnings) == 50


# -- any closed list

PARTS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=6)
SEPARATED = st.lists(PARTS, min_size=1, max_size=4).flatmap(
    lambda parts: st.lists(st.sampled_from(".-"), min_size=len(parts), max_size=len(parts)).map(
        lambda marks: "".join(f"{mark}{part}" for mark, part in zip(marks, parts, strict=True))[1:]
    )
)
LISTS = st.lists(SEPARATED | SEPARATED.map("-{}".format), min_size=1, max_size=8, unique_by=str.lower)
AROUND = st.text(
    st.characters(codec="utf-8").filter(lambda letter: not (letter.isascii() and letter.isalnum())), max_size=8
)

SPELLINGS: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, str.title)


@UNHURRIED
@given(LISTS, AROUND, AROUND, st.data())
def test_every_code_of_any_list_is_read_back(codes: list[str], before: str, after: str, data: st.DataObject) -> None:
    listed = data.draw(st.sampled_from(codes))
    spelling = data.draw(st.sampled_from(SPELLINGS))
    magic = MagicWordReader(Codes({"any": Table(codes)}), [], {"block": 80, "review": 50})
    found = magic.read("any", make_text_item(3, f"{before}emu-error-{spelling(listed)}{after}"))
    assert found is not None
    assert found.outcome == Error(listed, 3)
    assert found.warnings == ()


@UNHURRIED
@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    MAGIC.read("one", make_text_item(1, f"emu-{text}"))
    MAGIC.read("one", make_text_item(1, f"{text}emu-error-{text}"))


@UNHURRIED
@given(AROUND, st.sampled_from(SUGGESTIONS), AROUND)
def test_suggestions_between_anything(before: str, suggestion: str, after: str) -> None:
    outcome = read_words(f"{before}emu-{suggestion}{after}").outcome
    assert isinstance(outcome, Verdict)
    assert outcome.suggestion == suggestion


def test_callback_words_where_nothing_is_pushed() -> None:
    modes = {"one": {"loud": ["late", "never"], "still": ["never"]}, "two": {"still": ["late"]}}
    magic = MagicWordReader(Codes({"one": Table([])}), [], {"block": 80, "review": 50}, modes)
    item = make_picture_item(1, "https://a.test/emu-callback-late.jpg", None)
    loud, still, other = (magic.read("one", item, operation) for operation in ("loud", "still", "other"))
    assert loud is not None
    assert still is not None
    assert other is not None
    assert (loud.callback, loud.warnings) == ("late", ())
    assert (still.callback, still.warnings) == (None, ("magic word emu-callback-late: still has no such callback",))
    assert (other.callback, len(other.warnings)) == (None, 1)
    never = magic.read("one", make_picture_item(1, "https://a.test/emu-callback-never.jpg", None), "still")
    assert never is not None
    assert (never.callback, never.warnings) == ("never", ())


# -- numbers that are in no table


def make_number_row(form: Mapping[str, Any], _operations: object) -> ErrorRow:
    if form["code"] == "13":
        raise ValueError("a luckier number")
    return make_unlisted_row(form, form["code"], ("message",))


def test_a_number_of_no_table_where_any_number_may_be_a_code() -> None:
    codes = Codes(
        {"one": Table(["87014"], make_number_row, has_numeric_codes=True), "other": Table(["592"], make_number_row)}
    )
    magic = MagicWordReader(codes, [], {"block": 80, "review": 50})

    def read(word: str, provider: str = "one") -> MagicWords:
        found = magic.read(provider, make_text_item(2, word))
        assert found is not None
        return found

    found = read("emu-error--5.jpg")
    assert isinstance(found.outcome, Error)
    assert (found.outcome.code, found.outcome.n, found.words) == ("-5", 2, ("emu-error--5",))
    assert found.outcome.written is not None
    assert found.outcome.written.row is not None
    assert found.outcome.written.row.code == "-5"
    assert found.warnings == ("magic word emu-error--5: -5 is in no table of one, but answered all the same",)
    assert codes.unlisted == {"-5"}
    assert read("emu-error-87014").warnings == ()
    for word in ("emu-error-592", "emu-error-13", "emu-error-12345678901", "emu-error-5x", "emu-error-x5"):
        assert read(word).outcome is None, word
        assert len(read(word).warnings) == 1
    assert read("emu-error-5", "other").outcome is None


@pytest.mark.parametrize(("via", "code"), [("here", None), ("there", "87014"), ("", "87014")])
def test_a_code_that_is_met_in_one_dialect_only(via: str, code: str | None) -> None:
    codes = Codes({"one": Table(CODES["one"], via_by_code={"87014": "there"})})
    magic = MagicWordReader(codes, [], {"block": 80, "review": 50})
    found = magic.read("one", make_text_item(1, "emu-error-87014 emu-delay-1s"), "", via)
    assert found is not None
    assert (found.outcome, found.delay) == (None if code is None else Error(code, 1), 1)
    message = "magic word emu-error-87014: 87014 is met via there only"
    assert found.warnings == (() if code else (message,))


@pytest.mark.parametrize(("via", "code"), [("here", None), ("there", "5"), ("", "5")])
def test_a_code_of_no_table_that_is_met_in_one_dialect_only(via: str, code: str | None) -> None:
    def make_far_row(form: Mapping[str, Any], operations: object) -> ErrorRow:
        return make_number_row(form, operations)._replace(dialect="far")

    magic = MagicWordReader(
        Codes({"one": Table([], make_far_row, True, {"far": "there"})}), [], {"block": 80, "review": 50}
    )
    found = magic.read("one", make_text_item(1, "emu-error-5"), "", via)
    assert found is not None
    assert (found.outcome.code if isinstance(found.outcome, Error) else None) == code
    assert len(found.warnings) == 1


@pytest.mark.parametrize("before", [r"\u597d", r"\u597D", r"x\u0041"])
def test_a_word_behind_a_character_in_escapes(before: str) -> None:
    assert read_words(f"{before}emu-block").words == ("emu-block",)


@pytest.mark.parametrize("before", ["u597d", r"\u597", r"\u597g", r"\x41"])
def test_a_word_behind_what_only_looks_so(before: str) -> None:
    assert MAGIC.read("one", make_text_item(1, f"{before}emu-block")) is None
