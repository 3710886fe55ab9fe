"""Photos of 100 megapixels are measured within 2 GB, the two pictures included."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from metric_weights import DEEP, METRICS, ready

from restorekit.metrics import _measure

if TYPE_CHECKING:
    from restorekit.contracts import Metric

WIDTH, HEIGHTS = 700, (960, 1920)
LARGE = 300e6
"""Samples of 100 megapixels in colour, a byte each."""


def peak(metric: Metric, height: int) -> int:
    """Bytes at once beyond the two pictures."""
    rng = np.random.default_rng(1)
    reference = rng.integers(0, 256, (height, WIDTH, 3), dtype=np.uint8)
    restored = reference ^ 1
    tracemalloc.start()
    try:
        assert np.isfinite(metric(restored, reference))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# What networks hold is seen by torch alone; that their tiles do not grow is tested with them.
@pytest.mark.parametrize("name", sorted({*METRICS.names()} - {*DEEP, "fid"}))
def test_large_photos(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    metric = ready(name)
    # Smaller blocks, so that a small picture has many.
    monkeypatch.setattr(_measure, "BLOCK_SAMPLES", 1 << 16)
    peak(metric, 200)  # what is imported once, and kept
    small, tall = (peak(metric, height) for height in HEIGHTS)
    growth = (tall - small) / ((HEIGHTS[1] - HEIGHTS[0]) * WIDTH * 3)
    blocks = 24 * 8 * (1 << 20)
    assert LARGE * (2 + growth) + blocks < 2e9
    if name not in {"ms-ssim", "niqe"}:  # they keep the picture at half its size
        assert growth < 0.05
