"""Block matching: for each reference patch, the patches nearby that look most like it.

The distance of two patches is the sum of their squared differences,
``|P - Q|² = |P|² + |Q|² - 2 P·Q``: for a square block of references and all candidates around it,
the products are one matrix product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

BLOCK = 8
"""References along the side of a block that is compared at once."""
CHUNK = 16
"""Blocks that are compared at once: bounds the memory, and keeps it near the CPU."""
NEVER = 1e9
"""The squared norm of patches that lie beyond the picture, so that nothing is like them."""


class Search(NamedTuple):
    """Where and how patches are looked for."""

    step: int
    """Pixels from one reference patch to the next, along both axes."""
    reach: int
    """How many pixels away, along each axis, a patch may lie."""
    size: int
    """The most patches of a group, a power of two."""
    threshold: float
    """The largest distance in a group."""

    @property
    def pitch(self) -> int:
        """Pixels from one block of references to the next."""
        return BLOCK * self.step

    @property
    def window(self) -> int:
        """Positions along each axis that the patches of one block are compared with."""
        return (BLOCK - 1) * self.step + self.span

    @property
    def span(self) -> int:
        """Positions along each axis that one patch is compared with."""
        return 2 * self.reach + 1


def groups(patches: Tensor, inside: Tensor, search: Search) -> Iterator[Tensor]:
    """The groups of all reference patches, those of one size together.

    The first reference lies ``search.reach`` positions from the top and the left of the table.
    Each is the first of its own group; the others follow from the most to the least like it, cut
    to a power of two.

    Args:
        patches: ``(d, rows, columns)``: the patch at each position as d numbers near zero. Rows
            and columns are ``search.window`` and a multiple of ``search.pitch``.
        inside: ``(rows, columns)`` bool: which positions lie in the picture.
        search: Where and how to look.

    Yields:
        ``(size, groups)`` int64: numbers of patches, counted row by row in the table.
    """
    norms = (patches * patches).sum(0, keepdim=True).masked_fill_(~inside, NEVER)
    table = torch.cat([patches, norms])
    found = [
        _nearest(windows, starts, inside.shape[1], search)
        for row in range(0, inside.shape[0] - search.window + 1, search.pitch)
        for windows, starts in _chunks(table, row, search)
    ]
    members = torch.cat([members for members, _ in found])
    counts = torch.cat([counts for _, counts in found])
    references = inside.flatten()[members[:, 0]]
    size = search.size
    while size:
        chosen = references & (counts >= size)
        if chosen.any():
            yield members[chosen, :size].T.contiguous()
        references &= ~chosen
        size //= 2


def _chunks(table: Tensor, row: int, search: Search) -> Iterator[tuple[Tensor, Tensor]]:
    """What a few blocks at a time see, ``(blocks, d + 1, window, window)``, and where it starts."""
    rows = table[:, row : row + search.window]
    windows = rows.unfold(2, search.window, search.pitch).permute(2, 0, 1, 3)
    starts = torch.arange(len(windows)) * search.pitch + row * table.shape[2]
    return zip(windows.split(CHUNK), starts.split(CHUNK), strict=True)


def _nearest(
    windows: Tensor, starts: Tensor, columns: int, search: Search
) -> tuple[Tensor, Tensor]:
    """The ``search.size`` nearest of each reference, and how many are within the threshold.

    Args:
        windows: ``(blocks, d + 1, window, window)``: patches, the last number their squared norm.
        starts: ``(blocks,)``: the number of each window's first patch.
        columns: Of the whole table.
        search: Where and how to look.
    """
    blocks, span = len(windows), search.span
    own = slice(search.reach, search.window - search.reach, search.step)
    references = windows[..., own, own].flatten(2).transpose(1, 2)  # (blocks, BLOCK², d + 1)
    table = windows.flatten(2)  # (blocks, d + 1, window²)
    distances = torch.baddbmm(table[:, -1:], references[..., :-1], table[:, :-1], alpha=-2)
    # Every reference looks at its own part of the window.
    line = search.window
    area = line * line
    distances = distances.as_strided(
        (blocks, BLOCK, BLOCK, span, span),
        (area * BLOCK**2, area * BLOCK + search.step * line, area + search.step, line, 1),
    ).reshape(blocks * BLOCK**2, span * span)
    distances += references[..., -1:].reshape(-1, 1)
    distances[:, span * span // 2] = -1  # itself: never lost to rounding, or among its equals
    values, places = distances.topk(search.size, largest=False)
    counts = (values <= search.threshold).sum(1)
    corners = torch.arange(BLOCK)[:, None] * columns + torch.arange(BLOCK)
    corners = (starts[:, None] + corners.flatten() * search.step).reshape(-1, 1)
    return corners + places // span * columns + places % span, counts
