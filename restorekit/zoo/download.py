"""One file over https: resumed where it was cut off, checked before it counts."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.errors import ChecksumError, DownloadError
from restorekit.files import sha256_of
from restorekit.zoo.cache import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests

    from restorekit.zoo.sources import File

    OnBytes = Callable[[int, int | None], None]
    """Called as bytes arrive, with how many are here and how many there are, where known."""

BLOCK = 1 << 14  # what is lost at most when a connection ends in the middle
WEB_PAGE = (b"<!doctype html", b"<html", b"<?xml")
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server."""

    connect: float = 10.0
    """Seconds until the connection stands."""
    read: float = 15.0
    """Seconds between two pieces of the answer."""
    attempts: int = 4
    """Tries in a row that brought no byte; one that did starts the count again."""
    pause: float = 1.0
    """Seconds before the second try; each later pause is twice as long."""


class _TryAgainError(Exception):
    """This try failed, another one may not."""

    def __init__(self, reason: str, *, reached: bool = True) -> None:
        super().__init__(reason)
        self.reached = reached


def download(
    file: File,
    target: Path,
    *,
    on_bytes: OnBytes | None = None,
    patience: Patience | None = None,
) -> str:
    """Fetch ``file`` to ``target`` and return its sha256.

    What has arrived is kept as ``TARGET.part`` until the file is whole, and a later call goes on
    from there. Proxies and certificates are those that requests takes from the environment.

    Args:
        file: Its address, and its sha256 and size where they are known.
        target: Written only when the file is whole and has the sha256 that was promised.
        on_bytes: Told as bytes arrive.
        patience: How long to wait; the defaults if None.

    Raises:
        DownloadError: The server cannot be reached, or does not have the file.
        ChecksumError: Other bytes came than were promised; they are removed.
        WeightsError: The folder cannot be written.
    """
    part = _Part(target.with_name(target.name + ".part"))
    resumed = part.size() > 0
    _fill(part, file, on_bytes, patience or Patience())
    try:
        digest = _checked(part, file)
    except ChecksumError:
        if not resumed:
            raise
        # The beginning came from an earlier call, perhaps from another version of the file.
        _fill(part, file, on_bytes, patience or Patience())
        digest = _checked(part, file)
    with told(target):
        part.path.replace(target)
    part.remove()
    return digest


class _Part:
    """The bytes that are here, and the server's tag (ETag) of the file that they belong to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tag_path = path.with_name("etag-of-" + path.name)

    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def tag(self) -> str | None:
        return self.tag_path.read_text("ascii", "replace") if self.tag_path.is_file() else None

    def start(self, tag: str | None) -> None:
        """Begin again, with what the server says of the file now."""
        self.remove()
        # A weak tag does not promise the same bytes, so it is no ground to go on from.
        if tag is not None and not tag.startswith("W/"):
            self.tag_path.write_text(tag, "ascii", "replace")

    def remove(self) -> None:
        for path in (self.path, self.tag_path):
            path.unlink(missing_ok=True)


def _fill(part: _Part, file: File, on_bytes: OnBytes | None, patience: Patience) -> None:
    """Try until the part is whole or nothing more can be hoped for."""
    failed = 0
    while True:
        before = part.size()
        try:
            _attempt(part, file, on_bytes, patience)
        except _TryAgainError as reason:
            failed = 1 if part.size() > before else failed + 1
            if failed >= (patience.attempts if reason.reached else min(2, patience.attempts)):
                raise DownloadError(
                    f"{file.address} could not be fetched", got=f"{reason} in {failed} tries"
                ) from reason
            time.sleep(patience.pause * 2 ** (failed - 1))
        else:
            return


def _attempt(part: _Part, file: File, on_bytes: OnBytes | None, patience: Patience) -> None:
    import requests

    if file.sha256 is None and part.tag() is None:
        # Nothing would notice that the two halves belong to different files.
        part.remove()
    here = part.size()
    if here and here == file.bytes:
        return
    try:
        with requests.get(
            file.address,
            headers=_headers(here, part.tag()),
            stream=True,
            timeout=(patience.connect, patience.read),
        ) as answer:
            _receive(answer, part, file, on_bytes)
    except requests.exceptions.SSLError as error:
        raise DownloadError(
            f"{file.address} is not trusted",
            got=_reason(error),
            hint="behind a company's proxy, name its certificates with REQUESTS_CA_BUNDLE",
        ) from error
    except requests.exceptions.RequestException as error:
        cut = isinstance(error, requests.exceptions.ChunkedEncodingError)
        raise _TryAgainError(_reason(error), reached=cut or part.size() > here) from error


def _headers(here: int, tag: str | None) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}
    if here:
        headers["Range"] = f"bytes={here}-"
        if tag is not None:
            headers["If-Range"] = tag
    return headers


def _receive(answer: requests.Response, part: _Part, file: File, on_bytes: OnBytes | None) -> None:
    """Append the body of ``answer`` to the part."""
    if answer.status_code == 416 and part.size():
        _beyond_the_end(answer, part)
        return
    _check_answer(answer, file)
    here = _start(answer, part)
    total = _total(answer, part, file, here)
    with told(part.path):
        output = part.path.open("ab")
    with output:
        for block in answer.iter_content(BLOCK):
            with told(part.path):
                output.write(block)
                output.flush()
            here += len(block)
            if on_bytes is not None:
                on_bytes(here, total)
            if total is not None and here > total:
                break
    if total is not None and here < total:
        raise _TryAgainError("the connection ended before the file did")


def _start(answer: requests.Response, part: _Part) -> int:
    """Where the body of ``answer`` begins: at the end of the part, or with an emptied part at 0."""
    here = part.size()
    if answer.status_code == 206:
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
            part.remove()
            raise _TryAgainError("the server gave another range than the one that was asked for")
        return here
    with told(part.path):
        part.start(answer.headers.get("ETag"))
    return 0


def _total(answer: requests.Response, part: _Part, file: File, here: int) -> int | None:
    length = answer.headers.get("Content-Length", "")
    total = here + int(length) if length.isdigit() else file.bytes
    if file.bytes is not None and total != file.bytes:
        part.remove()
        raise DownloadError(
            f"{file.address} has another size", expected=f"{file.bytes} bytes", got=f"{total}"
        )
    return total


def _beyond_the_end(answer: requests.Response, part: _Part) -> None:
    """The server has no bytes after those that are here: all is here, or too much."""
    if answer.headers.get("Content-Range") != f"bytes */{part.size()}":
        part.remove()
        raise _TryAgainError("the server has a shorter file than the one that was begun")


def _check_answer(answer: requests.Response, file: File) -> None:
    status = f"HTTP {answer.status_code} {answer.reason or ''}".strip()
    if answer.status_code in BUSY:
        raise _TryAgainError(status)
    if not answer.ok:
        raise DownloadError(f"{file.address} could not be fetched", got=status)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        raise _web_page(file)


def _web_page(file: File) -> DownloadError:
    return DownloadError(
        f"{file.address} gave a web page instead of weights",
        hint="a login page or a filter of the network may stand in between",
    )


def _checked(part: _Part, file: File) -> str:
    """The sha256 of the part, which is the one that was promised."""
    digest = sha256_of(part.path)
    if file.sha256 is not None and digest != file.sha256:
        with part.path.open("rb") as content:
            beginning = content.read(64).lstrip().lower()
        size = part.size()
        part.remove()
        if beginning.startswith(WEB_PAGE):
            raise _web_page(file)
        raise ChecksumError(
            f"{file.name} from {file.address} is not the promised file and was removed",
            expected=f"sha256 {file.sha256}",
            got=f"{digest} ({size} bytes)",
        )
    return digest


def _reason(error: Exception) -> str:
    """The cause that a person can act on, out of the layers that requests wraps around it."""
    cause = error.args[0] if error.args else error
    text = str(getattr(cause, "reason", cause))
    if "timed out" in text:
        return "the server did not answer in time"
    if "Unable to connect to proxy" in text:
        return "no connection to the proxy"
    if "IncompleteRead" in text:
        return "the connection ended before the file did"
    return re.sub(r"^HTTPS?Connection(Pool)?\([^)]*\): ", "", text)
