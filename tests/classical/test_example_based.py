"""Example-based enlarging: patches by hand, what examples give, and how they are kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from restorekit.classical import example_based
from restorekit.classical._example_folder import ExampleFolder, forget, read
from restorekit.classical._example_pairs import luma_of
from restorekit.classical._examples import Examples, Pairs
from restorekit.classical._patches import (
    Posture,
    contrasts,
    overlapped,
    posture_of,
    turned,
    turned_back,
    windows_at,
)
from restorekit.classical.example_based import RESTORER
from restorekit.contracts import Exemplified, Scalable, Size
from restorekit.errors import UsageError
from restorekit.images.imresize import imresize
from restorekit.images.protocols import luma
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read_bytes
from restorekit.images.resize import resize
from restorekit.metrics.psnr import psnr

if TYPE_CHECKING:
    from restorekit.classical.example_based import ExampleBased
    from restorekit.contracts import Image

pytestmark = pytest.mark.usefixtures("one_thread")

ROOT = Path(__file__).parents[2]
BENCH = ROOT.parent / "shared" / "bench"


def piece(name: str = "astronaut.jpg", top: int = 40, left: int = 170, side: int = 128) -> Image:
    return to_float(read_bytes(ROOT / "photos" / name)[top : top + side, left : left + side])


def saved(image: Image, path: Path) -> Path:
    from PIL import Image as PillowImage

    pixels = to_integers(image, 8)
    PillowImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(path)
    return path


def result_of(restorer: ExampleBased, image: Image) -> Image:
    rows = [np.asarray(band.rows, np.float32) for band in restorer.bands(image)]
    return np.concatenate(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("photos")
    saved(piece(), place / "face.png")
    return place


# Patches.


def test_windows_by_hand() -> None:
    picture = np.arange(42, dtype=np.float32).reshape(6, 7)
    padded = np.pad(picture, 2, mode="symmetric")
    inner, corner = windows_at(padded, np.array([3, 0]), np.array([2, 0]))
    np.testing.assert_allclose(inner.reshape(5, 5), picture[1:6, 0:5] - picture[3, 2])
    assert inner.sum() == 0
    assert corner.reshape(5, 5)[0, 0] == corner.reshape(5, 5)[3, 3]
    assert contrasts(inner[None])[0, 0] == pytest.approx(np.sqrt(5 * 2 * 5 * (49 + 1)), rel=1e-6)


def test_every_turn_is_undone() -> None:
    patches = np.random.default_rng(0).random((16, 36), dtype=np.float32)
    posture = Posture(np.arange(16) % 8, np.repeat(np.float32([1, -1]), 8))
    there = turned(patches, posture)
    np.testing.assert_array_equal(turned_back(there, posture), patches)
    np.testing.assert_array_equal(there[4].reshape(6, 6), patches[4].reshape(6, 6).T)
    np.testing.assert_array_equal(there[9].reshape(6, 6), -patches[9].reshape(6, 6)[:, ::-1])


def test_mirrored_transposed_and_negative_windows_come_into_one_posture() -> None:
    windows = np.random.default_rng(1).normal(size=(50, 25)).astype(np.float32)
    windows -= windows.mean(axis=1, keepdims=True)
    expected = turned(windows, posture_of(windows))
    square = windows.reshape(-1, 5, 5)
    for other in (square[:, ::-1], square[:, :, ::-1], square.transpose(0, 2, 1), -square):
        flat = np.ascontiguousarray(other).reshape(-1, 25)
        np.testing.assert_allclose(turned(flat, posture_of(flat)), expected, atol=1e-6)


@pytest.mark.parametrize("scale", [2, 3])
@pytest.mark.parametrize("size", [(1, 1), (1, 4), (5, 6)])
def test_patches_of_a_picture_overlap_to_that_picture(size: tuple[int, int], scale: int) -> None:
    """Each place is a mean: weights that sum to one, at the edges too."""
    height, width = size
    picture = np.random.default_rng(2).random((height * scale, width * scale), dtype=np.float32)
    padded = np.pad(picture, scale)
    side = 3 * scale
    views = np.lib.stride_tricks.sliding_window_view(padded, (side, side))[::scale, ::scale]
    details = views.reshape(height, width, side**2)
    np.testing.assert_allclose(overlapped(details, scale), picture, atol=1e-6)


# What examples say.


def some_pairs(count: int, scale: int = 2, seed: int = 3) -> tuple[Image, Image]:
    draw = np.random.default_rng(seed)
    windows = draw.normal(size=(count, 25)).astype(np.float32)
    windows -= windows.mean(axis=1, keepdims=True)
    return windows, draw.normal(size=(count, (3 * scale) ** 2)).astype(np.float32)


@pytest.mark.parametrize("factor", [1.0, -0.3])
def test_an_example_is_found_again_at_any_contrast(factor: float) -> None:
    windows, details = some_pairs(20)
    found = Examples(Pairs.of(windows, details)).details(np.float32(factor) * windows)
    error = np.linalg.norm(found - factor * details) / np.linalg.norm(factor * details)
    assert error < 0.15  # the ridge, which lets the others have a little say


def test_smooth_windows_get_no_detail() -> None:
    windows, details = some_pairs(40)
    examples = Examples(Pairs.of(windows, details))
    assert examples.scale == 2
    weak = windows / contrasts(windows) * 0.029
    assert not examples.details(weak).any()
    assert examples.details(weak * 1.1).any()


def test_what_is_linear_in_the_window_is_learnt() -> None:
    """Up to the ridge, which keeps weights small where windows are as unlike as these."""
    pattern = np.random.default_rng(4).normal(size=(6, 6)).astype(np.float32)
    # A rule for every posture treats all turns alike.
    pattern = pattern + pattern[::-1] + pattern[:, ::-1] + pattern[::-1, ::-1]
    rule = (pattern + pattern.T).reshape(1, 36)
    windows, _ = some_pairs(4000)
    examples = Examples(Pairs.of(windows, windows[:, 12:13] * rule))
    unseen, _ = some_pairs(200, seed=5)
    expected = unseen[:, 12:13] * rule
    found = examples.details(unseen)
    assert np.linalg.norm(found - expected) < 0.25 * np.linalg.norm(expected)


# Photos.


@pytest.mark.parametrize(("scale", "gain"), [(2, 8.0), (3, 8.0), (4, 8.0)])
def test_a_photo_among_the_examples_is_restored_far_better(
    folder: Path, scale: int, gain: float
) -> None:
    side = 128 // scale * scale
    truth = luma_of(piece()[:side, :side])[:, :, None]
    small = resize(truth, Size(side // scale, side // scale), "bicubic").astype(np.float32)
    restorer = RESTORER.with_examples(folder).at_scale(scale)
    inside = (slice(4 * scale, -4 * scale),) * 2
    bicubic = resize(small, Size(side, side), "bicubic").astype(np.float32)
    reached = psnr(result_of(restorer, small)[inside], truth[inside])
    assert reached - psnr(bicubic[inside], truth[inside]) > gain


def test_rows_at_a_time_make_up_the_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = piece("coffee.jpg", side=52)[:, :40]
    restorer = RESTORER.with_examples(folder, most=1000)
    whole = result_of(restorer, image)
    assert restorer.tiles(Size(52, 40)) == 1
    monkeypatch.setattr(example_based, "PIXELS", 40 * 9)
    assert restorer.tiles(Size(52, 40)) == 6
    assert np.abs(result_of(restorer, image) - whole).max() < 2e-6


def test_colour_is_interpolated_and_brightness_takes_the_detail(folder: Path) -> None:
    image = piece("chelsea.jpg", side=40)
    image = 0.2 + 0.6 * image  # so that nothing is clipped
    plain = resize(image, Size(80, 80), "bicubic")
    detail = result_of(RESTORER.with_examples(folder, most=1000), image) - plain
    assert np.abs(detail).max() > 0.02
    assert np.ptp(detail, axis=2).max() < 1e-6


def test_it_keeps_to_its_contracts_and_to_four_times(folder: Path) -> None:
    ready = RESTORER.with_examples(folder, most=500)
    assert isinstance(RESTORER, Exemplified)
    assert isinstance(ready, Scalable)
    assert ready.at_scale(2) is ready
    assert [ready.at_scale(scale).scale for scale in (1, 3, 4, 7)] == [1, 3, 4, 4]
    image = piece(side=8)
    np.testing.assert_array_equal(result_of(ready.at_scale(1), image), image)


# The database.


def test_examples_are_kept_and_read_again(folder: Path, tmp_path: Path) -> None:
    notes: list[str] = []
    first, again = (
        RESTORER.with_examples(folder, kept=tmp_path / "kept", on_note=notes.append, most=500)
        for _ in range(2)
    )
    image = piece("coffee.jpg", side=24)
    expected = result_of(first, image)
    assert notes == ["gathering examples at scale 2 from 1 photos"]
    np.testing.assert_array_equal(result_of(again, image), expected)
    assert len(notes) == 1
    result_of(first.at_scale(3), image)
    names = [path.name for path in sorted((tmp_path / "kept").glob("*.safetensors"))]
    assert names == [f"{first.identity}-x2.safetensors", f"{first.identity}-x3.safetensors"]


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_damaged_examples_are_gathered_anew(folder: Path, tmp_path: Path, damage: str) -> None:
    notes: list[str] = []

    def ready() -> ExampleBased:
        return RESTORER.with_examples(folder, kept=tmp_path, on_note=notes.append, most=500)

    image = piece("coffee.jpg", side=24)
    expected = result_of(ready(), image)
    (path,) = tmp_path.glob("*.safetensors")
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes({"cut": content[:-100], "changed": content, "empty": b""}[damage])
    notes.clear()
    np.testing.assert_array_equal(result_of(ready(), image), expected)
    assert notes[0] == f"{path} is damaged: the examples are gathered anew"
    assert read(path) is not None


def test_the_identity_follows_the_photos(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    photo = saved(piece(side=64), inner / "face.png")
    found = [RESTORER.with_examples(tmp_path).identity for _ in range(2)]
    os.utime(photo, ns=(1, 1))
    found.append(RESTORER.with_examples(tmp_path).identity)
    saved(piece(side=64), tmp_path / "other.png")
    found.append(RESTORER.with_examples(tmp_path).identity)
    found.append(RESTORER.with_examples(tmp_path, most=5).identity)
    assert found[0] == found[1]
    assert len(set(found)) == 4


def test_photos_that_cannot_serve_are_named_and_left_out(tmp_path: Path) -> None:
    saved(piece(), tmp_path / "good.png")
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    saved(piece(side=24), tmp_path / "small.png")
    (tmp_path / ".hidden.png").write_bytes(b"no photo")
    notes: list[str] = []
    ready = RESTORER.with_examples(tmp_path, on_note=notes.append, most=90)
    assert ready.examples is not None
    assert len(ready.examples.at(2).pairs.windows) == 30  # what each of three photos would give
    assert len(notes) == 3
    assert notes[1].startswith("bad.jpg")
    assert notes[2].startswith("small.png is too small: expected at least 32x32 pixels, got 24x24")
    assert all("\n" not in note for note in notes)


def test_a_folder_without_examples_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder: expected one with photos"):
        RESTORER.with_examples(tmp_path / "absent")
    with pytest.raises(UsageError, match=r"no photo in .*: expected files such as"):
        RESTORER.with_examples(tmp_path)
    saved(np.full((80, 80, 3), 0.5, np.float32), tmp_path / "flat.png")
    with pytest.raises(UsageError, match=r"no examples for a scale of 2 in .*with texture"):
        result_of(RESTORER.with_examples(tmp_path), piece(side=8))
    with pytest.raises(UsageError, match="needs photos to take examples from"):
        result_of(RESTORER, piece(side=8))


def test_the_oldest_databases_are_forgotten(tmp_path: Path) -> None:
    for number in range(10):
        path = tmp_path / f"{number}.safetensors"
        path.touch()
        os.utime(path, ns=(10**9 * (10 - number), 10**9 * (10 - number)))
    forget(tmp_path)
    assert sorted(path.stem for path in tmp_path.iterdir()) == list("01234567")


def test_set5_gains_with_a_few_photos() -> None:
    photos = BENCH / "train_photos"
    if not photos.is_dir():
        pytest.skip("the benchmark photos are not beside the repository")
    truth = to_float(luma(read_bytes(BENCH / "set5" / "butterfly_GT.bmp")))[64:192, 64:192]
    few = ExampleFolder(tuple(sorted(photos.glob("*.jpg")))[::40], "", None, lambda _: None, 10_000)
    small = imresize(truth, 0.5).astype(np.float32)
    result = result_of(example_based.ExampleBased("few", "few photos", examples=few), small)
    inside = (slice(2, -2),) * 2
    bicubic = imresize(small, 2).astype(np.float32)
    gain = psnr(result[inside], truth[inside]) - psnr(bicubic[inside], truth[inside])
    assert gain > 2.0
