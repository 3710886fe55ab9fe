"""Names: what becomes what."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from toy_batch import plan_toys, run_toys, write_toy

from restorekit.batch.inputs import natural_key
from restorekit.batch.jobs import Job, Plan
from restorekit.errors import PhotoError, UnknownNameError, UsageError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def targets(plan: Plan) -> dict[str, str]:
    return {str(job.source): Path(str(job.target)).as_posix() for job in plan.jobs}


def test_beside_the_photo_the_suffix_marks_the_result() -> None:
    write_toy(Path("in/a.jpg"))
    assert targets(plan_toys("in/a.jpg")) == {"in/a.jpg": "in/a_x2.jpg"}


def test_a_folder_becomes_a_folder_beside_it_with_the_same_tree() -> None:
    for name in ("photos/a.jpg", "photos/trip/day 1/b.PNG", "photos/.hidden/c.jpg"):
        write_toy(Path(name))
    plan = plan_toys("photos/", recursive=True)
    assert targets(plan) == {
        "photos/a.jpg": "photos_x2/a.jpg",
        "photos/trip/day 1/b.PNG": "photos_x2/trip/day 1/b.PNG",
    }
    assert {job.root for job in plan.jobs} == {Path("photos_x2")}
    assert plan.ignored == 1
    assert targets(plan_toys("photos")) == {"photos/a.jpg": "photos_x2/a.jpg"}


def test_this_folder_has_a_sibling_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_toy(Path("album/a.jpg"))
    monkeypatch.chdir(tmp_path / "album")
    assert targets(plan_toys(".")) == {"a.jpg": (tmp_path / "album_x2/a.jpg").as_posix()}


def test_under_an_output_folder_names_stay_and_trees_are_mirrored() -> None:
    for name in ("one.jpg", "photos/a.jpg", "photos/sub/a.jpg"):
        write_toy(Path(name))
    assert targets(plan_toys("one.jpg", "photos", output="out", recursive=True)) == {
        "one.jpg": "out/one.jpg",
        "photos/a.jpg": "out/a.jpg",
        "photos/sub/a.jpg": "out/sub/a.jpg",
    }


@pytest.mark.parametrize(
    ("output", "target"),
    [
        ("out.png", "out.png"),
        ("out/", "out/a.jpg"),
        ("out", "out/a.jpg"),
        ("there.png", "there.png/a.jpg"),
        ("x/y/out.TIFF", "x/y/out.TIFF"),
    ],
)
def test_whether_the_output_is_a_folder(output: str, target: str) -> None:
    write_toy(Path("a.jpg"))
    Path("there.png").mkdir()
    assert targets(plan_toys("a.jpg", output=output)) == {"a.jpg": target}


def test_an_output_file_takes_one_photo() -> None:
    write_toy(Path("in/a.jpg"))
    write_toy(Path("b.jpg"))
    for inputs in (("in/a.jpg", "b.jpg"), ("in",), ("*.jpg", "in/*.jpg")):
        with pytest.raises(UsageError, match=r"out\.png: this is one file, and .* several"):
            plan_toys(*inputs, output="out.png")
    with pytest.raises(UnknownNameError, match="unknown output format"):
        plan_toys("b.jpg", output="out.gif")


def test_results_that_are_no_photos_are_files_too() -> None:
    def check_suffix(suffix: str) -> None:
        if suffix != ".npy":
            raise UsageError("a kernel", expected=".npy", got=suffix)

    for name in ("a.jpg", "b.jpg"):
        write_toy(Path(name))
    with pytest.raises(UsageError, match=r"two\.npy: this is one file, and .* several"):
        plan_toys("a.jpg", "b.jpg", output="two.npy", check_suffix=check_suffix)
    plan = plan_toys("a.jpg", "b.jpg", output="of.2026", check_suffix=check_suffix)
    assert targets(plan) == {"a.jpg": "of.2026/a.jpg", "b.jpg": "of.2026/b.jpg"}


def test_the_suffix_of_the_result_is_asked_for_and_may_fail_for_one_photo() -> None:
    def suffix_for(source: Path) -> str:
        if "broken" in source.name:
            raise PhotoError(f"{source}: cannot tell its format")
        return {".heic": ".jpg"}.get(source.suffix, source.suffix)

    for name in ("in/a.heic", "in/b.png", "in/broken.heic"):
        write_toy(Path(name))
    plan = plan_toys("in", suffix_for=suffix_for)
    assert targets(plan) == {"in/a.heic": "in_x2/a.jpg", "in/b.png": "in_x2/b.png"}
    assert [it.message for it in plan.failed] == ["in/broken.heic: cannot tell its format"]


def test_names_of_all_scripts_with_spaces_and_emoji() -> None:
    odd = ["한글 사진.jpg", "照片 (1).jpg", "my photo.final.jpg", "🌅 sunset.jpg", "a'b\"c.jpg"]
    for name in odd:
        write_toy(Path("사진 📷") / name)
    plan = plan_toys("사진 📷", output="out 中文")
    assert sorted(targets(plan).values()) == sorted(f"out 中文/{name}" for name in odd)
    assert run_toys(plan).exit_status == 0
    assert sorted(it.name for it in Path("out 中文").glob("[!.]*")) == sorted(odd)


def test_globs_that_no_shell_has_expanded() -> None:
    for name in ("a1.jpg", "a10.jpg", "a2.jpg", "b.txt", "d/e/f.jpg", "d/.h/g.jpg", "[x].jpg"):
        write_toy(Path(name))
    write_toy(Path("x.jpg"))
    assert list(targets(plan_toys("a*.jpg"))) == ["a1.jpg", "a2.jpg", "a10.jpg"]
    assert list(targets(plan_toys("d/**/*.jpg"))) == ["d/e/f.jpg"]
    assert list(targets(plan_toys("d/**"))) == ["d/e/f.jpg"]
    assert list(targets(plan_toys("[x].jpg"))) == ["[x].jpg"], "the file of this name wins"
    assert targets(plan_toys("d/*", recursive=True)) == {"d/e/f.jpg": "d/e_x2/f.jpg"}


def test_inputs_that_stand_for_nothing_fail_and_stop_nothing() -> None:
    write_toy(Path("a.jpg"))
    Path("empty").mkdir()
    Path("texts/more").mkdir(parents=True)
    Path("texts/a.txt").touch()
    plan = plan_toys("gone.jpg", "a.jpg", "no*.png", "empty", "texts")
    assert list(targets(plan)) == ["a.jpg"]
    nothing = "no photo in this folder: expected files such as .jpg, .png or .tif"
    assert [it.message for it in plan.failed] == [
        "gone.jpg: no such file or folder",
        "no*.png: no file matches this",
        f"empty: {nothing}, got 0 other files and 0 folders",
        (
            f"texts: {nothing}, got 1 other files (.txt) and 1 folders "
            "(--recursive looks into the folders)"
        ),
    ]


def test_other_files_are_counted_not_tried() -> None:
    for name in ("p/a.jpg", "p/notes.txt", "p/Thumbs.db", "p/.DS_Store", "p/clip.mov", "p/x"):
        write_toy(Path(name))
    plan = plan_toys("p", "p/clip.mov")
    assert list(targets(plan)) == ["p/a.jpg"]
    assert plan.ignored == 6
    assert not plan.failed
    with pytest.raises(UsageError, match="no photo among the inputs: got 2 other files"):
        plan_toys("p/notes.txt", "p/x")


def test_a_single_name_is_tried_whatever_its_suffix() -> None:
    write_toy(Path("scan.0001"))
    assert targets(plan_toys("scan.0001")) == {"scan.0001": "scan_x2.0001"}


def test_two_photos_in_one_file_are_refused() -> None:
    for name in ("one/a.jpg", "two/a.jpg"):
        write_toy(Path(name))
    with pytest.raises(UsageError, match=r"one/a\.jpg and two/a\.jpg would both become out/a\.jpg"):
        plan_toys("one", "two", output="out")
    Path("link").symlink_to("one")
    with pytest.raises(UsageError, match="is one of the photos"):
        plan_toys("one/a.jpg", output="link/")


def to_jpeg(source: Path) -> str:
    return ".jpg" if source.suffix.lower() in {".heic", ".png"} else source.suffix


def test_what_is_converted_keeps_its_full_name_where_two_would_meet() -> None:
    for name in ("IMG_1.HEIC", "IMG_1.JPG", "IMG_2.HEIC", "sub/IMG_1.heic"):
        write_toy(Path("phone") / name)
    assert targets(plan_toys("phone", recursive=True, suffix_for=to_jpeg)) == {
        "phone/IMG_1.HEIC": "phone_x2/IMG_1.HEIC.jpg",
        "phone/IMG_1.JPG": "phone_x2/IMG_1.JPG",
        "phone/IMG_2.HEIC": "phone_x2/IMG_2.jpg",
        "phone/sub/IMG_1.heic": "phone_x2/sub/IMG_1.jpg",
    }
    beside = plan_toys("phone/IMG_1.HEIC", "phone/IMG_1.JPG", suffix_for=to_jpeg)
    assert set(targets(beside).values()) == {"phone/IMG_1.HEIC_x2.jpg", "phone/IMG_1_x2.JPG"}


def test_where_both_are_converted_both_keep_their_full_names() -> None:
    for name in ("in/a.png", "in/a.jpg", "in/b.jpg"):
        write_toy(Path(name))
    plan = plan_toys("in", output="out", suffix_for=lambda source: ".webp")
    assert set(targets(plan).values()) == {"out/a.png.webp", "out/a.jpg.webp", "out/b.webp"}


def test_full_names_that_meet_again_are_refused() -> None:
    for name in ("in/a.heic", "in/a.jpg", "in/a.heic.jpg"):
        write_toy(Path(name))
    with pytest.raises(UsageError, match=r"would both become out/a\.heic\.jpg"):
        plan_toys("in", output="out", suffix_for=to_jpeg)


def test_letters_that_the_file_system_does_not_tell_apart() -> None:
    for name in ("one/a.jpg", "two/A.JPG"):
        write_toy(Path(name))
    assert len(plan_toys("one", "two", output="out").jobs) == 2
    # A link makes this folder answer to both names, as such a file system does.
    Path("out").mkdir()
    Path("OUT").symlink_to("out")
    with pytest.raises(UsageError, match="would both become"):
        plan_toys("one", "two", output="out")


def test_the_same_photo_named_twice_is_one_job() -> None:
    write_toy(Path("p/a.jpg"))
    assert len(plan_toys("p/a.jpg", "p/a.jpg").jobs) == 1
    assert len(plan_toys("p", "p/a.jpg", output="out").jobs) == 1


@pytest.mark.parametrize(
    ("inputs", "output"),
    [(("p",), "p"), (("p/a.jpg",), "p/"), (("p/a.jpg",), "p/a.jpg"), (("p/*.jpg",), None)],
)
def test_no_photo_is_ever_a_target(inputs: tuple[str, ...], output: str | None) -> None:
    for name in ("p/a.jpg", "p/a_x2.jpg"):
        write_toy(Path(name))
    with pytest.raises(UsageError, match="is one of the photos"):
        plan_toys(*inputs, output=output)


def test_a_target_that_is_a_link_to_a_photo_is_refused() -> None:
    write_toy(Path("p/a.jpg"))
    Path("out").mkdir()
    Path("out/a.jpg").hardlink_to("p/a.jpg")
    with pytest.raises(UsageError, match="is one of the photos"):
        plan_toys("p", output="out")


def test_results_of_an_earlier_run_are_no_photos() -> None:
    for name in ("a.jpg", "b.jpg"):
        write_toy(Path(name))
    assert run_toys(plan_toys("*.jpg")).exit_status == 0
    again = plan_toys("*.jpg")
    assert targets(again) == {"a.jpg": "a_x2.jpg", "b.jpg": "b_x2.jpg"}
    assert again.ignored == 2
    report = run_toys(again, resume=True)
    assert (len(report.skipped), report.exit_status) == (2, 0)
    Path("a_x2.jpg").write_text("3x3 touched by hand")
    with pytest.raises(UsageError, match=r"a\.jpg would become a_x2\.jpg, which is one of"):
        plan_toys("*.jpg")


def test_an_output_folder_inside_the_photos_is_not_searched() -> None:
    for name in ("p/a.jpg", "p/sub/b.jpg", "p/out/a.jpg"):
        write_toy(Path(name))
    plan = plan_toys("p", output="p/out", recursive=True)
    assert targets(plan) == {"p/a.jpg": "p/out/a.jpg", "p/sub/b.jpg": "p/out/sub/b.jpg"}


def test_links_to_folders_are_not_followed_round_and_round() -> None:
    write_toy(Path("p/a.jpg"))
    Path("p/up").symlink_to("..")
    assert list(targets(plan_toys("p", recursive=True))) == ["p/a.jpg"]


def test_a_folder_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("p/a.jpg", "p/secret/b.jpg"):
        write_toy(Path(name))
    scandir = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    plan = plan_toys("p", recursive=True)
    assert list(targets(plan)) == ["p/a.jpg"]
    assert [it.message for it in plan.failed] == [
        "p/secret: the folder cannot be read: got Permission denied"
    ]


def test_standard_streams() -> None:
    write_toy(Path("a.jpg"))
    Path("out").mkdir()
    assert plan_toys("-").jobs == (Job(None, None),)
    assert plan_toys("-", output="b.png").jobs == (Job(None, Path("b.png")),)
    assert plan_toys("a.jpg", output="-").jobs == (Job(Path("a.jpg"), None),)
    for inputs, output in ((("-", "a.jpg"), None), (("-", "-"), None), (("out",), "-")):
        with pytest.raises(UsageError, match="take one photo"):
            plan_toys(*inputs, output=output)
    with pytest.raises(UsageError, match="this is a folder"):
        plan_toys("-", output="out")


def test_natural_order() -> None:
    ordered = ["2/b.jpg", "10/a.jpg", "a1b2.jpg", "A1b10.jpg", "a01b11.jpg", "b.jpg"]
    assert sorted(map(Path, reversed(ordered)), key=natural_key) == [Path(it) for it in ordered]


def test_ten_thousand_photos_are_planned_in_a_second() -> None:
    for folder in range(100):
        Path(f"p/{folder}").mkdir(parents=True)
        for number in range(100):
            Path(f"p/{folder}/IMG_{number}.jpg").touch()
    began = time.process_time()
    plan = plan_toys("p", recursive=True)
    seconds = time.process_time() - began
    assert len(plan.jobs) == 10_000
    assert plan.jobs[205].target == Path("p_x2/2/IMG_5.jpg")
    assert seconds < 1.0
