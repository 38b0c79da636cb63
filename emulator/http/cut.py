"""How a connection is ended at once."""

import asyncio
import socket
import struct
import sys

_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # `struct linger`: on, for no time


def cut(transport: asyncio.Transport) -> None:
    """End a connection at once (RST)."""
    if not transport.is_closing():
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
