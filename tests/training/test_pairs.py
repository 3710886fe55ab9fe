"""Pairs cut from photos: both pictures show the same place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from restorekit.images.imresize import imresize
from restorekit.training.pairs import Pairs
from restorekit.training.parts import DataPart
from restorekit.training.photos import PackedPhotos, Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., Pairs]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Pairs from one smooth photo with noise, of one hue, 96 x 96."""
    rows, columns = np.mgrid[:96, :96]
    smooth = 120 + 60 * np.sin(rows / 9) * np.cos(columns / 7)
    noise = np.random.default_rng(0).normal(0, 12, (96, 96))
    grey = (smooth + noise).clip(0, 255)[:, :, None]
    pixels = (grey * [1, 0.9, 0.7]).astype(np.uint8)
    (tmp_path / "a.u8").write_bytes(pixels.tobytes())
    photos = PackedPhotos(tmp_path / "a.u8", (Place("a.png", 0, 96, 96),), 3)

    def pairs(chain: str, **data: int) -> Pairs:
        part = DataPart(**{"patch": 48, "batch": 1, "degradation": chain, **data})  # type: ignore[arg-type]
        return Pairs(photos, part, seed=3)

    return pairs


@pytest.mark.parametrize("margin", [0, 8])
def test_both_pictures_show_the_same_place(make: Make, margin: int) -> None:
    seen: set[tuple[int, int]] = set()
    pairs = make("quantize(8)", margin=margin)
    for number in range(30):
        degraded, clean = pairs[number]
        assert clean.shape == (3, 48, 48)
        assert torch.equal(degraded, clean)
        drawn = pairs.draw(number)
        seen.add((drawn.above, drawn.beside))
    assert all(0 <= it <= margin for pair in seen for it in pair)
    assert len(seen) == 1 if margin == 0 else len(seen) > 20


def test_a_smaller_input_shows_it_too(make: Make) -> None:
    for number in range(10):
        degraded, clean = make("downscale(2, 'matlab')", scale=2, margin=4)[number]
        assert (degraded.shape, clean.shape) == ((3, 24, 24), (3, 48, 48))
        again = imresize(255 * clean.numpy().transpose(1, 2, 0), 1 / 2).transpose(2, 0, 1) / 255
        # Nearer to the edge than the filter reaches, the margin is seen.
        inner = np.s_[:, 4:-4, 4:-4]
        np.testing.assert_allclose(degraded.numpy()[inner], again[inner], atol=2e-3)


def test_colours_change_places_in_both_pictures_alike(make: Make) -> None:
    """All six orders are drawn, and nothing else is drawn otherwise."""
    plain, mixed = (
        make("downscale(2, 'matlab')", scale=2),
        make("downscale(2, 'matlab')", scale=2, recolored=True),
    )
    orders: set[tuple[int, ...]] = set()
    for number in range(60):
        order = mixed.draw(number).order
        orders.add(order)
        assert plain.draw(number).order == (0, 1, 2)
        for ours, others in zip(mixed[number], plain[number], strict=True):
            torch.testing.assert_close(ours, others[list(order)], rtol=0, atol=1e-6)
    assert len(orders) == 6


@pytest.mark.parametrize("margin", [0, 8])
def test_with_a_margin_the_blocks_of_jpeg_begin_anywhere(make: Make, margin: int) -> None:
    steps = np.zeros(47)
    pairs = make("jpeg(10)", margin=margin, turned=False)
    for number in range(40):
        picture = pairs[number].degraded.numpy().astype(float)
        steps += np.abs(np.diff(picture, axis=2)).mean((0, 1))
    at_blocks = steps[7::8].mean() / np.delete(steps, np.s_[7::8]).mean()
    assert at_blocks == pytest.approx(1, abs=0.2) if margin else at_blocks > 1.5
