"""``restorekit sr``: which files are read and written, and what is said about it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made_photos import exif, saved, smooth
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Command

    Write = Callable[..., Path]

LANCZOS = ("--model", "lanczos")
MODEL_LINE = "model lanczos  licence none needed  device cpu"


def size_of(path: Path | str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def here() -> set[str]:
    """All files, but for the journals."""
    names = (path for path in Path().rglob("*") if path.is_file())
    return {path.as_posix() for path in names if path.name != ".restorekit-journal.jsonl"}


def folder_with_broken_files(photo: Write) -> None:
    photo("in/a.png")
    photo("in/sub/b.jpg")
    (photo("in/cut.png")).write_bytes(photo("in/cut.png").read_bytes()[:60])
    Path("in/empty.jpg").touch()
    Path("in/letter.txt").write_text("no photo", encoding="utf-8")


def test_a_photo_beside_itself(command: Command, photo: Write) -> None:
    before = photo("a.png").read_bytes()
    done = command("sr", "a.png", *LANCZOS)
    assert done.status == 0
    assert done.data == b""
    first, second = done.err.splitlines()
    assert first == MODEL_LINE
    assert second.startswith("a_x4.png  9x6 -> 36x24  ")
    assert size_of("a_x4.png") == (36, 24)
    assert Path("a.png").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "name", "size"),
    [
        (("--scale", "2"), "a_x2.png", (18, 12)),
        (("-s", "1.5"), "a_x1.5.png", (14, 9)),
        (("--width", "90"), "a_w90.png", (90, 60)),
        (("--height", "12"), "a_h12.png", (18, 12)),
        (("--width", "5", "--height", "20"), "a_5x20.png", (5, 20)),
    ],
)
def test_the_name_tells_the_size(
    command: Command, photo: Write, options: tuple[str, ...], name: str, size: tuple[int, int]
) -> None:
    photo("a.png")
    assert command("sr", "a.png", *LANCZOS, *options).status == 0
    assert size_of(name) == size


@pytest.mark.parametrize(
    "name", ["사진.png", "照片 二.jpg", "a b  c.webp", "😀🎉.tif", "-dash.png"]
)
def test_names_of_all_kinds(command: Command, photo: Write, name: str) -> None:
    path = photo(name)
    done = command("sr", *LANCZOS, "--", name)
    target = f"{path.stem}_x4{path.suffix}"
    assert done.status == 0
    assert f"{target}  9x6 -> 36x24" in done.err
    assert size_of(target) == (36, 24)


def test_a_folder_with_broken_files(command: Command, photo: Write) -> None:
    folder_with_broken_files(photo)
    done = command("sr", "in", "-r", *LANCZOS)
    lines = done.err.splitlines()
    assert done.status == 1
    assert {"in_x4/a.png", "in_x4/sub/b.jpg"} == {it for it in here() if it.startswith("in_x4")}
    assert lines[-3].startswith("2 done, 2 failed, 1 other file in ")
    assert lines[-2].startswith("failed: in/cut.png is damaged or cut off: expected a whole PNG")
    assert lines[-1].startswith("failed: in/empty.jpg is not a photo that can be read")
    assert len(lines) == 6
    assert "" not in lines


def test_without_r_the_inner_folders_are_left_alone(command: Command, photo: Write) -> None:
    folder_with_broken_files(photo)
    assert command("sr", "in", *LANCZOS, "-o", "out/").status == 1
    assert {it for it in here() if it.startswith("out")} == {"out/a.png"}


def test_fail_fast_says_what_was_not_reached(command: Command, photo: Write) -> None:
    Path("in").mkdir()
    Path("in/1.jpg").touch()
    for number in range(2, 9):
        photo(f"in/{number}.png")
    done = command("sr", "in", *LANCZOS, "--fail-fast")
    assert done.status == 1
    assert "not reached" in done.err


def test_a_photo_alone_fails_with_one_line(command: Command) -> None:
    Path("a.jpg").write_bytes(b"GIF89a" + bytes(20))
    done = command("sr", "a.jpg", *LANCZOS)
    assert done.status == 1
    first, second = done.err.splitlines()
    assert first == MODEL_LINE
    assert second.startswith("failed: a.jpg is not a photo that can be read: expected a JPEG, ")
    assert second.endswith("got a GIF")
    assert command("sr", "no.jpg", *LANCZOS).err.splitlines()[-1] == (
        "failed: no.jpg: no such file or folder"
    )


def test_what_is_there_stays_until_overwrite(command: Command, photo: Write) -> None:
    photo("a.png")
    Path("a_x4.png").write_bytes(b"mine")
    done = command("sr", "a.png", *LANCZOS)
    assert done.status == 1
    assert "failed: a_x4.png: this file is there already (--overwrite replaces it" in done.err
    assert Path("a_x4.png").read_bytes() == b"mine"
    assert command("sr", "a.png", *LANCZOS, "--overwrite").status == 0
    assert size_of("a_x4.png") == (36, 24)


def test_resume_does_nothing_twice_and_says_so(command: Command, photo: Write) -> None:
    photo("in/a.png")
    photo("in/b.png")
    assert command("sr", "in", *LANCZOS, "--resume").status == 0
    stamps = [Path(f"in_x4/{name}.png").stat().st_mtime_ns for name in "ab"]
    again = command("sr", "in", *LANCZOS, "--resume")
    assert again.status == 0
    assert again.err.splitlines()[1:3] == ["in_x4/a.png  done before", "in_x4/b.png  done before"]
    assert again.err.splitlines()[3].startswith("2 done before in ")
    assert [Path(f"in_x4/{name}.png").stat().st_mtime_ns for name in "ab"] == stamps
    other = command("sr", "in", "--model", "bicubic", "--resume")
    assert "2 done in " in other.err
    assert [Path(f"in_x4/{name}.png").stat().st_mtime_ns for name in "ab"] != stamps


def test_a_dry_run_writes_nothing(command: Command, photo: Write) -> None:
    folder_with_broken_files(photo)
    before = here()
    done = command("sr", "in", "-r", *LANCZOS, "--dry-run")
    model, *lines = done.err.splitlines()
    assert done.status == 1
    assert here() == before
    assert model.startswith("model lanczos  licence none needed  device cpu")
    assert lines[0].startswith("in/a.png -> in_x4/a.png  9x6 -> 36x24  1 tile  ")
    assert lines[1].startswith("in/sub/b.jpg -> in_x4/sub/b.jpg  9x6 -> 36x24  1 tile  ")
    assert lines[2].startswith("2 photos to do, 2 would fail, at most ")
    assert lines[3].startswith("disk ")
    assert lines[4].startswith("would fail: in/cut.png is damaged or cut off")
    assert lines[5].startswith("would fail: in/empty.jpg is not a photo")
    assert len(lines) == 6


def test_the_name_of_the_output_chooses_the_format(command: Command, photo: Write) -> None:
    photo("a.jpg")
    assert command("sr", "a.jpg", *LANCZOS, "-o", "b.png").status == 0
    with Image.open("b.png") as image:
        assert image.format == "PNG"
    assert command("sr", "a.jpg", *LANCZOS, "--format", "webp").status == 0
    with Image.open("a_x4.webp") as image:
        assert image.format == "WEBP"


def test_heic_becomes_jpeg_and_that_is_told(command: Command, photo: Write) -> None:
    photo("IMG_1.HEIC")
    done = command("sr", "IMG_1.HEIC", *LANCZOS)
    assert done.status == 0
    assert done.err.splitlines()[1].startswith("IMG_1_x4.jpg  9x6 -> 36x24")
    assert done.err.splitlines()[2] == "  HEIF is written as JPEG"
    with Image.open("IMG_1_x4.jpg") as image:
        assert image.format == "JPEG"


def test_a_name_that_lies_is_told(command: Command, photo: Write) -> None:
    photo("a.png").rename("a.jpg")
    done = command("sr", "a.jpg", *LANCZOS)
    assert done.err.splitlines()[2] == "  a PNG, as the photo is, whatever the name says"
    with Image.open("a_x4.jpg") as image:
        assert image.format == "PNG"


def test_what_no_file_holds_is_refused_before_the_work(command: Command, photo: Write) -> None:
    Image.new("RGB", (1100, 2)).save("a.png")
    done = command("sr", "a.png", *LANCZOS, "--scale", 16, "-o", "b.webp", "--json")
    assert done.status == 1
    assert "tile" not in {event["event"] for event in done.events}
    (failed,) = (event for event in done.events if event["event"] == "failed")
    assert "a.png is too large for WEBP: expected at most 16383" in failed["message"]


def test_a_size_beyond_sixteen_times_fails_its_photo(command: Command, photo: Write) -> None:
    photo("a.png")
    done = command("sr", "a.png", *LANCZOS, "--width", 16384, "--height", 1, "-o", "b.png")
    assert done.status == 1
    assert "9x6 to 16384x1: expected 16 times at most, got 1820" in done.err
    assert not Path("b.png").exists()


def test_a_phones_pair_of_heic_and_jpeg(command: Command, photo: Write) -> None:
    photo("in/IMG_1.HEIC")
    photo("in/IMG_1.JPG")
    assert command("sr", "in", *LANCZOS).status == 0
    assert size_of("in_x4/IMG_1.HEIC.jpg") == size_of("in_x4/IMG_1.JPG") == (36, 24)


def test_strip_metadata(command: Command, photo: Write) -> None:
    photo("a.jpg", exif=exif(size=(6, 9)), dpi=(300, 300), comment=b"secret")
    assert command("sr", "a.jpg", *LANCZOS, "-o", "kept.jpg").status == 0
    assert command("sr", "a.jpg", *LANCZOS, "-o", "bare.jpg", "--strip-metadata").status == 0
    with Image.open("kept.jpg") as image:
        assert image.getexif()[0x010F] == "Kamera"
        assert image.info["comment"] == b"secret"
    with Image.open("bare.jpg") as image:
        assert dict(image.getexif()) == {}
        assert "comment" not in image.info
        assert image.info["dpi"] == (300, 300)


def test_quality(command: Command, photo: Write) -> None:
    photo("a.png", height=40, width=40)
    for quality in (30, 95):
        target = f"{quality}.jpg"
        assert command("sr", "a.png", *LANCZOS, "-o", target, "--quality", quality).status == 0
    assert Path("30.jpg").stat().st_size < 0.7 * Path("95.jpg").stat().st_size
    told = command("sr", "a.png", *LANCZOS, "--quality", 50).err
    assert "  PNG is lossless: the quality was not used" in told.splitlines()


def test_bytes_through_the_standard_streams(command: Command) -> None:
    data = saved(smooth(6, 9), "PNG")
    for arguments in (("-",), ("-", "-o", "-")):
        done = command("sr", *arguments, *LANCZOS, stdin=data)
        assert done.status == 0
        with Image.open(io.BytesIO(done.data)) as image:
            assert (image.format, image.size) == ("PNG", (36, 24))
        assert done.err.splitlines()[1].startswith("standard output  9x6 -> 36x24")
    Path("a.png").write_bytes(data)
    assert command("sr", "a.png", "-o", "-", *LANCZOS).data == done.data
    assert command("sr", "-", "-o", "b.png", *LANCZOS, stdin=data).data == b""
    assert Path("b.png").read_bytes() == done.data
    broken = command("sr", "-", *LANCZOS, stdin=b"")
    assert (broken.status, broken.data) == (1, b"")
    assert "failed: standard input is not a photo that can be read" in broken.err
    assert here() == {"a.png", "b.png"}


def test_json_is_all_there_is(command: Command, photo: Write) -> None:
    folder_with_broken_files(photo)
    done = command("sr", "in", "-r", *LANCZOS, "--json")
    assert (done.status, done.err) == (1, "")
    kinds = [event["event"] for event in done.events]
    assert kinds[:2] == ["ready", "batch_started"]
    assert kinds[-1] == "batch_finished"
    assert (kinds.count("done"), kinds.count("failed")) == (2, 2)
    (first,) = (it for it in done.events if it["event"] == "done" and "a.png" in it["source"])
    assert first["result_size"] == {"width": 36, "height": 24}
    assert done.events[-1]["ignored"] == 1
    again = command("sr", "in", "-r", *LANCZOS, "--json", "--resume", "--dry-run")
    assert (again.status, again.err) == (1, "")
    kinds = [event["event"] for event in again.events]
    assert kinds == ["ready", *["would_skip"] * 2, *["would_fail"] * 2, "estimate"]
    fresh = command("sr", "in", "-r", *LANCZOS, "--json", "-o", "new/", "--dry-run")
    assert fresh.events[0]["model"] == "lanczos"
    assert fresh.events[1]["result_size"] == {"width": 36, "height": 24}
    assert fresh.events[1]["target"] == "new/a.png"
    assert not Path("new").exists()


def test_json_from_standard_input_to_a_file(command: Command) -> None:
    done = command("sr", "-", "-o", "b.png", *LANCZOS, "--json", stdin=saved(smooth(6, 9), "PNG"))
    assert (done.status, done.err) == (0, "")
    assert [it["source"] for it in done.events if it["event"] == "done"] == ["-"]
