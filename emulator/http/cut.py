"""How a connection is ended at once."""

import asyncio
import socket
import struct


def cut(transport: asyncio.Transport) -> None:
    """End a connection at once (RST)."""
    if not transport.is_closing():
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
