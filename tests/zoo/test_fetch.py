from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from bad_server import HASTY, Behaviour, entry_of, file_of

from restorekit.errors import (
    CheckpointError,
    ChecksumError,
    DownloadError,
    UntrustedError,
    WeightsError,
)
from restorekit.files import sha256_of
from restorekit.zoo.cache import Cache
from restorekit.zoo.checkpoint import read_tensors
from restorekit.zoo.events import Notice, Progress, readable_size
from restorekit.zoo.fetch import fetch_entry


class Ear:
    """Listens to the events of a fetch."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.progress: list[Progress] = []

    def __call__(self, event: Notice | Progress) -> None:
        if isinstance(event, Notice):
            self.lines.append(event.text)
        else:
            self.progress.append(event)


def get(entry, cache, **options) -> tuple[Path, Ear]:
    ear = Ear()
    return fetch_entry(entry, cache, on_event=ear, patience=HASTY, **options), ear


@pytest.fixture
def entry(server, tiny):
    return entry_of(file_of(server.put("/tiny.pth", Behaviour(tiny)), tiny))


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 255
    path.write_bytes(content)


def test_weights_arrive_once_as_safetensors_with_their_facts(server, entry, cache, tiny):
    path, ear = get(entry, cache)
    assert path == cache.path("tiny")
    assert len(server.requests) == 1
    size = readable_size(len(tiny))
    assert ear.lines == [f"downloading tiny (MIT, {size}, float32) from {entry.sources[0]}"]
    assert ear.progress[-1] == Progress("tiny.pth", len(tiny), len(tiny))
    record = cache.record("tiny")
    assert record.sha256 == sha256_of(path)
    assert list(record.sources.values()) == [entry.sources[0].files[0].sha256]
    assert list(cache.downloads().iterdir()) == []
    again, ear = get(entry, cache, offline=True)
    assert (again, ear.lines, len(server.requests)) == (path, [], 1)


def test_a_licence_that_restricts_is_told_before_the_first_byte(server, entry, cache):
    licence = {"licence": "Academic", "licence_url": "https://example.org/terms"}
    entry = dataclasses.replace(entry, commercial=False, **licence)
    asked: list[tuple[str, int]] = []

    def listen(event):
        if isinstance(event, Notice):
            asked.append((event.text, len(server.requests)))

    fetch_entry(entry, cache, on_event=listen, patience=HASTY)
    told = "the Academic forbids commercial use: https://example.org/terms"
    assert asked[0] == (told, 0)
    assert len(server.requests) == 1


def test_tensors_are_the_same_after_conversion(entry, cache, tiny, tmp_path):
    path, _ = get(entry, cache)
    (tmp_path / "original").write_bytes(tiny)
    original, converted = read_tensors(tmp_path / "original"), read_tensors(path)
    assert original.keys() == converted.keys()
    assert all(torch.equal(original[key], converted[key]) for key in original)


def test_each_failure_is_told_and_the_next_source_is_tried(server, cache, tiny):
    gone = file_of(server.put("/gone.pth", Behaviour(b"", status=404)), tiny)
    wrong = file_of(server.put("/wrong.pth", Behaviour(bytes(len(tiny)))), tiny)
    good = file_of(server.put("/good.pth", Behaviour(tiny)), tiny)
    path, ear = get(entry_of(gone, wrong, good), cache)
    assert path.is_file()
    told = [line for line in ear.lines if not line.startswith("downloading")]
    assert len(told) == 2
    assert "gone.pth" in told[0]
    assert "HTTP 404" in told[0]
    assert "wrong.pth" in told[1]
    assert "was removed" in told[1]


def test_when_every_source_fails_one_line_names_them_all(server, cache, tiny):
    files = [file_of(server.put(f"/{n}.pth", Behaviour(b"", status=404)), tiny) for n in range(2)]
    with pytest.raises(DownloadError) as info:
        get(entry_of(*files), cache)
    assert "none of the 2 sources gave tiny" in str(info.value)
    assert all(file.address in str(info.value) for file in files)
    assert "\n" not in str(info.value)


def test_one_source_with_wrong_bytes_is_a_checksum_error_and_leaves_nothing(server, cache, tiny):
    file = file_of(server.put("/w.pth", Behaviour(bytes(len(tiny)))), tiny)
    with pytest.raises(ChecksumError, match="was removed"):
        get(entry_of(file), cache)
    assert [path for path in cache.downloads().rglob("*") if path.is_file()] == []
    assert not cache.path("tiny").exists()


def test_offline_says_what_to_do(server, entry, cache):
    with pytest.raises(DownloadError, match="put a file with the right sha256 into"):
        get(entry, cache, offline=True)
    assert server.requests == []


@pytest.mark.parametrize("place", ["holiday.jpg", "deep/er/weights", "weights/other.pth"])
def test_hand_placed_file_is_known_by_its_hash(server, entry, cache, tiny, place):
    placed = cache.root / place
    placed.parent.mkdir(parents=True)
    placed.write_bytes(tiny)
    (placed.parent / "same-size").write_bytes(bytes(len(tiny)))
    path, ear = get(entry, cache, offline=True)
    assert ear.lines == [f"found tiny as {placed}"]
    assert placed.read_bytes() == tiny
    assert path.is_file()
    assert server.requests == []


def test_hand_placed_file_whose_size_the_manifest_lacks(server, entry, cache, tiny):
    file = dataclasses.replace(entry.sources[0].files[0], bytes=None)
    cache.root.mkdir()
    (cache.root / "x").write_bytes(tiny)
    path, _ = get(entry_of(file), cache, offline=True)
    assert path.is_file()


def test_unknown_hash_needs_the_users_word_once(server, cache, tiny):
    file = file_of(server.put("/tiny.pth", Behaviour(tiny)), tiny, known=False)
    with pytest.raises(UntrustedError, match="--trust-unverified"):
        get(entry_of(file), cache)
    assert server.requests == []
    path, ear = get(entry_of(file), cache, trust_unverified=True)
    digest = file_of("", tiny).sha256
    assert ear.lines[-1] == f"trusted tiny.pth without a known sha256; it is {digest}"
    assert get(entry_of(file), cache)[0] == path
    assert len(server.requests) == 1


@pytest.mark.parametrize("spoil", [damage, lambda path: path.write_bytes(path.read_bytes()[:99])])
def test_damaged_cache_is_told_by_verify_and_fetched_again(server, entry, cache, spoil):
    path, _ = get(entry, cache)
    assert [found.problem for found in cache.verify()] == [None]
    spoil(path)
    (found,) = cache.verify()
    assert found.path == path
    assert "expected" in found.problem
    with pytest.raises(DownloadError):
        get(entry, cache, offline=True)
    path, _ear = get(entry, cache)
    assert [found.problem for found in cache.verify()] == [None]
    assert len(server.requests) == 2


def test_offline_keeps_damaged_weights(entry, cache):
    path = fetch_entry(entry, cache)
    path.write_bytes(path.read_bytes()[:-1])
    told = []
    with pytest.raises(WeightsError):
        fetch_entry(entry, cache, offline=True, on_event=told.append)
    assert path.exists()
    assert "is damaged: expected" in told[0].text


def test_removal_of_damaged_weights_is_one_line(entry, cache):
    path, _ = get(entry, cache)
    damage(path)
    _, ear = get(entry, cache)
    assert ear.lines[0].startswith(f"removed {path}: expected sha256 ")
    assert "\n" not in ear.lines[0]


@pytest.mark.parametrize("lost", [".json", ".safetensors"])
def test_half_of_a_pair_is_a_problem_and_no_weights(entry, cache, lost):
    path, _ = get(entry, cache)
    path.with_suffix(lost).unlink()
    assert "is missing" in cache.verify()[0].problem
    assert not cache.holds(entry)
    get(entry, cache)
    assert cache.holds(entry)


def test_weights_of_another_version_of_the_manifest_are_not_taken(server, entry, cache, tiny):
    get(entry, cache)
    newer = entry_of(file_of(entry.sources[0].files[0].address, tiny + b" "))
    assert cache.holds(entry)
    assert not cache.holds(newer)


def test_files_of_another_network_are_refused(server, cache, tiny):
    file = file_of(server.put("/tiny.pth", Behaviour(tiny)), tiny)
    entry = dataclasses.replace(entry_of(file), architecture="rrdbnet")
    with pytest.raises(CheckpointError, match="is no rrdbnet"):
        get(entry, cache)
    assert not cache.path("tiny").exists()


def test_cache_folder_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("RESTOREKIT_CACHE", str(tmp_path / "한글 photo"))
    assert Cache().root == tmp_path / "한글 photo"
    monkeypatch.setenv("RESTOREKIT_CACHE", "")
    assert Cache().root.name == "restorekit"


def test_unwritable_cache_is_told_in_one_line(entry, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WeightsError, match="RESTOREKIT_CACHE") as info:
        get(entry, Cache(tmp_path / "file"))
    assert "\n" not in str(info.value)


WORKER = """
import json, sys
from pathlib import Path
from bad_server import HASTY, entry_of
from restorekit.zoo.cache import Cache
from restorekit.zoo.fetch import fetch_entry
from restorekit.zoo.sources import File
print("ready", flush=True)
sys.stdin.readline()
file = File(*json.loads(sys.argv[1]))
print(fetch_entry(entry_of(file), Cache(Path(sys.argv[2])), patience=HASTY))
"""


def test_two_processes_at_once_do_the_work_once(server, entry, cache):
    file = entry.sources[0].files[0]
    command = [sys.executable, "-c", WORKER, json.dumps(dataclasses.astuple(file)), str(cache.root)]
    here = Path(__file__)
    paths = os.pathsep.join([str(here.parent), str(here.parents[2])])
    workers = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        for _ in range(2)
    ]
    assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 2
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    answers = [worker.communicate(timeout=60)[0].strip() for worker in workers]
    assert answers == [str(cache.path("tiny"))] * 2
    assert len(server.requests) == 1
    assert cache.verify()[0].problem is None
