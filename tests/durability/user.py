"""A user who changes everything that lasts, remembers what was answered, and finds out what a restart has kept."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import requests

from tests.providers.aliyun.green.builders import encode_body, sign_roa

_APPLY = {"risk_type": ["img_risk"], "content_type": "PICTURE", "audit_code": "1"}


@dataclass
class Memory:
    """What a user was told, so that it must be there after a restart.

    rules: Pushed rules, the newest first: id and word.
    hits: How often each rule was spent, for certain.
    guests: The names of accounts that were made and not removed.
    tokens: Access tokens that are good.
    tasks: Tasks of Green that were taken.
    pushed: Those of them whose result is to be pushed.
    offset: By how many seconds the clock was moved.
    latency: The latency that was set last.
    """

    rules: list[tuple[str, str]] = field(default_factory=list)
    hits: dict[str, int] = field(default_factory=dict)
    guests: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    pushed: set[str] = field(default_factory=set)
    offset: float = 0.0
    latency: float = 0.0


class User:
    """One user with an account of its own.

    answered: How many calls were answered with success.
    unsure: What was under way when the server went; it may have happened or not.
    """

    def __init__(self, number: int, receiver: str) -> None:
        self.name = f"user-{number}"
        self.memory = Memory()
        self.answered = 0
        self.unsure = ""
        self._random = Random(number)
        self._receiver = receiver
        self._words = 0
        self._url = ""
        self._session = requests.Session()
        self._account: dict[str, Any] = {}

    def move_to(self, url: str) -> None:
        """Call the server at another address from now on."""
        self._url = url
        self._session.close()
        self._session = requests.Session()
        if not self._account:
            self._account = self._control("POST", "accounts", {"name": self.name}, own=False)

    def act(self) -> None:
        """Change something, and remember it once it is answered. Raises RequestException when nobody answers."""
        actions: list[Callable[[], None]] = [self._push_rule, self._submit, self._submit, self._spend, self._get_token]
        actions += [self._remove_rule, self._add_guest, self._remove_guest, self._move_clock, self._set_latency]
        action = self._random.choice(actions)
        self.unsure = action.__name__
        action()
        self.unsure = ""
        self.answered += 1

    def find_losses(self) -> Iterator[str]:
        """Yield what was answered and is not there any more, a sentence each."""
        yield from self._compare_rules()
        listed = self._control("GET", "accounts", own=False)["items"]
        names = {each["name"] for each in listed if each["name"].startswith(f"{self.name}-")}
        if self.unsure not in ("_add_guest", "_remove_guest") and names != set(self.memory.guests):
            yield f"accounts are {sorted(names)}, not {self.memory.guests}"
        clock = self._control("GET", "clock")
        if self.unsure != "_move_clock" and abs(clock["offset"] - self.memory.offset) > 1:
            yield f"the clock is {clock['offset']} s ahead, not {self.memory.offset}"
        latency = self._control("GET", "settings")["latency"].get("seconds", 0.0)
        if self.unsure != "_set_latency" and latency != self.memory.latency:
            yield f"the latency is {latency}, not {self.memory.latency}"
        for token in self.memory.tokens[-3:]:
            body = json.dumps({"content": "hello"})
            answer = self._ask("POST", f"/wxa/msg_sec_check?access_token={token}", body)
            if answer["errcode"] != 0:
                yield f"a token is refused: {answer}"
        yield from self._miss_tasks()
        self._learn()

    def _compare_rules(self) -> Iterator[str]:
        rules = self._control("GET", "rules?source=control")["items"]
        found = [rule["id"] for rule in rules]
        wanted = [name for name, _word in self.memory.rules]
        if self.unsure not in ("_push_rule", "_remove_rule") and found != wanted:
            yield f"rules are {found}, not {wanted}"
        for rule in rules:
            hits = self.memory.hits.get(rule["id"], 0)
            if not hits <= rule["hits"] <= hits + (self.unsure == "_spend"):
                yield f"rule {rule['id']} was used {rule['hits']} times, not {hits}"

    def _miss_tasks(self) -> Iterator[str]:
        tasks = self.memory.tasks[-100:]
        if tasks:
            for each in self._call_green("image/results", tasks):
                if each["code"] not in (200, 280):
                    yield f"a task is gone: {each}"

    def _learn(self) -> None:
        """Take over what became of the call that was under way."""
        memory = self.memory
        rules = self._control("GET", "rules?source=control")["items"]
        memory.rules = [(rule["id"], rule["match"]["text"]) for rule in rules]
        memory.hits = {rule["id"]: rule["hits"] for rule in rules}
        listed = self._control("GET", "accounts", own=False)["items"]
        memory.guests = [each["name"] for each in listed if each["name"].startswith(f"{self.name}-")]
        memory.offset = self._control("GET", "clock")["offset"]
        memory.latency = self._control("GET", "settings")["latency"].get("seconds", 0.0)
        self.unsure = ""

    def _make_word(self) -> str:
        self._words += 1
        return f"{self.name}-word-{self._words}"

    def _push_rule(self) -> None:
        if len(self.memory.rules) < 20:
            word = self._make_word()
            made = self._control("POST", "rules", {"match": {"text": word}, "verdict": "ad", "times": 1000})
            self.memory.rules.insert(0, (made["id"], word))

    def _remove_rule(self) -> None:
        if self.memory.rules:
            name, _word = self._random.choice(self.memory.rules)
            self._control("DELETE", f"rules/{name}")
            self.memory.rules = [each for each in self.memory.rules if each[0] != name]

    def _spend(self) -> None:
        if self.memory.rules:
            name, word = self._random.choice(self.memory.rules)
            tasks = {"scenes": ["antispam"], "tasks": [{"content": word}]}
            (found,) = self._call_green("text/scan", tasks)
            assert found["results"][0]["label"] == "ad", found
            self.memory.hits[name] = self.memory.hits.get(name, 0) + 1

    def _submit(self) -> None:
        tasks = [{"url": "https://a.test/one.png"} for _ in range(self._random.choice((1, 10)))]
        wants_push = self._random.random() < 0.7
        pushed = {"callback": self._receiver, "seed": "seed"} if wants_push else {}
        taken = self._call_green("image/asyncscan", {"scenes": ["porn"], "tasks": tasks, **pushed})
        ids = [each["taskId"] for each in taken]
        self.memory.tasks += ids
        self.memory.pushed |= set(ids) if wants_push else set()

    def _get_token(self) -> None:
        own = self._account["wechat"]
        query = f"grant_type=client_credential&appid={own['appid']}&secret={own['secret']}"
        self.memory.tokens = [
            self._ask("GET", f"/cgi-bin/token?{query}")["access_token"]
        ]  # the one before it ends soon

    def _add_guest(self) -> None:
        if len(self.memory.guests) < 5:
            name = self._make_word()
            self._control("POST", "accounts", {"name": name}, own=False)
            self.memory.guests.append(name)

    def _remove_guest(self) -> None:
        if self.memory.guests:
            name = self.memory.guests[0]
            self._control("DELETE", f"accounts/{name}", own=False)
            self.memory.guests.remove(name)

    def _move_clock(self) -> None:
        seconds = self._random.choice((0.5, 1.0, 2.0))
        self._control("POST", "clock", {"advance": seconds})
        self.memory.offset += seconds

    def _set_latency(self) -> None:
        seconds = self._random.choice((0.001, 0.002, 0.003))
        self._control("PATCH", "settings", {"latency": {"distribution": "fixed", "seconds": seconds}})
        self.memory.latency = seconds

    def _call_green(self, operation: str, params: Any) -> list[dict[str, Any]]:
        target, body, own = f"/green/{operation}", encode_body(params), self._account["aliyun"]
        headers = sign_roa(target, body, key=own["access_key_id"], secret=own["access_key_secret"])
        answer = self._ask("POST", target, body, headers)
        assert answer["code"] == 200, answer
        return list(answer["data"])

    def _control(self, method: str, path: str, body: Any = None, own: bool = True) -> Any:
        joint = "&" if "?" in path else "?"
        account = f"{joint}account={self.name}" if own else ""
        return self._ask(method, f"/_emulator/{path}{account}", None if body is None else json.dumps(body))

    def _ask(self, method: str, target: str, body: Any = None, headers: Any = None) -> Any:
        answer = self._session.request(method, f"{self._url}{target}", data=body, headers=headers, timeout=20)
        assert answer.status_code < 400, answer.text
        return answer.json()
