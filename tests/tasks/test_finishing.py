"""Colour lock, grain and strength on the whole way of a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from made_photos import saved, smooth

from restorekit.classical.lanczos import RESTORER as LANCZOS
from restorekit.contracts import Band, Finishing, Size
from restorekit.errors import UsageError
from restorekit.images.quantize import to_float
from restorekit.images.reading import read
from restorekit.images.restored import restored_bands
from restorekit.tasks.denoise import Denoising, denoise
from restorekit.tasks.file_options import FileOptions
from restorekit.tasks.restoring import Restoration
from restorekit.tasks.running import restore_photos
from restorekit.tasks.super_resolve import SuperResolution
from restorekit.zoo.restorers import DeviceOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from restorekit.contracts import AnyRows, Bits, Image, OnTile, Pixels, Restorer

SHIFT = np.float32([6, -4, 9]) / np.float32(255)


class Shifting:
    """Leaves the picture as it is, but for its colours."""

    name, scale, resample, enlarged = "shifting", 1, "lanczos", False

    def tiles(self, size: Size) -> int:
        return 1

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        full = 2**bits - 1
        rows: AnyRows = (image + SHIFT[: image.shape[2]]).clip(0, 1)
        if bits != 32:
            rows = np.rint(rows * full).astype(np.uint8 if bits == 8 else np.uint16)
        yield Band(0, rows)


def finished(pixels: Pixels, restorer: Any, bits: Any = 8, **options: Any) -> Pixels:
    photo = read(saved(pixels, "PNG"), name="photo")
    return Restoration(photo, restorer, photo.size, bits, Finishing(**options)).run()


def test_the_lock_gives_the_photos_colours_back() -> None:
    pixels = (smooth(70, 90) // 2 + 60).astype(np.uint8)
    shifted = finished(pixels, Shifting()).astype(int) - pixels
    assert shifted.mean((0, 1)).round().tolist() == [6, -4, 9]
    np.testing.assert_array_equal(finished(pixels, Shifting(), color_lock=True), pixels)
    mixed = finished(pixels, Shifting(), strength=0.5, color_lock=True)
    np.testing.assert_array_equal(mixed, pixels)


def test_the_lock_holds_the_colours_of_a_network(network: Restorer) -> None:
    image = to_float(smooth(60, 72))
    free, held = (
        np.concatenate(
            [
                rows
                for _, rows in restored_bands(
                    image, network, Size(240, 288), finishing=Finishing(color_lock=it)
                )
            ]
        )
        for it in (False, True)
    )
    drift, left = (np.abs((it.mean((0, 1)) - image.mean((0, 1))) * 255) for it in (free, held))
    assert drift.max() > 3 * left.max()
    assert left.max() < 0.4


def test_grain_is_the_same_again_and_as_strong_as_asked_for() -> None:
    flat = np.full((120, 130, 3), 128, np.uint8)
    once = finished(flat, Shifting(), grain=6, strength=0)
    np.testing.assert_array_equal(once, finished(flat, Shifting(), grain=6, strength=0))
    noise = once.astype(float) - 128
    assert noise.std() == pytest.approx(6, rel=0.05)
    # A grey photo stays grey, and gets the grain of a black-and-white film.
    assert np.ptp(once, axis=2).max() == 0
    other = finished(flat, Shifting(), grain=6, strength=0, seed=1).astype(float) - 128
    assert abs((noise * other).mean()) < 0.1 * noise.var()


def test_grain_of_16_bits_is_not_rounded_to_8() -> None:
    flat = np.full((64, 64, 1), 128, np.uint8)
    deep = finished(flat, LANCZOS, bits=16, grain=5)
    assert (deep.dtype, deep.shape) == (np.uint16, (64, 64, 1))
    assert len(np.unique(deep)) > 1000
    assert np.abs(deep / 257 - finished(flat, LANCZOS, grain=5)).max() <= 0.51


def test_neither_transparency_nor_what_lies_under_it_gets_grain() -> None:
    pixels = np.dstack([np.full((40, 50, 3), 128, np.uint8), smooth(40, 50)[..., :1]])
    pixels[:9, :, 3] = 0
    plain, grainy = (finished(pixels, LANCZOS, grain=it) for it in (0, 8))
    np.testing.assert_array_equal(grainy[..., 3], plain[..., 3])
    np.testing.assert_array_equal(grainy[:9], pixels[:9])
    assert grainy[9:, :, :3].std() > 5


def test_the_array_has_the_files_grain() -> None:
    pixels = smooth(30, 40)
    task = Denoising("median", finishing=Finishing(0.6, color_lock=True, grain=5, seed=3))
    array = denoise(to_float(pixels), task)
    from restorekit.classical.median import RESTORER

    photo = read(saved(pixels, "PNG"), name="photo")
    file = Restoration(photo, RESTORER, photo.size, 8, task.finishing).run()
    assert np.abs(array * 255 - file).max() <= 0.501


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strength": 1.01}, "strength: expected 0 to 1, got 1.01"),
        ({"strength": -0.1}, "strength: expected 0 to 1, got -0.1"),
        ({"strength": float("nan")}, "strength: expected 0 to 1, got nan"),
        ({"grain": -1}, "grain: expected 0 to 100, got -1"),
        ({"grain": float("nan")}, "grain: expected 0 to 100, got nan"),
        ({"seed": -1}, "seed: expected 0 or more, below 2 to the 63, got -1"),
    ],
)
def test_what_cannot_be_meant(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Finishing(**options)


def test_a_method_without_a_network_has_no_self_ensemble() -> None:
    devices = DeviceOptions(self_ensemble=True)
    with pytest.raises(UsageError, match="median is no network"):
        denoise(np.zeros((4, 4, 1), np.float32), Denoising("median", devices=devices))


def test_resume_knows_every_option_of_the_finish(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.png").write_bytes(saved(smooth(9, 8), "PNG"))

    def restore(**options: Any) -> tuple[int, int]:
        report = restore_photos(
            [str(tmp_path / "in")],
            SuperResolution("lanczos", 1.0, finishing=Finishing(**options)),
            FileOptions(output=f"{tmp_path / 'out'}/", resume=True),
            stdin=lambda: b"",
            stdout=lambda data: None,
            on_event=lambda event: None,
        )
        return len(report.done), len(report.skipped)

    for options in ({}, {"color_lock": True}, {"grain": 3}, {"grain": 3, "seed": 1}):
        assert restore(**options) == (1, 0)
        assert restore(**options) == (0, 1)
