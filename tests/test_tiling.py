"""Tiles cover each pixel, their weights sum to one, and they are as few and small as can be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from restorekit.contracts import SizeRequirements
from restorekit.errors import UsageError
from restorekit.tiling import grid, spans


def cases() -> list[tuple[int, int, int, int, int]]:
    draw = np.random.default_rng(7)
    found: list[tuple[int, int, int, int, int]] = []
    while len(found) < 300:
        overlap = int(draw.integers(0, 70))
        tile = overlap + int(draw.integers(1, 300))
        length = int(draw.integers(1, 1500))
        found.append((length, tile, overlap, int(draw.integers(1, 5)), int(draw.choice([1, 2, 8]))))
    return found


@pytest.mark.parametrize("reach", [None, 0, 17])
def test_weights_of_all_tiles_sum_to_one_at_each_pixel(reach: int | None) -> None:
    for length, tile, overlap, scale, multiple in cases():
        requirements = SizeRequirements(multiple_of=multiple)
        axis = grid(
            length,
            1,
            tile=tile,
            overlap=overlap,
            scale=scale,
            requirements=requirements,
            reach=reach,
        ).rows
        total = np.zeros(length * scale)
        for span, weights in zip(axis.spans, axis.weights, strict=True):
            assert weights.shape == (len(span) * scale,)
            assert weights.min() >= 0
            total[span.start * scale : span.stop * scale] += weights
        assert np.abs(total - 1).max() < 1e-6


def test_spans_share_the_overlap_and_keep_to_the_limit() -> None:
    for length, tile, overlap, _, multiple in cases():
        parts = spans(length, tile, overlap, multiple)
        assert parts[0].start == 0
        assert parts[-1].stop == length
        limit = max(tile, (-(-overlap // multiple) + 1) * multiple)
        for part in parts:
            assert len(part) <= limit
            assert part.start % multiple == 0
        for before, after in pairwise(parts):
            assert before.stop - after.start >= overlap


def test_tiles_are_equal_and_no_larger_than_needed() -> None:
    assert spans(512, 512, 64) == ((0, 512),)
    assert [len(part) for part in spans(513, 512, 64)] == [289, 289]
    assert spans(10, 256, 64) == ((0, 10),)


def test_inside_the_reach_of_a_seam_a_tile_counts_nothing() -> None:
    reach, scale = 18, 4
    axis = grid(300, 1, tile=128, overlap=2 * reach, scale=scale, reach=reach).rows
    for i, (before, after) in enumerate(pairwise(axis.spans)):
        assert (axis.weights[i][-reach * scale :] == 0).all(), before
        assert (axis.weights[i + 1][: reach * scale] == 0).all(), after


def test_zero_is_the_whole_picture() -> None:
    whole = grid(700, 900, tile=0, overlap=64)
    assert whole.tiles == 1
    assert (whole.rows.spans, whole.columns.spans) == (((0, 700),), ((0, 900),))
    # Also where the network takes multiples alone, and it is none.
    assert grid(480, 719, tile=0, overlap=64, requirements=SizeRequirements(64, 64)).tiles == 1


def test_a_tile_within_its_own_overlap_is_refused() -> None:
    with pytest.raises(UsageError, match="tile of 64 pixels is too small"):
        grid(700, 900, tile=64, overlap=64)
