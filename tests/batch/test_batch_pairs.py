"""Pairs by name: marks of papers and programs, partners that are missing, names that collide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from restorekit.batch.pairs import bare_name, find_pairs, named_photos
from restorekit.errors import PhotoError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("baby_GT.bmp", "baby"),
        ("baby_x4.png", "baby"),
        ("baby_x4_SR.png", "baby"),
        ("baby-HR.png", "baby"),
        ("baby LR.png", "baby"),
        ("baby.out.png", "baby"),
        ("baby_4x.png", "baby"),
        ("baby_x1.5.png", "baby"),
        ("img_001_SRF_4_HR.png", "img_001"),
        ("0801x4.png", "0801"),
        ("matrix2.png", "matrix2"),
        ("wall_2560x1600.png", "wall_2560x1600"),
        ("wall_x32.png", "wall_x32"),
        ("_x4.png", "_x4"),
        ("GT.png", "GT"),
        ("BlackHR.png", "BlackHR"),
        ("im1_kernel1_img.png", "im1_kernel1_img"),
        ("e\u0301t\u00e9_x2.png", "\u00e9t\u00e9"),
    ],
)
def test_marks_at_the_end_are_no_part_of_the_name(name: str, bare: str) -> None:
    assert bare_name(Path("folder_x4") / name) == bare


def test_pairs_go_by_name_and_never_by_position(photo: Write, tmp_path: Path) -> None:
    for name in ("out/b_x4.png", "out/A_x4.png", "out/10.png", "out/extra.png", "out/notes.bmp"):
        photo(name)
    for name in ("gt/a_GT.bmp", "gt/B.png", "gt/2.png", "gt/10_HR.tif"):
        photo(name)
    (tmp_path / "out/readme.txt").write_text("no photo")
    found = find_pairs(tmp_path / "out", str(tmp_path / "gt"))
    assert [(it.name, it.predicted.name, it.reference.name) for it in found.pairs] == [
        ("10", "10.png", "10_HR.tif"),
        ("a", "A_x4.png", "a_GT.bmp"),
        ("B", "b_x4.png", "B.png"),
    ]
    assert [path.name for path in found.without_reference] == ["extra.png", "notes.bmp"]
    assert [path.name for path in found.without_prediction] == ["2.png"]


def test_the_same_name_comes_before_marks(photo: Write, tmp_path: Path) -> None:
    for name in ("crop_4x5", "crop_4x6", "cat", "cat_gt", "Dog", "dog", "baby_x4"):
        photo(f"out/{name}.png")
        photo(f"gt/{name}.bmp")
    photo("out/baby.png")
    found = find_pairs(tmp_path / "out", tmp_path / "gt")
    assert [it.predicted.stem for it in found.pairs] == [it.reference.stem for it in found.pairs]
    assert sorted(it.name for it in found.pairs) == sorted(
        ["crop_4x5", "crop_4x6", "cat", "cat_gt", "Dog", "dog", "baby_x4"]
    )
    assert found.without_reference == (tmp_path / "out/baby.png",)


def test_different_scales_are_different_photos(photo: Write, tmp_path: Path) -> None:
    photo("out/tile_1x3.png")
    photo("gt/tile_1x2.png")
    photo("out/wall_x2.png")
    photo("gt/wall_x4_GT.png")
    found = find_pairs(tmp_path / "out", tmp_path / "gt")
    assert found.pairs == ()
    assert [path.name for path in found.without_reference] == ["tile_1x3.png", "wall_x2.png"]
    assert [path.name for path in found.without_prediction] == ["tile_1x2.png", "wall_x4_GT.png"]


@pytest.mark.parametrize("side", ["out", "gt"])
def test_what_marks_leave_open_is_told(photo: Write, tmp_path: Path, side: str) -> None:
    photo("out/baby_x4.png")
    photo("gt/baby_GT.png")
    photo(f"{side}/BABY_HR.png")
    with pytest.raises(UsageError, match="names do not tell which photos belong") as info:
        find_pairs(tmp_path / "out", tmp_path / "gt")
    for name in ("out/baby_x4.png", "gt/baby_GT.png", f"{side}/BABY_HR.png"):
        assert str(tmp_path / name) in str(info.value)


def test_one_name_in_two_formats_is_told(photo: Write, tmp_path: Path) -> None:
    photo("out/baby.png")
    photo("out/baby.jpg")
    photo("gt/baby.png")
    with pytest.raises(UsageError, match=r"baby\.jpg and .*baby\.png mean the same photo"):
        find_pairs(tmp_path / "out", tmp_path / "gt")


def test_names_that_marks_would_make_the_same_keep_them(photo: Write, tmp_path: Path) -> None:
    for name in ("a_x2", "a_x4", "b_x2"):
        photo(f"{name}.png")
    assert sorted(named_photos(tmp_path)) == ["a_x2", "a_x4", "b"]


def test_two_files_are_a_pair_whatever_they_are_called(photo: Write) -> None:
    result, truth = photo("mine.png"), photo("theirs.bmp")
    found = find_pairs(result, truth)
    assert [tuple(it) for it in found.pairs] == [("theirs", result, truth)]


def test_what_is_no_pair_of_folders_is_refused(photo: Write, tmp_path: Path) -> None:
    file = photo("out/a.png")
    with pytest.raises(UsageError, match="two folders, or two files"):
        find_pairs(file, tmp_path / "out")
    with pytest.raises(PhotoError, match="no such file or folder"):
        find_pairs(tmp_path / "out", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PhotoError, match="no photo in this folder"):
        named_photos(tmp_path / "empty")


def test_inner_folders_are_part_of_the_name(photo: Write, tmp_path: Path) -> None:
    for name in ("out/one/1_x4.png", "out/two/1_x4.png", "out/3.png", "gt/one/1.png", "gt/3.png"):
        photo(name)
    found = find_pairs(tmp_path / "out", tmp_path / "gt", recursive=True)
    assert [it.name for it in found.pairs] == ["3", "one/1"]
    assert found.without_reference == (tmp_path / "out/two/1_x4.png",)
    flat = find_pairs(tmp_path / "out", tmp_path / "gt")
    assert [it.name for it in flat.pairs] == ["3"]
    photo("out/one/1.bmp")
    exact = find_pairs(tmp_path / "out", tmp_path / "gt", recursive=True)
    assert [it.predicted.name for it in exact.pairs] == ["3.png", "1.bmp"]
