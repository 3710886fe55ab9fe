"""Patches of a picture and what is to be added to them, as rows of numbers.

Around each pixel of the small picture lies a *window* of 5 x 5 pixels, less its mean: what is
known. To it belongs the *detail* of the 3 x 3 pixels in its middle, at the size of the result: the
large picture less the small one enlarged by interpolation. Details overlap, and their mean is
taken.

What is true of a window is true of its mirror image, of the window on its side, and of its
negative. All sixteen are brought into one posture, so that each example serves for sixteen:
E. Pérez-Pellitero et al., PSyCo: Manifold span reduction for super resolution, CVPR (2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Indices = npt.NDArray[np.int64]

WINDOW = 5
"""Pixels of the small picture along the side of a window."""
PATCH = 3
"""Pixels of the small picture along the side of what a detail covers."""
MARGIN = WINDOW // 2
"""Pixels that a window reaches beyond its centre."""

_OFFSETS = np.arange(WINDOW, dtype=np.float32) - MARGIN
_BELL = np.exp(-np.square(_OFFSETS) / 4)


class Posture(NamedTuple):
    """How windows were turned, for each of them."""

    turn: Indices
    """1: mirrored left to right; 2: top to bottom; 4: then transposed; and sums of these."""
    sign: Floats
    """-1 where the negative was taken, else 1."""


def windows_at(padded: Floats, rows: Indices, columns: Indices) -> Floats:
    """Windows around pixels of a picture, each less its mean.

    Args:
        padded: The picture with ``MARGIN`` more pixels on each side, ``(h, w)``.
        rows: Of the centres in the picture itself, ``(n,)``.
        columns: Likewise.

    Returns:
        ``(n, WINDOW²)``.
    """
    views = np.lib.stride_tricks.sliding_window_view(padded, (WINDOW, WINDOW))
    found = views[rows, columns].reshape(-1, WINDOW**2)
    return found - found.mean(axis=1, keepdims=True)


def contrasts(windows: Floats) -> Floats:
    """The norm of each window, ``(n, 1)``."""
    return np.sqrt(np.einsum("ni,ni->n", windows, windows))[:, None]


def posture_of(windows: Floats) -> Posture:
    """How windows are brought into the one posture.

    There the middle is lighter than the mean, and it grows lighter to the right and, less so, to
    the bottom.
    """
    sign = np.where(windows[:, WINDOW**2 // 2] < 0, -1, 1).astype(np.float32)
    square = windows.reshape(-1, WINDOW, WINDOW)
    slope = _BELL * _OFFSETS
    across = sign * np.einsum("nij,i,j->n", square, _BELL, slope)
    down = sign * np.einsum("nij,i,j->n", square, slope, _BELL)
    turn = (across < 0) + 2 * (down < 0) + 4 * (np.abs(down) > np.abs(across))
    return Posture(turn.astype(np.int64), sign)


def turned(patches: Floats, posture: Posture) -> Floats:
    """Square patches ``(n, side²)`` in the one posture."""
    order = _orders(patches.shape[1])
    return np.take_along_axis(patches, order[posture.turn], axis=1) * posture.sign[:, None]


def turned_back(patches: Floats, posture: Posture) -> Floats:
    """The inverse of :func:`turned`."""
    order = np.argsort(_orders(patches.shape[1]), axis=1)
    return np.take_along_axis(patches, order[posture.turn], axis=1) * posture.sign[:, None]


def overlapped(details: Floats, scale: int) -> Floats:
    """The mean of the details that cover each pixel.

    Args:
        details: ``(h, w, (PATCH * scale)²)``: around each pixel of a picture.
        scale: Pixels of the result for each of the picture.

    Returns:
        ``(h * scale, w * scale)``. Beyond the picture there are no details: its outermost pixels
        are covered by fewer.
    """
    height, width = details.shape[:2]
    blocks = details.reshape(height, width, PATCH, scale, PATCH, scale)
    total = np.zeros((height + PATCH - 1, scale, width + PATCH - 1, scale), np.float32)
    count = np.zeros((height + PATCH - 1, 1, width + PATCH - 1, 1), np.float32)
    for i in range(PATCH):
        for j in range(PATCH):
            rows, columns = slice(i, i + height), slice(j, j + width)
            total[rows, :, columns] += blocks[:, :, i, :, j].transpose(0, 2, 1, 3)
            count[rows, :, columns] += 1
    reach = PATCH // 2
    inner = slice(reach, -reach)
    return (total[inner, :, inner] / count[inner, :, inner]).reshape(height * scale, width * scale)


def _orders(length: int) -> Indices:
    """For each turn, where the numbers of a patch of that many come from, ``(8, length)``."""
    side = round(length**0.5)
    upright = np.arange(length).reshape(side, side)
    orders: list[Indices] = []
    for turn in range(8):
        order = upright[:, ::-1] if turn & 1 else upright
        order = order[::-1] if turn & 2 else order
        orders.append((order.T if turn & 4 else order).ravel())
    return np.stack(orders)
