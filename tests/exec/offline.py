"""Runs a command on a machine without a network, where loopback alone is there: `offline.py COMMAND [ARG]...`.

A network namespace is Linux's, and not every container may make one; then the command is not run.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys

_NEW_NET, _NEW_USER = 0x40000000, 0x10000000  # CLONE_NEWNET, CLONE_NEWUSER of <sched.h>
_SET_FLAGS, _UP = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP of <net/if.h>


def leave_network() -> None:
    """Move this process into a network of its own. Raises OSError."""
    flags = _NEW_NET if os.geteuid() == 0 else _NEW_NET | _NEW_USER
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH22x", b"lo", _UP))


if __name__ == "__main__":
    try:
        leave_network()
    except (AttributeError, OSError) as error:  # another system than Linux has no unshare
        sys.exit(f"no network namespace: {error}")
    os.execvp(sys.argv[1], sys.argv[1:])
