"""Callbacks: exact numbers of pushes against receivers of every kind, and the form they get."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from emulator.config.model import Callbacks
from emulator.net.egress import Egress
from emulator.state.accounts import Account
from emulator.state.callbacks.callback import Attempt
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.events import CallbackAttempted, Event, Events
from tests.receiver import Receiver, encode_answer, receiving
from tests.state.callbacks.builders import (
    CONTENT,
    GAP,
    SEED,
    UID,
    callback_to_dict,
    make_account,
    make_form,
    play,
    send,
    working_dispatcher,
)


class TestReceivers:
    GOOD = ("200", "closing", "old", "half-body", "huge", "bomb", "told-to-wait", "dribble")
    STATUSES = (201, 202, 204, 206, 299, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 410, 429, 500, 502, 503, 599)
    BROKEN = (
        "fin",
        "half-status",
        "half-head",
        "garbage",
        "bad-length",
        "two-lengths",
        "long-line",
        "no-number",
        "reset",
    )

    @pytest.mark.parametrize("path", GOOD)
    async def test_a_200_ends_it_whatever_follows(self, dispatcher: Dispatcher, receiver: Receiver, path: str) -> None:
        mine = make_account()
        callbacks = [send(dispatcher, mine, receiver.url(path)) for _ in range(3)]
        await play(dispatcher, mine)
        assert receiver.counts() == {path: 3}
        for callback in callbacks:
            assert (callback.state, callback.pushes, callback.next_at) == ("delivered", 1, None)
            assert callback.attempts[0].status == 200
            assert callback.attempts[0].error is None

    @pytest.mark.parametrize("status", STATUSES)
    async def test_any_other_status_is_a_failure(self, dispatcher: Dispatcher, receiver: Receiver, status: int) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url(str(status)))
        await play(dispatcher, mine)
        assert receiver.counts() == {str(status): 16}  # and nothing where a redirect leads
        assert (callback.state, callback.pushes, callback.next_at) == ("exhausted", 16, None)
        assert {(attempt.status, attempt.error) for attempt in callback.attempts} == {(status, None)}

    @pytest.mark.parametrize("path", BROKEN)
    async def test_what_is_no_answer_is_a_failure(self, dispatcher: Dispatcher, receiver: Receiver, path: str) -> None:
        mine = make_account()
        callbacks = [send(dispatcher, mine, receiver.url(path)) for _ in range(3)]
        await play(dispatcher, mine)
        assert receiver.counts() == {path: 48}
        for callback in callbacks:
            assert (callback.state, callback.pushes) == ("exhausted", 16)
            assert all(attempt.status is None for attempt in callback.attempts)
            assert all(str(attempt.error).startswith("unreachable: ") for attempt in callback.attempts)
            assert max(len(str(attempt.error)) for attempt in callback.attempts) <= 300

    async def test_no_answer_in_time_is_a_failure(self, receiver: Receiver) -> None:
        async with working_dispatcher(Callbacks(timeout=0.05, gaps=(GAP,), pushes=3)) as dispatcher:
            mine = make_account()
            callbacks = [send(dispatcher, mine, receiver.url("hang")) for _ in range(40)]
            await play(dispatcher, mine, 4)
            assert 0 < len(receiver.got) <= 120  # on a busy machine one may be given up before it is there
            for callback in callbacks:
                assert (callback.state, callback.pushes) == ("exhausted", 3)
                assert {attempt.error for attempt in callback.attempts} == {"slow: more than 0.05 s"}
                assert all(attempt.seconds >= 0.05 for attempt in callback.attempts)

    async def test_a_push_where_nobody_listens_is_exhausted(self, dispatcher: Dispatcher) -> None:
        async with receiving() as gone:
            url = gone.url("200")
        mine = make_account()
        callback = send(dispatcher, mine, url)
        await play(dispatcher, mine)
        assert (callback.state, callback.pushes) == ("exhausted", 16)

    async def test_nobody_listens_at_first(self, dispatcher: Dispatcher) -> None:
        mine, late = make_account(), Receiver()
        async with receiving() as gone:
            late.port = gone.port
        callback = send(dispatcher, mine, late.url("200"))
        await play(dispatcher, mine, 3)
        assert callback.state == "waiting"
        async with receiving(late):
            await play(dispatcher, mine, 3)
        assert (callback.state, callback.pushes) == ("delivered", 5)

    async def test_tls_that_is_none(self, dispatcher: Dispatcher) -> None:
        async def speak_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(encode_answer(200))
            writer.close()

        mine = make_account()
        async with await asyncio.start_server(speak_plainly, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            callback = send(dispatcher, mine, f"https://127.0.0.1:{port}/200")
            await play(dispatcher, mine)
        assert {attempt.status for attempt in callback.attempts} == {None}
        assert (callback.state, callback.pushes) == ("exhausted", 16)

    async def test_every_attempt_is_told(self, receiver: Receiver) -> None:
        told: list[Event] = []
        events = Events()
        events.listen(told.append)
        async with working_dispatcher(events=events) as dispatcher:
            mine = make_account()
            callback = send(dispatcher, mine, receiver.url("500"))
            await play(dispatcher, mine, 1)
            await dispatcher.redeliver(mine, callback, receiver.url("200"))
        assert told == [
            CallbackAttempted("acc-1", callback.id, receiver.url("500"), 1, callback.attempts[0]),
            CallbackAttempted("acc-1", callback.id, receiver.url("500"), 2, callback.attempts[1]),
            CallbackAttempted("acc-1", callback.id, receiver.url("200"), 3, callback.attempts[2]),
        ]
        assert [(attempt.manual, attempt.status) for attempt in callback.attempts] == [
            *((False, 500), (False, 500), (True, 200)),
        ]

    async def test_a_mistake_of_ours_is_a_failed_attempt_and_logged_under_our_name(
        self,
        dispatcher: Dispatcher,
        receiver: Receiver,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def break_down(*_: object) -> int:
            raise ZeroDivisionError

        monkeypatch.setattr(dispatcher._egress, "post", break_down)
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("200"))
        await dispatcher.settle(mine)
        assert [attempt.error for attempt in callback.attempts] == [
            "a mistake of the emulator; its log has the details"
        ]
        assert [(record.name, record.getMessage()) for record in caplog.records] == [
            ("emulator", f"unhandled exception in a push of {callback.id}")
        ]

    async def test_bodies_are_not_read(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        send(dispatcher, mine, receiver.url("200"))
        await dispatcher.settle(mine)
        tracemalloc.start()
        try:
            for path in ("bomb", "huge"):
                for _ in range(5):
                    send(dispatcher, mine, receiver.url(path))
            await dispatcher.settle(mine)
            assert tracemalloc.get_traced_memory()[1] < 10_000_000
        finally:
            tracemalloc.stop()


class TestForm:
    async def test_is_what_the_document_says(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        send(dispatcher, mine, receiver.url("a/path/200"))
        await dispatcher.settle(mine)
        (post,) = receiver.got
        assert post.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
        assert post.headers["Host"] == f"127.0.0.1:{receiver.port}"
        assert "Cookie" not in post.headers
        assert post.body.isascii()
        fields = parse_qs(post.body.decode(), strict_parsing=True)
        assert fields.keys() == {"checksum", "content"}
        assert fields["content"] == [CONTENT]
        assert fields["checksum"] == [hashlib.sha256((UID + SEED + CONTENT).encode()).hexdigest()]

    async def test_is_the_same_each_time(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        send(dispatcher, mine, receiver.url("500"))
        await play(dispatcher, mine)
        assert len(receiver.got) == 16
        assert len({post.body for post in receiver.got}) == 1

    async def test_the_form_is_listed(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, receiver.url("200"))
        assert callback_to_dict(callback, mine)["form"] == dict(make_form())

    def test_an_attempt_is_listed(self) -> None:
        assert Attempt(1767600000.0, True, 500, None, 0.01234567).to_dict(3) == {
            "n": 3,
            "at": "2026-01-05T08:00:00.000+00:00",
            "manual": True,
            "status": 500,
            "error": None,
            "duration_ms": 12.346,
        }

    @pytest.mark.parametrize("content", ["", "half \ud83d a pair", "a" * 100_000, "\r\n\0", "+ %20&content=x"])
    async def test_any_content_is_pushed_with_its_checksum(
        self, dispatcher: Dispatcher, receiver: Receiver, content: str
    ) -> None:
        mine = make_account()
        send(dispatcher, mine, receiver.url("200"), form=make_form(content))
        await dispatcher.settle(mine)
        fields = parse_qs(receiver.got[0].body.decode(), keep_blank_values=True)
        told = fields["content"][0]
        assert told == content.replace("\ud83d", "?")
        assert fields["checksum"] == [hashlib.sha256((UID + SEED + told).encode()).hexdigest()]


class TestAnotherBody:
    """What a provider pushes that signs in the query and sends no form."""

    BODY = "<xml><url>图</url></xml>".encode()

    @staticmethod
    def sign(moment: float, number: int) -> dict[str, str]:
        return {"signature": hashlib.sha1(f"{moment}/{number}".encode()).hexdigest(), "nonce": f"{number}"}

    def letter(self, url: str) -> dict[str, Any]:
        return {"url": url, "form": (), "body": self.BODY, "content_type": "text/xml", "sign": self.sign}

    def path(self, mine: Account, path: str, number: int, mark: str = "?") -> str:
        return f"{path}{mark}{urlencode(self.sign(mine.clock.now(), number))}"

    async def test_goes_as_it_is(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, **self.letter(receiver.url("200")))
        await dispatcher.settle(mine)
        (post,) = receiver.got
        assert post.path == self.path(mine, "200", 1)
        assert (post.body, post.headers["Content-Type"]) == (self.BODY, "text/xml")
        told = callback_to_dict(callback, mine)
        assert "form" not in told
        assert (told["content_type"], told["body"]) == ("text/xml", self.BODY.decode())
        assert told["state"] == "delivered"

    async def test_bytes_that_are_no_text_are_listed_all_the_same(
        self, dispatcher: Dispatcher, receiver: Receiver
    ) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, **{**self.letter(receiver.url("200")), "body": b"\xff\xfe"})
        assert callback_to_dict(callback, mine)["body"] == "\ufffd\ufffd"

    async def test_corrupt_is_another_signature_with_the_same_body(
        self, dispatcher: Dispatcher, receiver: Receiver
    ) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, mode="corrupt", **self.letter(receiver.url("200")))
        await dispatcher.settle(mine)
        (post,) = receiver.got
        assert post.body == callback.body == self.BODY
        right = self.path(mine, "200", 1)
        given, expected = (path.partition("signature=")[2][:40] for path in (post.path, right))
        assert given != expected
        assert set(given) <= set("0123456789abcdef")
        assert post.path.replace(given, expected) == right

    async def test_corrupt_without_a_signature_is_as_it_was(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        letter = {**self.letter(receiver.url("200?a=b")), "sign": None}
        send(dispatcher, mine, mode="corrupt", **letter)
        await dispatcher.settle(mine)
        assert receiver.got[0].path == "200?a=b"

    async def test_each_push_has_its_own_signature(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        """Those by hand as well, wherever they go; what the address had in its query stays before it."""
        mine = make_account()
        callback = send(dispatcher, mine, **self.letter(receiver.url("500?mine=1")))
        expected = []
        for number in (1, 2):
            await dispatcher.settle(mine)
            expected.append(self.path(mine, "500?mine=1", number, "&"))
            assert callback_to_dict(callback, mine)["url"] == receiver.url(expected[-1])
            mine.clock.advance(GAP if number == 1 else 0)
        await dispatcher.redeliver(mine, callback, receiver.url("elsewhere/200"))
        expected.append(self.path(mine, "elsewhere/200", 3))
        assert [post.path for post in receiver.got] == expected
        assert {post.body for post in receiver.got} == {self.BODY}

    async def test_the_address_of_one_that_is_still_to_come(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        callback = send(dispatcher, mine, mode=5, **self.letter(receiver.url("200")))
        never = send(dispatcher, mine, mode="never", **self.letter(receiver.url("200")))
        coming = urlencode(self.sign(mine.clock.now() + 5, 1))
        assert callback_to_dict(callback, mine)["url"] == receiver.url(f"200?{coming}")
        assert callback_to_dict(never, mine)["url"] == receiver.url("200")


class TestNumberOfPushes:
    @pytest.mark.parametrize("failures", [0, 1, 2, 14, 15])
    async def test_a_200_in_time(self, dispatcher: Dispatcher, receiver: Receiver, failures: int) -> None:
        mine = make_account()
        receiver.script["scripted"] = iter([*[500] * failures, 200])
        callback = send(dispatcher, mine, receiver.url("scripted"))
        await play(dispatcher, mine)
        assert len(receiver.got) == failures + 1
        assert (callback.state, callback.pushes) == ("delivered", failures + 1)

    async def test_a_200_that_would_come_too_late(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        mine = make_account()
        receiver.script["scripted"] = iter([*[500] * 16, 200])
        callback = send(dispatcher, mine, receiver.url("scripted"))
        await play(dispatcher, mine)
        assert len(receiver.got) == 16
        assert callback.state == "exhausted"

    @pytest.mark.parametrize("pushes", [1, 2, 3])
    async def test_is_a_setting(self, receiver: Receiver, pushes: int) -> None:
        async with working_dispatcher(Callbacks(timeout=5, gaps=(GAP,), pushes=pushes)) as dispatcher:
            mine = make_account()
            callback = send(dispatcher, mine, receiver.url("500"))
            await play(dispatcher, mine)
            assert receiver.counts() == {"500": pushes}
            assert callback.state == "exhausted"

    async def test_many_at_once(self, dispatcher: Dispatcher, receiver: Receiver) -> None:
        """More than are queued in one go, at the very moment of a clock that stands still."""
        mine = make_account()
        moment = mine.clock.now() + 1
        for number in range(1200):
            send(dispatcher, mine, receiver.url("200"), task_id=f"t-{number}", ready_at=moment)
        mine.clock.set(moment)
        async with asyncio.timeout(20):
            await dispatcher.settle(mine)
        assert len(receiver.got) == 1200
        assert {callback.state for callback in mine.outbox.iterate_newest()} == {"delivered"}


class TestForbiddenAddresses:
    BAD = (
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://100.100.100.200/",
        "http://203.0.113.5/",
        "http://user@127.0.0.1/",
        "http://2130706433/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "127.0.0.1:80",
        "http://",
        "http://[",
        "http://a b/",
        "",
        "http://127.0.0.1:99999/",
        "http://never.test/",
        "http://inside.test/",
        "http://\ud800/",
    )

    async def test_are_attempts_with_an_error_while_others_go_on(self, receiver: Receiver) -> None:
        async def lookup(host: str) -> Sequence[str]:
            if host == "inside.test":
                return ["169.254.169.254"]
            raise OSError("no such name")

        async with working_dispatcher(lookup=lookup) as dispatcher:
            mine = make_account()
            bad = [send(dispatcher, mine, url) for url in self.BAD]
            good = [send(dispatcher, mine, receiver.url("200")) for _ in self.BAD]
            await dispatcher.settle(mine)
            assert {callback.state for callback in good} == {"delivered"}
            for callback in bad:
                (attempt,) = callback.attempts
                assert attempt.status is None
                assert str(attempt.error).startswith(("forbidden: ", "unreachable: "))
            await play(dispatcher, mine)
            assert {(callback.state, callback.pushes) for callback in bad} == {("exhausted", 16)}
            assert {len(callback.attempts) for callback in good} == {1}

    @pytest.mark.parametrize(("name", "reason"), [("listed.test", "unreachable"), ("other.test", "forbidden")])
    async def test_public_names_are_listed(self, name: str, reason: str) -> None:
        async def lookup(host: str) -> Sequence[str]:
            return ["203.0.113.5"]

        async with working_dispatcher(
            Callbacks(timeout=0.05, gaps=(GAP,), allow=("listed.test",)), lookup
        ) as dispatcher:
            mine = make_account()
            callback = send(dispatcher, mine, f"http://{name}/")
            await dispatcher.settle(mine)
            forbidden = str(callback.attempts[0].error).startswith("forbidden")
            assert forbidden is (reason == "forbidden")

    async def test_private_addresses_are_not_forbidden(self) -> None:
        egress = Egress(private=True)
        assert egress.is_allowed("receiver", "172.18.0.3")


async def test_settings_that_change_hold_from_the_next_push_on(receiver: Receiver) -> None:
    mine = make_account()
    async with working_dispatcher(Callbacks(timeout=5, gaps=(GAP,))) as dispatcher:
        callback = send(dispatcher, mine, receiver.url("500"))
        await dispatcher.settle(mine)
        dispatcher.apply_settings(Callbacks(timeout=5, gaps=(3 * GAP,), pushes=3))
        mine.clock.advance(GAP)
        await dispatcher.settle(mine)
        assert callback.next_at == mine.clock.now() + 3 * GAP
        await play(dispatcher, mine)
        assert (callback.state, callback.pushes) == ("exhausted", 3)


async def test_hosts_that_may_be_called_can_change() -> None:
    async def nowhere(_name: str) -> Sequence[str]:
        return ["93.184.216.34"]

    mine = make_account()
    async with working_dispatcher(
        Callbacks(timeout=5, gaps=(GAP,), pushes=1, allow=("a.test",)), nowhere
    ) as dispatcher:
        dispatcher.apply_settings(Callbacks(timeout=5, gaps=(GAP,), pushes=1))
        callback = send(dispatcher, mine, "http://a.test/")
        await dispatcher.settle(mine)
        assert "not allowed" in str(callback.attempts[0].error)
