"""A host of pictures on loopback, as good and as bad as hosts are."""

import io
import struct
import threading
import zlib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


class PictureHost:
    """A host used as a context manager. `answers` maps a path to a status and a body; None hangs until the end."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes] | None] = {}
        self.requested: list[str] = []
        self._end = threading.Event()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.requested.append(self.path)
                shown = host.answers[self.path]
                if shown is None:
                    host._end.wait(10)
                    return
                status, body = shown
                self.send_response(status)
                self.send_header("Content-Type", "image/jpeg")  # whatever it is
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(ConnectionError):  # who has seen enough hangs up
                    self.wfile.write(body[:-1] if "cut" in self.path else body)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "PictureHost":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, name: str, body: bytes | None = b"", status: int = 200) -> str:
        """Serve something under a name; return its address."""
        self.answers[f"/{name}"] = None if body is None else (status, body)
        return f"http://127.0.0.1:{self._server.server_port}/{name}"


def encode_png_head(width: int, height: int) -> bytes:
    """Return the beginning of a PNG that says it is so large."""
    head = b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + struct.pack(">I", zlib.crc32(head))


def encode_picture(kind: str = "png", width: int = 40, height: int = 30, frames: int = 1, remark: bytes = b"") -> bytes:
    """Return a picture in memory, with a remark behind its end."""
    images = [Image.new("RGB", (width, height), (20 * n, 0, 255 - 20 * n)) for n in range(frames)]
    file = io.BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(file, kind, **more)
    return file.getvalue() + remark
