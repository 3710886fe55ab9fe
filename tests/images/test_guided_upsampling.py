"""What is changed in a small picture is carried over to the large one, which keeps its detail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from restorekit.classical.example_based import RESTORER as EXAMPLE_BASED
from restorekit.contracts import Band, Reducing, Size
from restorekit.errors import UsageError
from restorekit.images.guided_upsampling import GuidedUpsampling, color_maps, mapped
from restorekit.images.reading import read
from restorekit.images.reduced import Reduced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from restorekit.contracts import Bits, Image, OnTile, Resample, Restorer

PHOTO = read(Path(__file__).parents[2] / "photos/coffee.jpg").color[40:300, 60:400].copy()
SIZE = Size(*PHOTO.shape[:2])
TURN = np.array([[0.5, 0.2, 0.1], [0.0, 0.8, 0.1], [0.1, 0.1, 0.6]], np.float32)


@dataclass
class Recolours:
    """Gives every pixel another colour; in several tiles above a side."""

    recoloured: Callable[[Image], Image]
    largest: int = 1000
    name: str = "toy"
    scale: Literal[1] = 1
    enlarged: Literal[False] = False
    resample: Resample = "lanczos"

    def tiles(self, size: Size) -> int:
        return int(np.prod([-(-length // self.largest) for length in size]))

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        assert bits == 32
        half = len(image) // 2
        result = self.recoloured(image).clip(0, 1).astype(np.float32)
        yield Band(0, result[:half])
        yield Band(half, result[half:])


def whole(restorer: Restorer, image: Image = PHOTO) -> Image:
    return np.concatenate([band.rows for band in restorer.bands(image)])


def psnr(a: Image, b: Image) -> float:
    return float(-10 * np.log10(np.mean((a - b) ** 2)))


def brighter(image: Image) -> Image:
    """Much brighter where it is dark, as low light is."""
    return image ** np.float32(0.4)


def test_colours_that_are_turned_alike_everywhere_are_turned_in_the_large_picture() -> None:
    turned = GuidedUpsampling(Recolours(lambda image: image @ TURN + 0.05), 80)
    assert psnr(whole(turned), PHOTO @ TURN + 0.05) > 36


def test_detail_is_kept_where_adding_what_changes_loses_it() -> None:
    restorer = Recolours(brighter)
    guided = psnr(whole(GuidedUpsampling(restorer, 85)), brighter(PHOTO))
    added = psnr(whole(Reduced(restorer, 0.25)), brighter(PHOTO))
    assert guided > 32
    assert guided > added + 2


def test_what_is_left_alone_stays_as_it_was() -> None:
    same = GuidedUpsampling(Recolours(lambda image: image), 64)
    np.testing.assert_array_equal(whole(same), PHOTO)


def test_a_change_where_nothing_tells_colours_apart_is_added() -> None:
    flat = np.full((12, 15, 3), 0.25, np.float32)
    maps = color_maps(flat, np.full_like(flat, 0.125))
    assert maps.shape == (12, 15, 12)
    np.testing.assert_allclose(maps[..., :9], 0, atol=1e-9)
    np.testing.assert_allclose(mapped(maps, flat), 0.125, atol=1e-7)


def test_maps_tell_the_colours_that_they_were_made_from() -> None:
    rng = np.random.default_rng(0)
    picture = rng.random((20, 24, 3), np.float32)
    maps = color_maps(picture, picture @ TURN - 0.1)
    # A row for each channel of the change.
    np.testing.assert_allclose(maps[10, 12, :9].reshape(3, 3), TURN.T, atol=0.02)
    np.testing.assert_allclose(mapped(maps, picture), picture @ TURN - 0.1, atol=0.02)


def test_a_grey_picture_stays_grey() -> None:
    grey = PHOTO.mean(axis=2, keepdims=True)
    result = whole(GuidedUpsampling(Recolours(brighter), 85), grey)
    assert result.shape == grey.shape
    assert psnr(result, brighter(grey)) > 29


def test_a_small_picture_is_the_restorers_own() -> None:
    restorer = Recolours(brighter)
    np.testing.assert_array_equal(whole(GuidedUpsampling(restorer, max(SIZE))), brighter(PHOTO))


def test_integers_are_the_floats_rounded() -> None:
    guided = GuidedUpsampling(Recolours(brighter), 64)
    rows = np.concatenate([band.rows for band in guided.bands(PHOTO, bits=8)])
    assert rows.dtype == np.uint8
    assert np.abs(rows - whole(guided) * 255).max() <= 0.5001


@pytest.mark.parametrize(
    ("side", "largest", "size", "seen"),
    [
        (768, 1000, Size(3000, 4000), Size(576, 768)),
        (768, 1000, Size(4000, 3000), Size(768, 576)),
        (768, 1000, Size(500, 768), Size(500, 768)),
        (768, 600, Size(3000, 4000), Size(444, 592)),  # one tile has room for no more
        (768, 600, Size(500, 768), Size(385, 592)),
        (5, 1000, Size(1, 4000), Size(1, 5)),
    ],
)
def test_the_size_at_which_it_works(side: int, largest: int, size: Size, seen: Size) -> None:
    guided = GuidedUpsampling(Recolours(brighter, largest), side)
    assert isinstance(guided, Reducing)
    assert guided.work_size(size) == seen
    assert guided.tiles(size) == 1


def test_what_cannot_be_meant() -> None:
    with pytest.raises(UsageError, match="example-based enlarges"):
        GuidedUpsampling(EXAMPLE_BASED, 768)
    with pytest.raises(UsageError, match="expected 1 pixel or more, got 0"):
        GuidedUpsampling(Recolours(brighter), 0)
