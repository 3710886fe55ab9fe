from __future__ import annotations

import dataclasses
import hashlib
import time
from typing import TYPE_CHECKING

import pytest
from bad_server import HASTY, PAGE, Behaviour, Server, file_of

from restorekit.errors import ChecksumError, DownloadError, RestorekitError, WeightsError
from restorekit.zoo.download import BLOCK, download

if TYPE_CHECKING:
    from pathlib import Path

BODY = bytes(range(256)) * 1024  # 256 KiB
HALF = len(BODY) // 2


def left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def get(server: Server, target: Path, behaviour: Behaviour, *, known: bool = True, **options):
    file = file_of(server.put("/w.pth", behaviour), BODY, known=known)
    return download(file, target, patience=HASTY, **options)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "w.pth"


def refused(kind: type[RestorekitError], *args, **options) -> str:
    with pytest.raises(kind) as info:
        get(*args, **options)
    message = str(info.value)
    assert "\n" not in message
    return message


def test_whole_file_arrives_and_is_counted(server, target):
    seen: list[tuple[int, int | None]] = []
    digest = get(server, target, Behaviour(BODY), on_bytes=lambda *pair: seen.append(pair))
    assert digest == hashlib.sha256(BODY).hexdigest()
    assert target.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert left(target) == ["w.pth"]


@pytest.mark.parametrize("known", [True, False])
def test_cut_off_twice_is_resumed_and_no_byte_comes_twice(server, target, known):
    get(server, target, Behaviour(BODY, cut_at=[3 * BLOCK, HALF]), known=known)
    assert target.read_bytes() == BODY
    assert server.served == len(BODY)
    ranges = [request.get("Range") for request in server.requests]
    assert ranges == [None, f"bytes={3 * BLOCK}-", f"bytes={3 * BLOCK + HALF}-"]
    assert server.requests[1]["If-Range"] == '"v1"'


def test_a_later_call_goes_on_where_an_earlier_one_ended(server, target):
    behaviour = Behaviour(BODY, cut_at=[HALF, 0, 0, 0])
    message = refused(DownloadError, server, target, behaviour)
    assert "ended before the file did in 3 tries" in message
    assert not target.exists()
    behaviour.cut_at.clear()
    get(server, target, behaviour)
    assert target.read_bytes() == BODY
    assert server.served == len(BODY)


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(server, target):
    other = bytes(len(BODY))
    refused(DownloadError, server, target, Behaviour(other, cut_at=[HALF, 0, 0, 0], etag='"v0"'))
    get(server, target, Behaviour(BODY))
    assert target.read_bytes() == BODY


def test_a_stale_beginning_that_nothing_gave_away_is_fetched_again(server, target):
    other = bytes(len(BODY))
    refused(DownloadError, server, target, Behaviour(other, cut_at=[HALF, 0, 0, 0], etag=None))
    get(server, target, Behaviour(BODY, etag=None))
    assert target.read_bytes() == BODY
    assert server.served == HALF + HALF + len(BODY)


def test_without_hash_and_tag_nothing_is_resumed(server, target):
    get(server, target, Behaviour(BODY, cut_at=[HALF], etag=None), known=False)
    assert target.read_bytes() == BODY
    assert all("Range" not in request for request in server.requests)


def test_server_that_ignores_range_is_read_from_the_beginning(server, target):
    get(server, target, Behaviour(BODY, cut_at=[HALF], ranges=False))
    assert target.read_bytes() == BODY
    assert server.served == HALF + len(BODY)


def test_stalled_server_is_told_within_seconds(server, target):
    begun = time.monotonic()
    message = refused(DownloadError, server, target, Behaviour(BODY, cut_at=[0] * 9, stall=True))
    assert "did not answer in time" in message
    assert time.monotonic() - begun < 5


def test_server_that_promises_more_than_it_has(server, target):
    behaviour = Behaviour(BODY, claim=len(BODY) + 10, etag=None)
    message = refused(DownloadError, server, target, behaviour)
    assert f"expected {len(BODY)} bytes, got {len(BODY) + 10}" in message
    message = refused(DownloadError, server, target, behaviour, known=False)
    assert "ended before the file did" in message
    assert not target.exists()


def test_server_that_promises_less_than_it_has(server, target):
    message = refused(DownloadError, server, target, Behaviour(BODY, claim=HALF))
    assert f"expected {len(BODY)} bytes, got {HALF}" in message
    assert left(target) == []


def test_body_without_a_length(server, target):
    get(server, target, Behaviour(BODY, chunked=True))
    assert target.read_bytes() == BODY


def test_endless_body_is_not_read_to_its_end(server, target):
    body = BODY + bytes(4_000_000)
    message = refused(ChecksumError, server, target, Behaviour(body, chunked=True))
    assert "was removed" in message
    assert left(target) == []


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (Behaviour(PAGE, kind="text/html; charset=utf-8"), "web page instead of weights"),
        (Behaviour(PAGE + bytes(len(BODY) - len(PAGE))), "web page instead of weights"),
        (Behaviour(PAGE, status=404, kind="text/html"), "HTTP 404"),
        (Behaviour(b"", status=403), "HTTP 403"),
    ],
)
def test_answers_that_are_no_weights(server, target, behaviour, told):
    assert told in refused(DownloadError, server, target, behaviour)
    assert left(target) == []
    assert len(server.requests) == 1


def test_wrong_bytes_are_removed_and_both_hashes_told(server, target):
    wrong = bytes(len(BODY))
    message = refused(ChecksumError, server, target, Behaviour(wrong))
    assert hashlib.sha256(BODY).hexdigest() in message
    assert hashlib.sha256(wrong).hexdigest() in message
    assert "was removed" in message
    assert left(target) == []


def test_busy_server_is_asked_again(server, target):
    get(server, target, Behaviour(BODY, busy=2))
    assert target.read_bytes() == BODY
    assert len(server.requests) == 3


def test_busy_for_ever_is_told(server, target):
    assert "HTTP 503" in refused(DownloadError, server, target, Behaviour(BODY, busy=99))
    assert len(server.requests) == HASTY.attempts


def test_nobody_there(server, target):
    address = server.put("/w.pth", Behaviour(BODY)).replace(str(server.http.server_port), "1")
    with pytest.raises(DownloadError, match="refused"):
        download(file_of(address, BODY), target, patience=HASTY)


def test_unwritable_folder_names_the_way_out(server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WeightsError, match="RESTOREKIT_CACHE"):
        get(server, tmp_path / "file" / "w.pth", Behaviour(BODY))


def test_waits_grow(server, target, monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    patience = dataclasses.replace(HASTY, attempts=4, pause=1.0)
    file = file_of(server.put("/w.pth", Behaviour(BODY, busy=99)), BODY)
    with pytest.raises(DownloadError):
        download(file, target, patience=patience)
    assert waits == [1.0, 2.0, 4.0]


def test_a_proxy_that_is_not_there(server, target, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    address = server.put("/w.pth", Behaviour(BODY))
    with pytest.raises(DownloadError, match=r"got no connection to the proxy in \d tries"):
        download(file_of(address, BODY), target, patience=HASTY)
