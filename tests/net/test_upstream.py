"""The address of a proxy that a user had."""

from base64 import b64encode

import pytest

from emulator.net.upstream import read_upstream


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("http://proxy.test:3128", ("proxy.test", 3128, None)),
        ("HTTP://Proxy.test:3128/", ("proxy.test", 3128, None)),
        ("proxy.test:3128", ("proxy.test", 3128, None)),
        ("http://proxy.test", ("proxy.test", 80, None)),
        ("http://[::1]:3128", ("::1", 3128, None)),
        ("http://me:word@proxy.test:1", ("proxy.test", 1, b"me:word")),
        ("me@proxy.test:1", ("proxy.test", 1, b"me:")),
        ("http://m%40e:w%3Ao%2Frd%0d%0a@proxy.test:1", ("proxy.test", 1, b"m@e:w:o/rd\r\n")),
        ("http://用户:密@proxy.test:1", ("proxy.test", 1, "用户:密".encode())),
    ],
)
def test_addresses(address: str, read: tuple[str, int, bytes | None]) -> None:
    host, port, credentials = read
    assert read_upstream(address) == (host, port, credentials and b"Basic " + b64encode(credentials))


@pytest.mark.parametrize(
    "address",
    ["", "http://", "http://:80", "socks5://h:1", "https://u:SECRET@h:1", "http://u:SECRET@h:x", "http://u:SECRET@[h"],
)
def test_what_is_no_address_is_told_without_the_password(address: str) -> None:
    with pytest.raises(ValueError, match="http://") as raised:
        read_upstream(address)
    assert "SECRET" not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
