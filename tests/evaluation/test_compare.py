"""Pictures side by side: what is shown, what is measured, what is told and what is refused."""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from shown import pixels, pixels_of

from restorekit.errors import PhotoError, UnknownNameError, UsageError
from restorekit.evaluation.compare import Compared, compare_pictures
from restorekit.viewing import scene as scenes

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[..., Path]

HOSTILE = "<script>alert(1)</script> '\"&amp;\n[bold]50%[/bold] \\"


def psnr(offset: int) -> str:
    return f"{20 * math.log10(255 / offset):.2f}"


def labels(found: Compared) -> list[list[str]]:
    return [[it.label for it in scene.views] for scene in found.scenes]


@pytest.fixture
def small_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "SIDE", 32)
    monkeypatch.setattr(scenes, "SMALL_SIDE", 16)
    monkeypatch.setattr(scenes, "MANY_PHOTOS", 3)


def test_two_files(photo: Write) -> None:
    paths = photo("one.png"), photo("two.png", offset=5)
    before = [hashlib.sha256(it.read_bytes()).digest() for it in paths]
    found = compare_pictures(paths)
    assert found.is_whole
    assert found.table.header == ("photo", "picture", "size", "psnr (dB)", "ssim")
    (row,) = found.table.rows
    assert row[:4] == ("one", "two.png", "20x16", psnr(5))
    assert 0.9 < float(row[4]) < 1
    (scene,) = found.scenes
    assert (scene.name, scene.is_whole) == ("one", True)
    assert labels(found) == [["one.png", "two.png"]]
    assert [it.figures for it in scene.views] == ["", f"psnr {psnr(5)} dB, ssim {row[4]}"]
    for view, path in zip(scene.views, paths, strict=True):
        assert np.array_equal(pixels(view), pixels_of(path))
    assert [hashlib.sha256(it.read_bytes()).digest() for it in paths] == before


def test_three_files_are_held_against_the_first(photo: Write) -> None:
    paths = photo("a.png"), photo("b.bmp", offset=3), photo("c.png", offset=9)
    found = compare_pictures(paths, metrics=["psnr"])
    assert found.table.rows == (
        ("a", "b.bmp", "20x16", psnr(3)),
        ("a", "c.png", "20x16", psnr(9)),
    )
    assert labels(found) == [["a.png", "b.bmp", "c.png"]]


def test_the_same_file_twice_has_no_error(photo: Write) -> None:
    path = photo("a.png")
    found = compare_pictures([path, path])
    assert found.table.rows == (("a", f"{path} (2)", "20x16", "inf", "1.0000"),)
    assert labels(found) == [[f"{path} (1)", f"{path} (2)"]]


def test_grey_beside_colour(photo: Write, tmp_path: Path) -> None:
    grey = photo("grey.png")
    Image.open(grey).convert("L").save(grey)
    Image.open(grey).convert("RGB").save(tmp_path / "colour.png")
    found = compare_pictures([grey, tmp_path / "colour.png"])
    assert found.table.rows[0][3:] == ("inf", "1.0000")
    one, other = found.scenes[0].views
    assert np.array_equal(pixels(one), pixels(other))


def test_folders_with_one_missing_one_broken_one_of_another_size(
    photo: Write, tmp_path: Path
) -> None:
    for number, name in enumerate(("cut", "fine", "gone", "wide")):
        photo(f"truth/{name}.png", number)
        if name != "gone":
            photo(f"out/{name}_x4.png", number, offset=4)
    photo("out/wide_x4.png", size=(16, 40))
    cut, new = tmp_path / "out/cut_x4.png", photo("out/new.png")
    cut.write_bytes(cut.read_bytes()[:80])
    told: list[object] = []
    places = [tmp_path / "truth", tmp_path / "out"]
    found = compare_pictures(places, on_start=told.append, on_photo=told.append)
    assert not found.is_whole
    assert told == [3, "cut", "fine", "wide"]
    assert [it.name for it in found.scenes] == ["fine", "wide"]
    assert [row[:4] for row in found.table.rows] == [
        ("fine", "out", "20x16", psnr(4)),
        ("wide", "out", "40x16", "-"),
    ]
    shape, first, *others = found.table.notes
    assert shape.startswith("wide, truth: its shape, 20x16, is not that of out, 40x16")
    assert first.startswith(f"failed: {cut} is damaged or cut off")
    assert others == [
        f"{new}: none of this name in {tmp_path / 'truth'}",
        f"{tmp_path / 'truth/gone.png'}: nothing to compare it with",
    ]


def test_a_photo_that_one_of_three_folders_lacks(photo: Write, tmp_path: Path) -> None:
    for name in ("truth/a.png", "truth/b.png", "one/a.png", "one/b.png", "two/b.png"):
        photo(name)
    found = compare_pictures([tmp_path / it for it in ("truth", "one", "two")])
    assert labels(found) == [["truth", "one"], ["truth", "one", "two"]]
    assert found.table.notes == ("a: none of this name in two",)
    assert not found.is_whole


def test_a_broken_first_picture_is_told_and_the_others_go_on(photo: Write, tmp_path: Path) -> None:
    for name in ("truth/a.png", "truth/b.png", "out/a.png", "out/b.png"):
        photo(name)
    (tmp_path / "truth/a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found = compare_pictures([tmp_path / "truth", tmp_path / "out"])
    assert [it.name for it in found.scenes] == ["b"]
    assert len(found.table.notes) == 1
    assert f"{tmp_path / 'truth/a.png'} is damaged or cut off" in found.table.notes[0]


@pytest.mark.parametrize("order", [("a.png", "b.png"), ("b.png", "a.png")])
def test_a_transparent_picture_is_shown_on_grey_and_not_measured(
    photo: Write, tmp_path: Path, order: tuple[str, str]
) -> None:
    photo("a.png")
    color = np.full((16, 20, 4), (250, 0, 40, 255), np.uint8)
    color[:8, :, 3] = 0
    color[8:12, :, 3] = 51  # a fifth
    Image.fromarray(color).save(tmp_path / "b.png")
    found = compare_pictures([tmp_path / it for it in order])
    assert found.is_whole
    assert found.table.rows[0][2:] == ("20x16", "-", "-")
    (note,) = found.table.notes
    assert note.endswith("b.png: transparent in places; shown on grey, no figures")
    shown = pixels(found.scenes[0].views[order.index("b.png")])
    assert (shown[:8] == 128).all()
    assert (shown[8:12] == (152, 102, 110)).all()  # 128 + (250 - 128) / 5 and so on
    assert (shown[12:] == (250, 0, 40)).all()


def test_an_opaque_picture_with_an_alpha_channel_is_measured(photo: Write, tmp_path: Path) -> None:
    Image.open(photo("a.png")).convert("RGBA").save(tmp_path / "b.png")
    found = compare_pictures([tmp_path / "a.png", tmp_path / "b.png"])
    assert found.table.rows[0][3:] == ("inf", "1.0000")
    assert found.table.notes == ()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_picture_of_another_shape_keeps_its_pixels(photo: Write, order: tuple[int, int]) -> None:
    paths = photo("whole.png", size=(40, 60)), photo("part.png", 1, size=(37, 60))
    found = compare_pictures([paths[it] for it in order])
    assert found.is_whole
    (scene,) = found.scenes
    assert (scene.size, scene.box) == ((40, 60), (0, 0, 40, 60))
    (note,) = found.table.notes
    assert note == (
        f"{scene.name}, part.png: its shape, 60x37, is not that of whole.png, 60x40; "
        "shown in its own pixels from the upper left corner"
    )
    whole, part = (pixels(scene.views[order.index(it)]) for it in (0, 1))
    assert np.array_equal(whole, pixels_of(paths[0]))
    assert np.array_equal(part[:37], pixels_of(paths[1]))
    assert (part[37:] == 128).all()


@pytest.mark.usefixtures("small_crops")
def test_the_crop_of_two_shapes_lies_in_what_both_have(tmp_path: Path) -> None:
    wide = np.full((100, 200, 3), 90, np.uint8)
    tall = np.full((140, 90, 3), 90, np.uint8)
    tall[60:64, 70:74] = 250  # what else differs is only there in one of them
    for name, it in (("wide", wide), ("tall", tall)):
        Image.fromarray(it).save(tmp_path / f"{name}.png")
    (scene,) = compare_pictures([tmp_path / "wide.png", tmp_path / "tall.png"]).scenes
    assert scene.size == (140, 200)
    assert scene.box[2:] == (32, 32)
    shown = [pixels(it) for it in scene.views]
    assert [int((it == 250).all(axis=2).sum()) for it in shown] == [0, 16]
    assert set(np.unique(shown)) == {90, 250}  # no grey


def test_what_cannot_be_shown_makes_no_page(photo: Write, tmp_path: Path) -> None:
    photo("one/a.png")
    photo("two/b.png")
    found = compare_pictures([tmp_path / "one", tmp_path / "two"])
    assert not found.is_whole
    with pytest.raises(PhotoError, match="nothing to show: expected at least one photo with two"):
        found.page()


@pytest.mark.skipif(os.name == "nt", reason="names cannot hold these signs there")
def test_notes_are_lines_without_control_characters(photo: Write, tmp_path: Path) -> None:
    photo("one/a.png")
    photo("two/a.png")
    photo("two/\x1b[31m\nred.png")
    found = compare_pictures([tmp_path / "one", tmp_path / "two"])
    (note,) = found.table.notes
    assert "two/\N{REPLACEMENT CHARACTER}[31m red.png: none of this name" in note


def test_too_small_to_be_measured_is_shown_and_told(photo: Write) -> None:
    paths = photo("a.png", size=(5, 6)), photo("b.png", size=(5, 6), offset=2)
    found = compare_pictures(paths)
    assert labels(found) == [["a.png", "b.png"]]
    assert found.table.rows == (("a", "b.png", "6x5", "42.11", "-"),)
    assert found.table.notes[0].startswith("a, b.png: ")
    assert not found.is_whole


def test_names_that_collide(photo: Write, tmp_path: Path) -> None:
    for name in ("truth/a.png", "out/a_x2.png", "out/a_x4.png"):
        photo(name)
    with pytest.raises(UsageError, match=r"names do not tell .*a_x2\.png, .*a_x4\.png"):
        compare_pictures([tmp_path / "truth", tmp_path / "out"])


@pytest.mark.skipif(os.name == "nt", reason="names cannot hold these signs there")
def test_hostile_names(photo: Write, tmp_path: Path) -> None:
    name = HOSTILE.replace("/", "\N{DIVISION SLASH}")
    for place in ("<b>truth", "--out"):
        photo(f"{place}/{name}.png")
    found = compare_pictures([tmp_path / "<b>truth", tmp_path / "--out"])
    assert [it.name for it in found.scenes] == [name]
    assert labels(found) == [["<b>truth", "--out"]]
    assert found.is_whole


@pytest.mark.parametrize(
    ("sizes", "largest", "measured"),
    [
        ([(60, 80), (120, 160), (60, 80)], (120, 160), ["-", "inf"]),
        ([(120, 160), (60, 80), (120, 160)], (120, 160), ["-", "inf"]),
        ([(60, 80), (60, 80), (240, 320)], (240, 320), ["inf", "-"]),
        ([(61, 80), (30, 40), (122, 160)], (122, 160), ["-", "-"]),
        ([(375, 500), (93, 125), (94, 125)], (375, 500), ["-", "-"]),
    ],
)
@pytest.mark.usefixtures("small_crops")
def test_pictures_of_different_sizes(
    photo: Write, sizes: list[tuple[int, int]], largest: tuple[int, int], measured: list[str]
) -> None:
    paths = [photo(f"{number}.png", size=size) for number, size in enumerate(sizes)]
    found = compare_pictures(paths, metrics=["psnr"])
    assert found.is_whole
    assert found.table.notes == ()
    (scene,) = found.scenes
    assert scene.size == largest
    top, left, height, width = scene.box
    assert (height, width) == (min(32, largest[0]), min(32, largest[1]))
    assert 0 <= top <= largest[0] - height
    assert 0 <= left <= largest[1] - width
    assert [pixels(it).shape[:2] for it in scene.views] == [(height, width)] * 3
    whole = pixels_of(paths[sizes.index(largest)])
    shown = pixels(scene.views[sizes.index(largest)])
    assert np.array_equal(shown, whole[top : top + height, left : left + width])
    assert [row[2:] for row in found.table.rows] == [
        (f"{width}x{height}", it) for (height, width), it in zip(sizes[1:], measured, strict=True)
    ]
    assert [it.figures for it in scene.views[1:]] == [
        "psnr inf dB" if it == "inf" else "" for it in measured
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.usefixtures("small_crops")
def test_the_place_that_differs_is_shown_whatever_comes_first(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    small = np.full((60, 80, 3), 90, np.uint8)
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    large[96:104, 120:128] = 250
    for name, it in (("0.png", small), ("1.png", large)):
        Image.fromarray(it).save(tmp_path / name)
    (scene,) = compare_pictures([tmp_path / f"{it}.png" for it in order]).scenes
    assert scene.box.top <= 96 <= 104 <= scene.box.top + 32
    assert scene.box.left <= 120 <= 128 <= scene.box.left + 32
    bright = [int((pixels(it) == 250).all(axis=2).sum()) for it in scene.views]
    assert bright == ([0, 64] if order == (0, 1) else [64, 0])


@pytest.mark.usefixtures("small_crops")
def test_many_photos_have_smaller_crops(photo: Write, tmp_path: Path) -> None:
    for number in range(4):
        photo(f"one/{number}.png", size=(40, 40))
        photo(f"two/{number}.png", 1, size=(40, 40))
    places = [tmp_path / "one", tmp_path / "two"]
    assert {it.box[2:] for it in compare_pictures(places).scenes} == {(16, 16)}
    (tmp_path / "one/3.png").unlink()
    assert {it.box[2:] for it in compare_pictures(places).scenes} == {(32, 32)}


def test_labels_tell_pictures_apart(photo: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photo("a.png").parent)
    for name in ("one/a.png", "two/a.png", "b.png", "a.png (2)"):
        photo(f"{name}.png").rename(name)
    told = {
        ("a.png", "b.png"): ["a.png", "b.png"],
        ("one/a.png", "two/a.png", "b.png"): ["one/a.png", "two/a.png", "b.png"],
        ("a.png", "one/a.png"): ["a.png", "one/a.png"],
        ("one", "two/"): ["one", "two"],
        ("one", "one"): ["one (1)", "one (2)"],
        # A name may look like a number that was given to tell others apart.
        ("a.png", "a.png", "a.png (2)"): ["a.png (1)", "a.png (2)", "a.png (2) (3)"],
    }
    for places, expected in told.items():
        assert labels(compare_pictures(places)) == [expected]


@pytest.mark.parametrize(
    ("places", "options", "error", "words"),
    [
        ([], {}, UsageError, "nothing to compare with: expected two pictures or more"),
        (["a.png"], {}, UsageError, "nothing to compare with: expected two pictures or more"),
        (["a.png", "set"], {}, UsageError, "expected two folders, or two files"),
        (["set", "a.png"], {}, UsageError, "expected two folders, or two files"),
        (["set", "set", "a.png"], {}, UsageError, "expected two folders, or two files"),
        (["a.png", "a.png"], {"metrics": ["psnr", "fid"]}, UsageError, "fid measures many photos"),
        (["a.png", "a.png"], {"metrics": ["psrn"]}, UnknownNameError, "did you mean psnr"),
        (["a.png", "no.png"], {}, PhotoError, "no.png: no such file or folder"),
        (["no.png", "a.png"], {}, PhotoError, "no.png: no such file or folder"),
        (["set", "empty"], {}, PhotoError, "empty"),
    ],
)
def test_what_cannot_be_compared(
    photo: Write,
    monkeypatch: pytest.MonkeyPatch,
    places: list[str],
    options: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    monkeypatch.chdir(photo("a.png").parent)
    photo("set/a.png")
    Path("empty").mkdir()
    with pytest.raises(error) as caught:
        compare_pictures(places, **options)
    assert words in str(caught.value)
