"""A web server on loopback that behaves as badly as it is told to."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from restorekit.zoo.download import Patience
from restorekit.zoo.manifest import Entry, MetricWeights
from restorekit.zoo.sources import File, Source

HASTY = Patience(connect=2.0, read=0.5, attempts=3, pause=0.01)
PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"


@dataclass
class Behaviour:
    """What the server does with one path."""

    body: bytes
    status: int = 200
    kind: str = "application/octet-stream"
    cut_at: list[int] = field(default_factory=list)
    """Each request takes one off the front and gets no more bytes of its answer than that."""
    stall: bool = False
    claim: int | None = None
    """Content-Length, where it is a lie."""
    chunked: bool = False
    ranges: bool = True
    etag: str | None = '"v1"'
    busy: int = 0
    """How many requests are turned away first."""


class Server:
    """The server; ``served`` counts the bytes of bodies, ``requests`` keeps the headers."""

    def __init__(self) -> None:
        self.paths: dict[str, Behaviour] = {}
        self.served = 0
        self.requests: list[dict[str, str]] = []
        self.closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        self.thread = threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self.thread.start()

    def put(self, path: str, behaviour: Behaviour) -> str:
        self.paths[path] = behaviour
        return f"http://127.0.0.1:{self.http.server_port}{path}"

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.close_connection = True
            server.requests.append(dict(self.headers))
            behaviour = server.paths[self.path]
            if behaviour.busy > 0:
                behaviour.busy -= 1
                self.send_error(503)
                return
            body, start = behaviour.body, 0
            wanted = self.headers.get("Range")
            same = self.headers.get("If-Range") in (None, behaviour.etag)
            if wanted and behaviour.ranges and same:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if start >= len(body):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(body)}")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            else:
                self.send_response(behaviour.status)
            self.send_header("Content-Type", behaviour.kind)
            if behaviour.etag:
                self.send_header("ETag", behaviour.etag)
            if not behaviour.chunked:
                self.send_header("Content-Length", str(behaviour.claim or len(body) - start))
            self.end_headers()
            end = start + behaviour.cut_at.pop(0) if behaviour.cut_at else len(body)
            server.served += len(body[start:end])
            with contextlib.suppress(ConnectionError):  # the client may have seen enough
                self.wfile.write(body[start:end])
            if behaviour.stall:
                server.closing.wait(20)

    return Handler


def file_of(address: str, body: bytes, *, known: bool = True) -> File:
    """The file that the manifest would promise for ``body``."""
    digest = hashlib.sha256(body).hexdigest()
    return File(address, digest if known else None, len(body) if known else None)


def entry_of(*files: File, name: str = "tiny") -> Entry:
    """An entry whose sources are one checkpoint each."""
    return Entry(
        name=name,
        title="a test",
        task="sr",
        scale=4,
        architecture="srvggnet-compact",
        channels=3,
        range=(0.0, 1.0),
        licence="MIT",
        licence_url=None,
        commercial=True,
        paper="none",
        training_data=None,
        trained_with=None,
        sources=tuple(Source("torch", "float32", (file,), None) for file in files),
        default=False,
        twin=None,
        hidden=False,
    )


def metric_weights_of(*files: File, keep: tuple[str, ...], form: str = "torch") -> MetricWeights:
    """What a metric measures with, its sources one file each."""
    return MetricWeights(
        name="tiny",
        title="a test",
        licence="MIT",
        licence_url=None,
        commercial=None,
        paper="none",
        training_data=None,
        trained_with=None,
        sources=tuple(Source(form, "float32", (file,), None) for file in files),
        keep=keep,
    )
