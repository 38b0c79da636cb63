"""One of many that use the same emulator at the same time: it knows what its own account must say, and checks it."""

import http.client
import json
import random
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from emulator.testing import verify_callback
from tests.providers.alipay.builders import QUERY, SUBMIT, make_picture, make_task
from tests.providers.aliyun.green.builders import sign_roa
from tests.providers.aliyun.rpc_calls import encode_query, make_image_params, sign_rpc
from tests.providers.wechat.builders import CHECK, PNG, encode_multipart
from tests.receiver import Receiver

URL, WORDS, SPENT = "https://cdn.test/the-same-for-all.jpg", "the same words for all", "spent in every account"
TEXT = {"Labels.1.Label": "ad"}


class Worker:
    """Makes an account of its own and works there until it made `calls` calls of a provider."""

    def __init__(self, number: int, port: int, receiver: Receiver, published: list[tuple[int, str]]) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._rng = random.Random(number)
        self._number = number
        self._receiver = receiver
        self._published = published  # the tasks of everybody, by number of the worker
        self.rate = 50 + number / 4
        self.account: dict[str, Any] = self.control("POST", "accounts", {"name": f"worker {number}"}, status=201)
        aliyun = self.account["aliyun"]
        self._keys = {"key": aliyun["access_key_id"], "secret": aliyun["access_key_secret"]}
        self._name = self._rng.choice([self.account["id"], aliyun["uid"], self.account["wechat"]["appid"]])
        self.made = self.submitted = 0
        self.requests: list[str] = []
        self.tasks: list[str] = []
        self.offset = 0.0

    def work(self, calls: int) -> "Worker":
        self.push_rules()
        checks: list[Callable[[], None]] = [
            *(
                self.check_picture,
                self.check_words,
                self.check_times,
                self.check_clock,
                self.check_quota,
                self.check_magic_words,
                self.check_nonce,
                self.check_submission,
            ),
            *(self.check_picture, self.check_words, self.check_journal, self.check_wechat, self.check_alipay),
        ]
        reset_at = self._rng.randrange(calls // 3, calls // 2)
        while self.made < calls:
            if self.made >= reset_at:
                reset_at = calls
                self.check_reset()
            self._rng.choice(checks)()
        self.check_journal()
        return self

    def close(self) -> None:
        self._line.close()

    # What it does, each time with everything it can see of it.

    def push_rules(self) -> None:
        finding = {"scene": "porn", "label": "porn", "suggestion": "block", "rate": self.rate}
        rules = [
            {"match": {"filename": f"risky-{self._number}.png"}, "error": 87014},
            {"match": {"url": URL}, "verdict": {"findings": [finding]}},
            {"match": {"text": WORDS}, "verdict": {"findings": [{"label": "ad", "rate": self.rate}]}},
        ]
        self.control("POST", "rules", rules, status=201)

    def check_picture(self) -> None:
        result = self.call_rpc("ScanImage", make_image_params((URL,), ("porn",)))["Data"]["Results"][0]["SubResults"][0]
        assert (result["Label"], result["Rate"]) == ("porn", self.rate)

    def check_words(self) -> None:
        assert self.scan_text(WORDS) == ("ad", self.rate)
        assert self.scan_text(f"hello from {self._number}")[0] == "normal"

    def check_times(self) -> None:
        """Check that a rule for a few calls is spent by calls of this account alone."""
        times = self._rng.randint(1, 4)
        self.control("POST", "rules", {"match": {"text": SPENT}, "error": "Throttling", "times": times}, status=201)
        for _ in range(times):
            assert self.call_rpc("ScanText", {**TEXT, "Tasks.1.Content": SPENT}, status=429)["Code"] == "Throttling"
        assert self.scan_text(SPENT)[0] == "normal"

    def check_clock(self) -> None:
        seconds = self._rng.randint(1, 1000) * (self._number + 1)
        self.control("POST", "clock", {"advance": seconds})
        self.offset += seconds
        answer = self.control("GET", "clock")
        assert abs(answer["offset"] - self.offset) < 1
        assert (answer["account"], answer["frozen"]) == (self.account["id"], False)

    def check_quota(self) -> None:
        """Check that so many calls pass in a second that does not end, and not one more."""
        most = self._rng.randint(1, 5)
        self.control("POST", "clock", {"freeze": True})
        self.control("POST", "clock", {"advance": 2})
        self.control("PATCH", "settings", {"limits": {"aliyun_imageaudit": {"per_second": most}}})
        for _ in range(most):
            assert self.scan_text(WORDS) == ("ad", self.rate)
        assert self.call_rpc("ScanText", {**TEXT, "Tasks.1.Content": WORDS}, status=429)["Code"] == "Throttling"
        self.control("PATCH", "settings", {"limits": None})
        self.control("POST", "clock", {"freeze": False})
        self.offset = self.control("GET", "clock")["offset"]

    def check_magic_words(self) -> None:
        assert self.scan_text("emu-ad-77.5") == ("ad", 77.5)
        answer = self.control("PATCH", "settings", {"magic_words": False})
        assert answer["magic_words"] is False
        assert self.scan_text("emu-ad-77.5")[0] == "normal"
        assert self.control("PATCH", "settings", {"magic_words": None})["magic_words"] is True

    def check_nonce(self) -> None:
        """Check that a nonce is good once in this account; all accounts use the same ones."""
        common = {"SignatureNonce": f"nonce-{self.made}"}
        params = {**TEXT, "Tasks.1.Content": "hello"}
        self.call_rpc("ScanText", params, common=common)
        assert self.call_rpc("ScanText", params, common=common, status=400)["Code"] == "SignatureNonceUsed"

    def check_submission(self) -> None:
        """Check that a picture's result comes by itself, and is nobody else's."""
        self.submitted += 1
        path, data_id = f"worker-{self._number}/200", f"{self._number}-{self.submitted}"
        callback = {"callback": self._receiver.url(path), "seed": f"seed_{self._number}"}
        body = {"scenes": ["porn"], "tasks": [{"url": URL, "dataId": data_id}], **callback}
        task = self.call_green("image/asyncscan", body)["data"][0]["taskId"]
        self.tasks.insert(0, task)
        self.control("POST", "clock", {"advance": 0})
        (pushed,) = (post for post in self._receiver.got if post.path == path and task.encode() in post.body)
        content = verify_callback(self.account["aliyun"]["uid"], callback["seed"], pushed.body)
        assert (content["dataId"], content["taskId"]) == (data_id, task)
        (result,) = self.call_green("image/results", [task])["data"]
        assert result["results"] == content["results"]
        assert (result["dataId"], result["results"][0]["rate"]) == (data_id, self.rate)
        if foreign := [name for number, name in self._published[-50:] if number != self._number]:
            assert self.call_green("image/results", [self._rng.choice(foreign)])["data"][0]["code"] == 594
        self._published.append((self._number, task))
        answer = self.control("GET", "callbacks", limit="1000")
        assert [each["task_id"] for each in answer["items"]] == self.tasks
        assert {each["account"] for each in answer["items"]} == {self.account["id"]}

    def check_wechat(self) -> None:
        """Check that what is risky in one account is not in another."""
        own = self.account["wechat"]
        query = urlencode({"grant_type": "client_credential", "appid": own["appid"], "secret": own["secret"]})
        token = self.note_newest(self._ask("GET", f"/cgi-bin/token?{query}", b"", {}, 200))["access_token"]
        headers = {"Content-Type": "multipart/form-data; boundary=bound"}
        for number, code in ((self._number, 87014), (self._number + 1, 0)):
            body = encode_multipart((f'form-data; name="media"; filename="risky-{number}.png"', PNG))
            answer = self._ask("POST", f"{CHECK}?access_token={token}", body, headers, 200)
            assert self.note_newest(answer)["errcode"] == code

    def check_alipay(self) -> None:
        """Check that a result is ready when half a second has passed on the account's own clock."""
        pid = self.account["alipay"]["pid"]
        self.control("POST", "clock", {"freeze": True})
        answer = self.call_my(SUBMIT, {**make_picture(URL), "pid": pid})
        query = {**make_task(json.loads(answer["riskResult"])["apply_id"]), "pid": pid}
        assert json.loads(self.call_my(QUERY, query)["riskResult"]) == {"action": ""}
        self.control("POST", "clock", {"advance": 0.5})
        assert json.loads(self.call_my(QUERY, query)["riskResult"]) == {"action": "REJECTED"}
        self.control("POST", "clock", {"freeze": False})
        self.offset = self.control("GET", "clock")["offset"]

    def check_journal(self) -> None:
        """Check that the journal has exactly the calls of this account, the newest first."""
        answer = self.control("GET", "journal", limit="1000")
        assert [entry["request_id"] for entry in answer["items"]] == self.requests[::-1]
        assert {entry["account"] for entry in answer["items"]} <= {self.account["id"]}

    def check_reset(self) -> None:
        """Reset the account: it is as new, and nobody else notices."""
        self.control("PATCH", "settings", {"magic_words": False})
        assert self.control("POST", "reset") == {"reset": [self.account["name"]]}
        self.requests, self.tasks, self.offset = [], [], 0.0
        assert abs(self.control("GET", "clock")["offset"]) < 1
        assert self.control("GET", "callbacks")["total"] == self.control("GET", "journal")["total"] == 0
        assert self.scan_text(WORDS)[0] == "normal"
        assert self.scan_text("emu-ad-77.5") == ("ad", 77.5)
        self.push_rules()

    # How it calls.

    def control(self, method: str, path: str, body: Any = None, status: int = 200, **query: str) -> Any:
        """Call the control API, with this account as soon as there is one."""
        if path != "accounts":
            query["account"] = self._name
        data = b"" if body is None else json.dumps(body).encode()
        return self._ask(method, f"/_emulator/{path}?{urlencode(query)}", data, {}, status)

    def call_rpc(self, action: str, params: Mapping[str, str], status: int = 200, **options: Any) -> Any:
        given = encode_query(sign_rpc(action, params, **self._keys, **options))
        return self._note(self._ask("GET", f"/?{given}", b"", {}, status), "RequestId")

    def scan_text(self, text: str) -> tuple[str, float]:
        """Return the label and rate of a text."""
        answer = self.call_rpc("ScanText", {**TEXT, "Tasks.1.Content": text})
        result = answer["Data"]["Elements"][0]["Results"][0]
        return result["Label"], result["Rate"]

    def call_green(self, operation: str, body: Any) -> Any:
        data = json.dumps(body).encode()
        target = f"/green/{operation}"
        return self._note(self._ask("POST", target, data, sign_roa(target, data, **self._keys), 200), "requestId")

    def call_my(self, name: str, params: Any) -> Any:
        return self._note(self._ask("POST", f"/alipay/{name}", json.dumps(params).encode(), {}, 200), "uniqueId")

    def note_newest(self, answer: Any) -> Any:
        """Note the newest call and return its answer, which has no request id: the journal has it."""
        (entry,) = self.control("GET", "journal", limit="1")["items"]
        assert entry["request_id"] not in self.requests
        self._note(entry, "request_id")
        return answer

    def _note(self, answer: Any, name: str) -> Any:
        self.made += 1
        self.requests.append(answer[name])
        return answer

    def _ask(self, method: str, target: str, body: bytes, headers: Mapping[str, str], status: int) -> Any:
        self._line.request(method, target, body, dict(headers))
        answer = self._line.getresponse()
        found = answer.read()
        assert answer.status == status, (target, found)
        return json.loads(found)
