"""A batch that was killed goes on where it stopped; what has changed is done again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import toy_batch
from toy_batch import names, plan_toys, run_toys, write_toy

import restorekit
from restorekit.batch import journal
from restorekit.batch.journal import JOURNAL_NAME, Journal, content_of, fingerprint
from restorekit.errors import OutputError

PHOTOS = 8


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(PHOTOS):
        write_toy(tmp_path / f"in/{number}.jpg", f"photo {number}")
    return tmp_path / "in"


@pytest.fixture
def output(photos: Path) -> Path:
    """Where the results of ``photos`` are, all done."""
    assert run_toys(plan_toys(photos)).exit_status == 0
    return photos.parent / "in_x2"


def resume(photos: Path, **options: object) -> tuple[list[str], list[str]]:
    """Resume, and say which photos were done and which failed; the others must be skipped."""
    report = run_toys(plan_toys(photos), resume=True, **options)
    assert len(report.done) + len(report.skipped) + len(report.failed) == PHOTOS
    return names(report.done), names(report.failed)


ALL = [f"{number}.jpg" for number in range(PHOTOS)]


def test_what_is_done_is_skipped(photos: Path, output: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in output.glob("*.jpg")}
    assert resume(photos) == ([], [])
    assert {path.name: path.stat().st_mtime_ns for path in output.glob("*.jpg")} == before


def test_other_options_other_results(photos: Path, output: Path) -> None:
    assert resume(photos, options="x4") == (ALL, [])
    assert resume(photos, options="x4") == ([], [])
    assert resume(photos, options="x2") == (ALL, []), "the last line counts"


def test_a_changed_photo_is_done_again(photos: Path, output: Path) -> None:
    write_toy(photos / "3.jpg", "another")
    assert resume(photos) == (["3.jpg"], [])
    assert (output / "3.jpg").read_text() == "8x6 ANOTHER"


def test_a_photo_counts_by_its_content(photos: Path, output: Path) -> None:
    status = (photos / "3.jpg").stat()
    write_toy(photos / "3.jpg", "photo 9")
    os.utime(photos / "3.jpg", ns=(status.st_atime_ns, status.st_mtime_ns))
    os.utime(photos / "4.jpg", ns=(0, 0))
    assert resume(photos) == (["3.jpg"], []), "same size and time, other words; and the reverse"


def test_a_missing_result_is_done_again(photos: Path, output: Path) -> None:
    (output / "5.jpg").unlink()
    assert resume(photos) == (["5.jpg"], [])
    assert (output / "5.jpg").read_text() == "8x6 PHOTO 5"


def test_a_result_that_someone_changed_is_not_lost(photos: Path, output: Path) -> None:
    (output / "5.jpg").write_text("8x6 RETOUCHED")
    assert resume(photos) == ([], ["5.jpg"])
    assert resume(photos, options="x4") == ([it for it in ALL if it != "5.jpg"], ["5.jpg"])
    assert (output / "5.jpg").read_text() == "8x6 RETOUCHED"
    assert resume(photos, options="x4", overwrite=True) == (["5.jpg"], [])


def test_results_that_were_copied_elsewhere_are_still_known(photos: Path, output: Path) -> None:
    for path in output.glob("*.jpg"):
        os.utime(path, ns=(0, 0))
    assert resume(photos) == ([], [])


def test_a_torn_line_is_passed_over(photos: Path, output: Path) -> None:
    path = output / JOURNAL_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    torn = json.loads(whole.strip().split(b"\n")[-1])["target"]
    assert resume(photos) == ([torn], [])
    assert resume(photos) == ([], []), "what is appended to a torn line can be read"


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b"null", b"\xff", b'{"target": "0.jpg", "source": 3}']
)
def test_lines_of_another_kind_are_passed_over(photos: Path, output: Path, line: bytes) -> None:
    with (output / JOURNAL_NAME).open("ab") as file:
        file.write(line)
    assert resume(photos) == ([], [])


def test_a_photo_alone_leaves_no_journal(tmp_path: Path) -> None:
    photo = write_toy(tmp_path / "a.jpg")
    assert run_toys(plan_toys(photo)).exit_status == 0
    assert sorted(it.name for it in tmp_path.iterdir()) == ["a.jpg", "a_x2.jpg"]
    report = run_toys(plan_toys(photo), resume=True)
    assert "one that no journal knows like this" in report.failed[0].message


def test_a_folder_of_one_photo_resumes(tmp_path: Path) -> None:
    write_toy(tmp_path / "in/a.jpg")
    assert run_toys(plan_toys(tmp_path / "in")).exit_status == 0
    write_toy(tmp_path / "in/b.jpg", "another")
    report = run_toys(plan_toys(tmp_path / "in"), resume=True)
    assert (len(report.skipped), len(report.done), len(report.failed)) == (1, 1, 0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_not_waited_for(photos: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    report = run_toys(plan_toys(photos))
    assert len(report.done) == PHOTOS
    (failed,) = report.failed
    assert failed.message.endswith("pipe.jpg: not a regular file")


def test_a_journal_that_cannot_be_read(photos: Path) -> None:
    (photos.parent / "in_x2" / JOURNAL_NAME).mkdir(parents=True)
    with pytest.raises(OutputError, match="the journal cannot be read: got Is a directory"):
        run_toys(plan_toys(photos))


def test_a_settled_photo_is_not_read_again(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in photos.iterdir():
        os.utime(path, ns=(0, 0))
    run_toys(plan_toys(photos))

    def unwanted(path: Path) -> str:
        raise AssertionError(path)

    monkeypatch.setattr(journal, "sha256_of", unwanted)
    assert resume(photos) == ([], [])


def test_a_photo_just_changed_is_always_read_again(tmp_path: Path) -> None:
    photo = write_toy(tmp_path / "a.jpg")
    assert content_of(photo).stamp is None
    os.utime(photo, ns=(0, 0))
    assert content_of(photo).stamp is not None


def test_ten_thousand_entries_are_quick(tmp_path: Path) -> None:
    photo = write_toy(tmp_path / "a.jpg")
    os.utime(photo, ns=(0, 0))
    result = write_toy(tmp_path / "out/0.jpg")
    book = Journal(tmp_path / "out")
    book.begin(content_of(photo), result, "x2")
    book.finish(result)
    line = book.path.read_text().strip().split("\n")[-1]
    book.path.write_text("\n".join(line.replace("0.jpg", f"{n}.jpg") for n in range(10_000)))
    for number in range(1, 10_000):
        os.link(result, tmp_path / f"out/{number}.jpg")
    began = time.process_time()
    known = Journal(tmp_path / "out")
    done = sum(known.is_done(photo, tmp_path / f"out/{n}.jpg", "x2") for n in range(10_000))
    assert done == 10_000
    assert time.process_time() - began < 2.0


def test_fingerprint_goes_by_meaning() -> None:
    one = fingerprint({"scale": 4, "weights": "abc", "version": "1.0"})
    assert one == fingerprint({"version": "1.0", "weights": "abc", "scale": 4})
    assert one != fingerprint({"scale": 4, "weights": "abd", "version": "1.0"})
    assert one != fingerprint({"scale": "4", "weights": "abc", "version": "1.0"})
    with pytest.raises(TypeError):
        fingerprint({"scale": object()})


def start(photos: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, toy_batch.__file__, str(photos), str(output), *options]
    places = (str(Path(restorekit.__file__).parents[1]), os.environ.get("PYTHONPATH", ""))
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))},
    )


def wait_for(process: subprocess.Popen[str], kind: str, count: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        count -= json.loads(line)["event"] == kind
        if not count:
            return
    raise AssertionError(f"{kind} never came: {process.communicate()}")


def whole(path: Path) -> bool:
    return path.read_text() == f"8x6 PHOTO {path.stem}"


def test_killed_in_the_middle_of_a_file_then_resumed(photos: Path) -> None:
    output = photos.parent / "out"
    with start(photos, output, "--save-pause", "0.03") as process:
        wait_for(process, "saving", 4)
        deadline = time.monotonic() + 10
        while not (parts := list(output.glob(".*.part"))) and time.monotonic() < deadline:
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert [part.name for part in parts] == [".3.jpg.part"], "it was in the middle of the fourth"
    assert sorted(path.name for path in output.glob("[0-9].jpg")) == ALL[:3]
    assert all(whole(path) for path in output.glob("[0-9].jpg"))
    with start(photos, output, "--resume") as process:
        events = [json.loads(line) for line in process.communicate(timeout=20)[0].splitlines()]
    by_kind = {
        kind: sorted(Path(it["source"]).name for it in events if it["event"] == kind)
        for kind in ("done", "skipped", "failed")
    }
    assert by_kind == {"done": ALL[3:], "skipped": ALL[:3], "failed": []}
    assert process.returncode == 0
    assert all(whole(output / name) for name in ALL)


def test_killed_between_a_result_and_its_line(photos: Path, output: Path) -> None:
    path = output / JOURNAL_NAME
    lines = path.read_bytes().strip().split(b"\n")
    path.write_bytes(b"\n".join(lines[:-1]))
    assert (output / ALL[-1]).exists()
    assert resume(photos) == ([ALL[-1]], [])


@pytest.mark.parametrize(
    ("event", "pauses"),
    [("tile", ("--tile-pause", "0.05")), ("saving", ("--save-pause", "0.02"))],
)
def test_ctrl_c_leaves_no_half_file(photos: Path, event: str, pauses: tuple[str, str]) -> None:
    output = photos.parent / "out"
    with start(photos, output, *pauses) as process:
        wait_for(process, event, 3)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        rest, errors = process.communicate(timeout=20)
        seconds = time.monotonic() - began
    assert (process.returncode, errors) == (130, "")
    assert seconds < 2.0
    finished = json.loads(rest.splitlines()[-1])
    assert finished["event"] == "batch_finished"
    assert finished["left"] >= PHOTOS - 4
    results = sorted(path.name for path in output.iterdir()) if output.exists() else []
    assert [name for name in results if not name.startswith(".")] == ALL[: finished["done"]]
    assert not [name for name in results if name.endswith(".part")]
    assert all(whole(output / name) for name in ALL[: finished["done"]])
