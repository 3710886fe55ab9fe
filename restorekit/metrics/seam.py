"""Seams: how far the steps across a line stand out from the steps beside it.

With E_k the mean squared difference of rows k - 1 and k (and of columns likewise), in levels of
255, and S_k the mean of the E of the ``REACH`` lines on either side::

    seam = max over lines k of sqrt(max(E_k - S_k, 0))

A step of one level along the whole border of a tile measures 1 on any smooth or evenly textured
picture: what is even in the surroundings, noise included, cancels. Straight edges of the photo
itself count like seams, so where the borders are known, give them: :func:`at_borders`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from restorekit.errors import UsageError
from restorekit.metrics._measure import NoReference, blocks, exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import AnyRows

    Energies = npt.NDArray[np.float64]

REACH = 4
"""Lines on either side that a line is compared with."""


def at_borders(rows: Sequence[int], columns: Sequence[int]) -> NoReference:
    """The metric at known borders only.

    Args:
        rows: The first row below each horizontal border, in pixels of the picture.
        columns: The first column right of each vertical border.
    """
    return replace(METRIC, measure=partial(seam, rows=rows, columns=columns))


def seam(
    picture: AnyRows, rows: Sequence[int] | None = None, columns: Sequence[int] | None = None
) -> float:
    """The worst line, in levels of 255, at least 0.

    Args:
        picture: The result of a tiled run.
        rows: Borders as in :func:`at_borders`; None for every row.
        columns: Borders as in :func:`at_borders`; None for every column.

    Raises:
        UsageError: A border with no pixel on one of its sides.
    """
    down, across = _energies(picture)
    excess = max(_excess(down, rows, "row"), _excess(across, columns, "column"))
    return 255 * math.sqrt(max(excess, 0.0))


def _energies(picture: AnyRows) -> tuple[Energies, Energies]:
    """E of each row border 1 to H - 1, and of each column border 1 to W - 1."""
    import numpy as np

    height, width, channels = picture.shape
    down, across = np.zeros(height - 1), np.zeros(width - 1)
    for block in blocks(picture):
        rows = exact(picture[block.start : block.stop + 1])
        steps = (np.diff(rows, axis=0) ** 2).mean(axis=(1, 2))
        down[block.start : block.start + len(steps)] = steps
        own = rows[: block.stop - block.start]
        across += (np.diff(own, axis=1) ** 2).sum(axis=(0, 2)) / (height * channels)
    return down, across


def _excess(energies: Energies, borders: Sequence[int] | None, kind: str) -> float:
    """The largest difference of a border's energy from the mean of its surroundings."""
    import numpy as np

    lines = np.arange(len(energies)) if borders is None else np.array(borders, np.int64) - 1
    if not lines.size:
        return 0.0
    if lines.min() < 0 or lines.max() >= len(energies):
        raise UsageError(
            f"no border of tiles is at this {kind}",
            expected=f"1 to {len(energies)}",
            got=", ".join(map(str, lines + 1)),
        )
    beside = np.concatenate([np.arange(-REACH, 0), np.arange(1, REACH + 1)])
    near = lines[:, None] + beside
    inside = (near >= 0) & (near < len(energies))
    around = np.where(inside, energies[np.clip(near, 0, len(energies) - 1)], 0)
    return float((energies[lines] - around.sum(axis=1) / inside.sum(axis=1)).max())


METRIC = NoReference(
    "seam",
    title="steps at the borders of tiles",
    measure=seam,
    unit="levels",
    better="lower",
    smallest=3,
)
