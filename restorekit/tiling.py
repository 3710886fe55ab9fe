"""How a picture is cut into tiles and put together again. Geometry only: no pixels, no torch.

Along each axis a picture of length L is covered by n equal tiles whose neighbours share at least
``overlap`` pixels. Each pixel is a weighted mean of the tiles that see it; the weights of all
tiles sum to one. At a seam a tile's outermost pixels, which miss their surroundings, count
nothing; then its weight rises linearly, while that of its neighbour falls.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restorekit.errors import UsageError

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import SizeRequirements

MARGIN_SHARE = 0.375
"""Share of the overlap, at each side, that is thrown away before the weights begin to rise."""


class Span(NamedTuple):
    """The pixels ``start`` to ``stop`` of one axis."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


class Axis(NamedTuple):
    """The tiles along one axis."""

    spans: tuple[Span, ...]
    weights: tuple[npt.NDArray[np.float32], ...]
    """For each span its weight per pixel of the result, ``(len(span) * scale,)``."""


class Grid(NamedTuple):
    """The tiles of a picture: every row span with every column span."""

    rows: Axis
    columns: Axis

    @property
    def tiles(self) -> int:
        """How many tiles there are."""
        return len(self.rows.spans) * len(self.columns.spans)


def grid(
    height: int,
    width: int,
    *,
    tile: int,
    overlap: int,
    scale: int = 1,
    requirements: SizeRequirements | None = None,
    reach: int | None = None,
) -> Grid:
    """The tiles of a picture of ``height`` x ``width`` pixels.

    Args:
        height: Of the input in pixels.
        width: Of the input in pixels.
        tile: The largest side of a tile, its overlaps included; 0 for the whole picture.
        overlap: Pixels of the input that neighbours share at least.
        scale: Pixels of the result for each pixel of the input.
        requirements: Sizes that the network takes; tiles keep to them where the picture allows.
        reach: The network's receptive field where it is finite: that much of a tile counts
            nothing at a seam, so that the result is the whole picture's to the last bit.

    Raises:
        UsageError: The tile is not larger than the overlap.
    """
    if tile and tile <= overlap:
        raise UsageError(
            f"a tile of {tile} pixels is too small",
            expected=f"more than the overlap of {overlap}",
            hint="a larger tile, or 0 for the whole picture",
        )
    multiple = requirements.multiple_of if requirements else 1
    margin = int(overlap * MARGIN_SHARE) if reach is None else min(reach, overlap // 2)
    # The whole picture is enlarged to a multiple, never cut into smaller ones.
    side = tile or -(-max(height, width) // multiple) * multiple
    axes = (
        _axis(length, side, overlap=overlap, scale=scale, multiple=multiple, margin=margin)
        for length in (height, width)
    )
    return Grid(*axes)


def spans(length: int, tile: int, overlap: int, multiple: int = 1) -> tuple[Span, ...]:
    """The fewest equal spans, at most ``tile`` long, that cover ``length`` with their overlaps.

    Every span starts at a multiple of ``multiple`` and is as many of them long; only the last one
    ends earlier, where the picture does.
    """
    # Counted in multiples, where everything is a whole number.
    units = -(-length // multiple)
    shared = -(-overlap // multiple)
    limit = min(max(tile // multiple, shared + 1), units)
    count = 1 if limit >= units else -(-(units - shared) // (limit - shared))
    size = -(-(units + (count - 1) * shared) // count)
    starts = (i * (units - size) // max(count - 1, 1) for i in range(count))
    return tuple(Span(s * multiple, min((s + size) * multiple, length)) for s in starts)


def _axis(length: int, tile: int, *, overlap: int, scale: int, multiple: int, margin: int) -> Axis:
    parts = spans(length, tile, overlap, multiple)
    ramps = [np.ones(len(part) * scale) for part in parts]
    for i, (before, after) in enumerate(pairwise(parts)):
        shared = (before.stop - after.start) * scale
        if shared == 0:
            continue
        rise = _rise(shared, margin * scale)
        ramps[i][-shared:] *= rise[::-1]
        ramps[i + 1][:shared] *= rise
    total = np.zeros(length * scale)
    for part, ramp in zip(parts, ramps, strict=True):
        total[part.start * scale : part.stop * scale] += ramp
    weights = (
        (ramp / total[part.start * scale : part.stop * scale]).astype(np.float32)
        for part, ramp in zip(parts, ramps, strict=True)
    )
    return Axis(parts, tuple(weights))


def _rise(shared: int, margin: int) -> npt.NDArray[np.float64]:
    """Weights of the later tile over the shared pixels: 0, then a straight line up, then 1."""
    margin = min(margin, shared // 2)
    ramp = shared - 2 * margin
    line = (np.arange(ramp) + 0.5) / max(ramp, 1)
    return np.concatenate([np.zeros(margin), line, np.ones(margin)])
