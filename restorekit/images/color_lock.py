"""Holds the colours of a result to those of the picture that it was made from.

Networks shift colours: white becomes 254, skin turns yellow. What they may change is detail; so
the difference in the low frequencies is put right. A grid of nodes lies over the picture, and over
the result, some 24 pixels of the picture apart. Around each node the mean is taken, weighted by a
tent that reaches to the neighbouring nodes, of the picture and of the result. Their difference,
sharpened by as much as tents blur it, and bilinear between the nodes, is added to the result.

Means are those of sRGB values: networks are trained to keep these, and so does enlarging. In linear
light a sharper edge has another mean, and would get a halo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix

from restorekit.contracts import Size

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from restorekit.contracts import Image

    Means = npt.NDArray[np.float64]
    """``(nodes across, C)``: of one row of nodes."""

SPACING = 24
"""Pixels of the picture between two nodes, about: wide enough that neither noise nor an edge that
was moved by a fraction of a pixel changes a mean much."""


def locked(
    bands: Iterator[tuple[int, Image]], image: Image, size: Size
) -> Iterator[tuple[int, Image]]:
    """Bands of a result with the low frequencies of ``image``, unclipped.

    A row waits for those that are up to three nodes further down. A shift that is constant is taken
    away wholly, one that is smooth but for its curvature; detail that does not change the means
    stays as it is.

    Args:
        bands: The first row and the rows ``(h, W, C)`` of each, from row 0 on.
        image: ``(H, W, C)`` float32, the picture that the result was made from.
        size: Of the whole result.

    Yields:
        Bands likewise, cut elsewhere: wherever those that came in are cut, they are the same.
    """
    cells = Size(*(_cells(*lengths) for lengths in zip(image.shape[:2], size, strict=True)))
    height, width, channels = image.shape
    expected = _Means((height, width, channels), cells).add(image)
    means = _Means((size.height, size.width, channels), cells)
    shifts: list[Means] = []
    waiting: list[Image] = []
    top = cell = 0
    for _, rows in bands:
        waiting += list(rows)
        for mean in means.add(rows):
            shifts.append(expected[len(shifts)] - mean)
            while cell < cells.height and len(shifts) > min(cell + 2, cells.height):
                above, below = means.spread(shifts, cell), means.spread(shifts, cell + 1)
                count = means.down.count(cell)
                part = slice(top, top + count)
                share = means.down.shares[part, None, None]
                held = np.stack(waiting[:count])
                held += above + share * (below - above)
                yield top, held
                del waiting[:count]
                top, cell = part.stop, cell + 1


def _cells(length: int, target: int) -> int:
    """Cells between nodes along an axis; none without a pixel in it."""
    return max(1, min(round(length / SPACING), target))


class _Axis:
    """Where the pixels of an axis lie between nodes that share it out evenly.

    Args:
        length: In pixels.
        cells: Between the nodes, which are one more.
    """

    def __init__(self, length: int, cells: int) -> None:
        places = (2 * np.arange(length) + 1) * cells  # of their centres, in halves of a pixel
        self.cells = cells
        self.places, rest = np.divmod(places, 2 * length)
        self.shares = (rest / (2 * length)).astype(np.float32)
        """How far each pixel is from the node before it to the one after it, 0 to 1."""

    def count(self, cell: int) -> int:
        """Pixels in a cell."""
        return int(np.searchsorted(self.places, [cell, cell + 1]) @ [-1, 1])

    def tents(self) -> Any:
        """The sparse matrix ``(length, nodes)`` that enlarges: each pixel's share in its nodes."""
        weights = np.stack([1 - self.shares, self.shares], axis=1).ravel()
        nodes = np.stack([self.places, self.places + 1], axis=1).ravel()
        ends = 2 * np.arange(len(self.places) + 1)
        return csr_matrix((weights, nodes, ends), shape=(len(self.places), self.cells + 1))

    def sharpened(self, means: Any, node: int) -> Any:
        """The value at a node of what has these means along the first axis.

        A tent blurs a parabola by a twelfth of its second difference; straight lines from node to
        node add as much again. Around the outermost nodes is but half a tent, whose middle lies a
        third of a cell inwards: from there the value is drawn out along a straight line.
        """
        if 0 < node < self.cells:
            return means[node] + (2 * means[node] - means[node - 1] - means[node + 1]) / 6
        inner = means[1 if node == 0 else self.cells - 1]
        return means[node] + (means[node] - inner) / (2 if self.cells > 1 else 1)


class _Means:
    """The weighted means around the nodes of a picture whose rows come from the top down.

    Args:
        shape: ``(H, W, C)`` of the picture.
        cells: Between the nodes.
    """

    def __init__(self, shape: tuple[int, int, int], cells: Size) -> None:
        self.down, self.across = _Axis(shape[0], cells.height), _Axis(shape[1], cells.width)
        self._tents = self.across.tents()
        self._row = self._cell = 0
        # Around the node above the row, and around that below.
        self._sums, self._weights = np.zeros((2, *shape[1:])), np.zeros(2)

    def add(self, rows: Image) -> list[Means]:
        """Takes the next rows; gives the rows of nodes whose means are now known."""
        known: list[Means] = []
        for row in rows:
            if self.down.places[self._row] > self._cell:
                known.append(self._mean())
            share = float(self.down.shares[self._row])
            shares = np.array([1 - share, share])
            # In this order, and row by row: the sums are the same wherever the bands are cut.
            self._sums += shares[:, None, None] * row
            self._weights += shares
            self._row += 1
        if self._row == len(self.down.places):
            known += [self._mean(), self._mean()]
        return known

    def _mean(self) -> Means:
        """That of the node above; the one below takes its place."""
        found = self._tents.T @ (self._sums[0] / self._weights[0])
        found /= np.asarray(self._tents.sum(axis=0)).T
        self._sums = np.stack([self._sums[1], np.zeros_like(self._sums[1])])
        self._weights = np.array([self._weights[1], 0.0])
        self._cell += 1
        return found

    def spread(self, shifts: list[Means], node: int) -> Image:
        """A row of nodes ``(W, C)`` wide, bilinear between them."""
        row = self.down.sharpened(shifts, node)
        values = np.stack([self.across.sharpened(row, it) for it in range(len(row))])
        return (self._tents @ values).astype(np.float32)
