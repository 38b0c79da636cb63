"""F4: words and patterns that cost much to compile or to look for."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.signed import sign_green
from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Answer, Siege


def push_heavy_patterns(siege: Siege) -> None:
    """Push 60 patterns that are small to write and large to compile."""
    _push(siege, [{"match": {"text": {"regex": rf"(?:\pL{{20}}){{20}}{n}"}}, "verdict": "pass"} for n in range(60)])
    _scan(siege, ["一" * 5000])


def push_many_patterns(siege: Siege) -> None:
    """Push 20 000 ordinary patterns."""
    _push(siege, [{"match": {"text": {"regex": rf"x{n}.*\pL{{3}}"}}, "verdict": "pass"} for n in range(20_000)])
    _scan(siege, ["x1 " + "一" * 5000])


def _make_rules_folder(folder: Path) -> None:
    """Make an empty folder of rules: they come while the server runs."""
    (folder / "fixtures").mkdir()


def write_many_patterns(siege: Siege) -> None:
    """Write 10 000 ordinary patterns into a file that appears."""
    rules = "\n".join(f"- {{match: {{text: {{regex: 'x{n}.*\\pL{{3}}'}}}}, verdict: pass}}" for n in range(10_000))
    (siege.fixtures / "rules.yaml").write_text(rules)
    seen = siege.wait_until(lambda: siege.control("GET", "info").json()["fixtures"]["generation"] > 1, 40)
    siege.note("read" if seen else "not read in 40 s")


def send_unknown_words(siege: Siege) -> None:
    """Send 100 texts with 50 unknown magic words each."""
    _scan(siege, [" ".join(f"emu-unknown{n}x{word}" for word in range(50)) for n in range(100)])


def send_nested_words(siege: Siege) -> None:
    """Send the words a, aa, ... of 1000 letters, in texts of 10 000."""
    _push(siege, [{"match": {"text": {"contains": ["a" * n for n in range(1, 1001)]}}, "verdict": "pass"}])
    _scan(siege, ["a" * 10_000] * 100)


def push_nested_globs(siege: Siege) -> None:
    """Push 2000 globs with twenty stars, and send 100 texts."""
    globs = [{"match": {"text": {"glob": "*a" * 20 + f"*{n}"}}, "verdict": "pass"} for n in range(2000)]
    _push(siege, globs)
    _scan(siege, ["a" * 10_000] * 100)


def push_patterns_without_case(siege: Siege) -> None:
    """Push 2000 patterns that take capitals as well, and send 100 texts of 10 000 letters."""
    _push(siege, [{"match": {"text": {"regex": f"(?i)word{n}x"}}, "verdict": "pass"} for n in range(2000)])
    _scan(siege, ["word" * 2500] * 100)


def verify_words(siege: Siege) -> None:
    """Look for 2000 words in 5000 texts."""
    for number in range(50):
        _scan(siege, [f"text {number} {n} " + "一" * 900 for n in range(100)])
    form = {"match": {"text": {"contains": [f"word{n}" for n in range(2000)]}}, "count": 1}
    _verify(siege, form)


def verify_long_texts(siege: Siege) -> None:
    """Look for a word in vain in 1000 texts of 9000 characters."""
    for number in range(10):
        _scan(siege, [f"{number} {n} " + "示例文本" * 2250 for n in range(100)])
    _verify(siege, {"match": {"text": {"contains": "加我支付宝"}}, "count": 1})
    _verify(siege, {"match": {"text": "示例文本" * 100}, "count": 1})
    _verify(siege, {"order": [{"text": {"contains": "加我支付宝"}}] * 50})


def read_near_misses(siege: Siege) -> None:
    """Ask for the near misses of a call among 2000 rules, ten times."""
    _push(siege, [{"match": {"text": f"示例文本{n}" * 50}, "verdict": "block"} for n in range(2000)])
    _scan(siege, ["示例文本" * 2000])
    number = siege.control("GET", "journal?limit=1").json()["items"][0]["id"]
    for _ in range(10):
        siege.control("GET", f"journal/{number}")


def _push(siege: Siege, rules: Sequence[object]) -> None:
    siege.note(f"rules answered {siege.control('POST', 'rules', rules).status}")


def _scan(siege: Siege, texts: Sequence[str]) -> Answer:
    tasks = [{"dataId": f"d{n}", "content": text} for n, text in enumerate(texts)]
    return siege.send(sign_green(siege.host, "text/scan", {"scenes": ["antispam"], "tasks": tasks}))


def _verify(siege: Siege, form: object) -> None:
    siege.fail_if(siege.control("POST", "journal/verify", form).status == 400, "the form of verify is not understood")


ATTACKS: Attacks = (
    Attack("F4 60 patterns that compile large", push_heavy_patterns),
    Attack("F4 20 000 ordinary patterns", push_many_patterns),
    Attack("F4 10 000 patterns in a new file", write_many_patterns, prepare=_make_rules_folder),
    Attack("F4 100 texts of 50 unknown magic words", send_unknown_words),
    Attack("F4 words a to a^1000 in 100 texts of 10 000 a", send_nested_words),
    Attack("F4 2000 globs over 100 texts", push_nested_globs),
    Attack("F4 2000 (?i) patterns over 100 texts", push_patterns_without_case),
    Attack("F4 verify, 2000 words over 5000 texts", verify_words),
    Attack("F4 verify over 1000 texts of 9000 characters", verify_long_texts),
    Attack("F4 near misses among 2000 long rules", read_near_misses),
)
