"""Three stages that overlap, bounded, and failures that stay with their photo."""

from __future__ import annotations

import json
import threading
import time
import weakref
from typing import TYPE_CHECKING

import pytest
from toy_batch import (
    Toy,
    load,
    measure,
    names,
    plan_toys,
    restore,
    run_toys,
    save,
    toy_stages,
    write_toy,
)

from restorekit.batch.events import BatchFinished, Decoded, Done, Event, Failed, TileDone
from restorekit.batch.stages import Saved
from restorekit.contracts import Size
from restorekit.errors import NumericalError, PhotoError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import OnTile

PATIENCE = 10.0
"""Seconds that a test waits for another thread before it fails."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(10):
        write_toy(tmp_path / f"in/{number}.jpg", f"photo {number}")
    return tmp_path / "in"


def test_every_photo_is_restored_and_no_input_is_touched(photos: Path) -> None:
    before = {path: path.read_bytes() for path in photos.iterdir()}
    report = run_toys(plan_toys(photos))
    assert report.exit_status == 0
    assert (len(report.done), report.skipped, report.failed, report.left) == (10, (), (), 0)
    assert (photos.parent / "in_x2/7.jpg").read_text() == "8x6 PHOTO 7"
    assert {path: path.read_bytes() for path in photos.iterdir()} == before
    assert (report.done[0].size, report.done[0].result_size) == (Size(3, 4), Size(6, 8))


@pytest.mark.parametrize("stage", ["load", "restore", "save"])
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PhotoError("bad photo", hint="look at it"), "bad photo (look at it)"),
        (NumericalError("not finite"), "{photo}: not finite"),
        (ValueError("two\nlines"), "{photo}: unexpected ValueError: two lines"),
        (MemoryError(), "{photo}: not enough main memory for this photo"),
        (OSError(28, "No space left on device", "x"), "x: No space left on device"),
        (SystemExit(3), "{photo}: unexpected SystemExit: 3"),
    ],
)
def test_one_failure_among_ten(photos: Path, stage: str, error: Exception, message: str) -> None:
    def failing_load(path: Path | None) -> Toy:
        if stage == "load" and str(path).endswith("4.jpg"):
            raise error
        return load(path)

    def failing_restore(toy: Toy, on_tile: OnTile) -> Toy:
        if stage == "restore" and toy.words == "photo 4":
            raise error
        return restore(toy, on_tile)

    def failing_save(toy: Toy, target: Path | None) -> Saved:
        if stage == "save" and toy.words == "PHOTO 4":
            raise error
        return save(toy, target)

    stages = toy_stages(load=failing_load, workers=[failing_restore], save=failing_save)
    report = run_toys(plan_toys(photos), stages)
    photo = photos / "4.jpg"
    assert [(it.source, it.message) for it in report.failed] == [
        (photo, message.format(photo=photo))
    ]
    assert names(report.done) == [f"{n}.jpg" for n in range(10) if n != 4]
    assert report.exit_status == 1
    assert not (photos.parent / "in_x2/4.jpg").exists()


def test_inputs_that_stood_for_nothing_are_in_the_report(photos: Path) -> None:
    report = run_toys(plan_toys(photos, photos / "gone.jpg"))
    assert names(report.failed) == ["gone.jpg"]
    assert (len(report.done), report.exit_status) == (10, 1)


def test_fail_fast_begins_nothing_more(photos: Path) -> None:
    write_toy(photos / "3.jpg").write_text("broken")
    report = run_toys(plan_toys(photos), fail_fast=True)
    assert names(report.failed) == ["3.jpg"]
    assert set(names(report.done)) <= {"0.jpg", "1.jpg", "2.jpg"}
    assert report.left == 10 - 1 - len(report.done)
    assert report.exit_status == 1
    report = run_toys(plan_toys(photos, "gone.jpg"), fail_fast=True)
    assert (report.done, report.left) == ((), 10)


def test_stages_overlap(photos: Path) -> None:
    loading, restoring, saving = ({str(n): threading.Event() for n in range(10)} for _ in range(3))

    def number(toy: Toy) -> str:
        return toy.words[-1]

    def noted_load(path: Path | None) -> Toy:
        assert path is not None
        loading[path.stem].set()
        return load(path)

    def noted_restore(toy: Toy, on_tile: OnTile) -> Toy:
        restoring[number(toy)].set()
        if number(toy) == "0":
            assert loading["1"].wait(PATIENCE), "the second is decoded while the first is restored"
        if number(toy) == "1":
            assert saving["0"].wait(PATIENCE)
        return restore(toy, on_tile)

    def noted_save(toy: Toy, target: Path | None) -> Saved:
        saving[number(toy)].set()
        if number(toy) == "0":
            assert restoring["1"].wait(PATIENCE), "the second is restored while the first is saved"
        return save(toy, target)

    stages = toy_stages(load=noted_load, workers=[noted_restore], save=noted_save)
    assert run_toys(plan_toys(photos), stages).failed == ()


def test_two_devices_share_the_work(photos: Path) -> None:
    together = threading.Barrier(2)
    shares: dict[str, list[str]] = {"cuda:0": [], "cuda:1": []}

    def worker(device: str) -> object:
        def on_device(toy: Toy, on_tile: OnTile) -> Toy:
            if not shares[device]:
                together.wait(PATIENCE)
            shares[device].append(toy.words)
            return restore(toy, on_tile)

        return on_device

    report = run_toys(plan_toys(photos), toy_stages(workers=[worker(it) for it in shares]))
    assert (len(report.done), report.failed) == (10, ())
    assert min(map(len, shares.values())) >= 1
    shared = [words for share in shares.values() for words in share]
    assert sorted(shared) == [f"photo {n}" for n in range(10)]


class Census:
    """Counts photos that are alive, decoded or restored."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.lock = threading.Lock()

    def add(self, toy: Toy) -> Toy:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        weakref.finalize(toy, self.remove)
        return toy

    def remove(self) -> None:
        with self.lock:
            self.now -= 1


def most_alive(photos: Path, *, memory: int, limit: int) -> int:
    census = Census()

    def slow_save(toy: Toy, target: Path | None) -> Saved:
        time.sleep(0.02)
        return save(toy, target)

    stages = toy_stages(
        load=lambda path: census.add(load(path)),
        workers=[lambda toy, on_tile: census.add(restore(toy, on_tile))],
        save=slow_save,
        memory=lambda size: memory,
    )
    assert run_toys(plan_toys(photos), stages, memory_limit=limit, overwrite=True).failed == ()
    assert census.now == 0
    return census.most


def test_photos_do_not_pile_up(photos: Path) -> None:
    # One being written, one restored and waiting, one in the network beside its result (or the
    # result waiting in the worker's hands), one decoded.
    assert 3 <= most_alive(photos, memory=1, limit=1000) <= 5
    # With memory for one photo: it and its own result.
    assert most_alive(photos, memory=60, limit=100) == 2
    assert most_alive(photos, memory=600, limit=100) == 2, "too large, so it is alone"


def test_an_existing_file_is_not_lost(photos: Path) -> None:
    there = write_toy(photos.parent / "in_x2/5.jpg", "precious")
    report = run_toys(plan_toys(photos))
    assert [it.message for it in report.failed] == [
        (
            f"{there}: this file is there already "
            "(--overwrite replaces it, --resume keeps what is done)"
        )
    ]
    assert there.read_text() == "4x3 precious"
    assert len(run_toys(plan_toys(photos), overwrite=True).done) == 10
    assert there.read_text() == "8x6 PHOTO 5"


def test_a_file_that_appears_while_the_photo_is_restored_is_not_lost(photos: Path) -> None:
    target = photos.parent / "in_x2/5.jpg"

    def meanwhile(toy: Toy, on_tile: OnTile) -> Toy:
        if toy.words == "photo 5":
            write_toy(target, "precious")
        return restore(toy, on_tile)

    report = run_toys(plan_toys(photos), toy_stages(workers=[meanwhile]))
    assert names(report.failed) == ["5.jpg"]
    assert target.read_text() == "4x3 precious"


def test_events_are_json_and_tell_the_whole_story(photos: Path) -> None:
    write_toy(photos / "2.jpg").write_text("broken")
    events: list[Event] = []
    plan = plan_toys(photos, photos / "gone.jpg")
    threads: set[threading.Thread] = set()

    def hear(event: Event) -> None:
        events.append(event)
        threads.add(threading.current_thread())

    run_toys(plan, on_event=hear)
    assert threads == {threading.current_thread()}
    lines = [json.loads(json.dumps(event.as_dict())) for event in events]
    kinds = [line["event"] for line in lines]
    assert (kinds[0], kinds[-1]) == ("batch_started", "batch_finished")
    assert [kinds.count(it) for it in ("started", "decoded", "tile", "done")] == [10, 9, 36, 9]
    assert kinds.count("failed") == 2
    of_one = [line for line in lines if line.get("source") == str(photos / "7.jpg")]
    assert [line["event"] for line in of_one] == ["started", "decoded", *["tile"] * 4, "done"]
    assert [line["tile"] for line in of_one[2:6]] == [1, 2, 3, 4]
    assert of_one[-1]["target"] == str(photos.parent / "in_x2/7.jpg")
    assert of_one[-1]["result_size"] == {"width": 8, "height": 6}
    assert of_one[-1]["seconds"] >= 0
    assert {it: lines[-1][it] for it in ("done", "failed", "skipped", "left", "ignored")} == {
        "done": 9, "failed": 2, "skipped": 0, "left": 0, "ignored": 0,
    }  # fmt: skip


def test_standard_streams_and_notes() -> None:
    written: list[Toy] = []

    def save_stream(toy: Toy, target: Path | None) -> Saved:
        assert target is None
        written.append(toy)
        return Saved(toy.size, ("the depth was reduced",))

    stages = toy_stages(load=lambda path: Toy(Size(5, 6), f"from {path}"), save=save_stream)
    events: list[Event] = []
    report = run_toys(plan_toys("-"), stages, on_event=events.append)
    assert [(it.size, it.words) for it in written] == [(Size(10, 12), "FROM NONE")]
    assert report.done[0].notes == ("the depth was reduced",)
    done = next(it for it in events if isinstance(it, Done)).as_dict()
    assert (done["source"], done["target"]) == ("-", "-")
    assert [it.size for it in events if isinstance(it, Decoded)] == [Size(5, 6)]


def test_a_broken_header_is_left_to_the_decoder(photos: Path) -> None:
    def blind(path: Path) -> Size:
        raise PhotoError(f"{path}: no header")

    assert len(run_toys(plan_toys(photos), toy_stages(measure=blind)).done) == 10


def test_time_left_goes_by_pixels(tmp_path: Path) -> None:
    write_toy(tmp_path / "in/1.jpg", size="10x10")
    write_toy(tmp_path / "in/2.jpg", size="100x100")
    surveyed = threading.Event()

    def noted(path: Path) -> Size:
        size = measure(path)
        if threading.current_thread().name == "batch-survey" and path.stem == "2":
            surveyed.set()
        return size

    def timed(toy: Toy, on_tile: OnTile) -> Toy:
        assert surveyed.wait(PATIENCE)
        time.sleep(0.02)
        return restore(toy, on_tile)

    events: list[Event] = []
    run_toys(
        plan_toys(tmp_path / "in"),
        toy_stages(measure=noted, workers=[timed]),
        on_event=events.append,
    )
    left = [it.seconds_left for it in events if isinstance(it, TileDone)]
    assert left[3] is not None
    assert left[3] > 1.9, "a hundred times the 0.02 s of the small one"
    assert left[7] == 0.0


def test_who_listens_may_give_up(photos: Path) -> None:
    def closed_pipe(event: Event) -> None:
        if isinstance(event, Done):
            raise BrokenPipeError

    before = threading.active_count()
    with pytest.raises(BrokenPipeError):
        run_toys(plan_toys(photos), on_event=closed_pipe)
    assert threading.active_count() == before
    assert not list((photos.parent / "in_x2").glob(".*.part"))


def test_a_batch_leaves_no_thread_behind(photos: Path) -> None:
    before = threading.active_count()
    run_toys(plan_toys(photos))
    assert threading.active_count() == before


def test_ctrl_c_does_not_wait_for_a_tile_that_takes_long(photos: Path) -> None:
    released = threading.Event()

    def stuck(toy: Toy, on_tile: OnTile) -> Toy:
        released.wait(PATIENCE)
        return restore(toy, on_tile)

    pressed = threading.Event()

    def impatient(event: Event) -> None:
        if isinstance(event, Decoded) and not pressed.is_set():
            pressed.set()
            raise KeyboardInterrupt

    began = time.monotonic()
    report = run_toys(plan_toys(photos), toy_stages(workers=[stuck]), on_event=impatient)
    assert time.monotonic() - began < 2.0
    released.set()
    assert (report.interrupted, report.done, report.left) == (True, (), 10)
    assert not (photos.parent / "in_x2").exists()


def test_nothing_but_inputs_that_stand_for_nothing() -> None:
    report = run_toys(plan_toys("gone.jpg"))
    assert (names(report.failed), report.left, report.exit_status) == (["gone.jpg"], 0, 1)


def test_no_device_is_an_error(photos: Path) -> None:
    with pytest.raises(UsageError, match="needs a device"):
        run_toys(plan_toys(photos), toy_stages(workers=[]))


def test_ctrl_c_in_the_listener_keeps_the_report(photos: Path) -> None:
    events: list[Event] = []

    def impatient(event: Event) -> None:
        events.append(event)
        if isinstance(event, Done) and event.source == photos / "3.jpg":
            raise KeyboardInterrupt

    report = run_toys(plan_toys(photos), on_event=impatient)
    assert report.interrupted
    assert report.exit_status == 130
    assert len(report.done) >= 4
    assert len(report.done) + report.left == 10
    assert len(list((photos.parent / "in_x2").glob("[0-9].jpg"))) == len(report.done)
    assert isinstance(events[-1], BatchFinished)
    assert not any(isinstance(it, Failed) for it in events)
