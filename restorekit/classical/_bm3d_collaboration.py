"""Collaborative filtering: groups of similar patches are transformed, shrunk and put back.

Everything happens in tables with a row for each position of a patch. The transform of a patch is
linear, so each patch is transformed once, whatever the number of its groups, and the weighted sum
of its estimates is transformed back once.

Equations are numbered as in Dabov and others, 2007; ``bm3d.py`` has the reference.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F

from restorekit.classical._bm3d_matching import BLOCK, Search, groups
from restorekit.classical._bm3d_transforms import haar, kaiser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    Shrinkage = Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]
    """From the coefficients of noisy groups and of their guides, ``(size, groups, d)``, and the
    deviation of the noise: the shrunk coefficients and the weight of each group, ``(groups,)``."""

BETA = 2.0
"""Shape of the Kaiser window: how much less the border of a patch counts than its centre."""
TABLE = 1 << 17
"""Positions that one strip of the picture adds to the tables: bounds the memory."""
CHUNK = 1024
"""Groups that are shrunk at once: keeps them near the CPU."""
LEAST_GAIN = 1e-3
"""Energy of Wiener gains from which on a group counts no more: one that is all but zero would
otherwise count without bound."""


class Step(NamedTuple):
    """What distinguishes the two steps of BM3D."""

    side: int
    """Pixels along a patch."""
    search: Search
    basis: Callable[[int], Tensor]
    """The transform of rows and columns of a patch."""
    shrink: Shrinkage


def hard_threshold(
    noisy: Tensor, guide: Tensor, deviation: float, *, factor: float
) -> tuple[Tensor, Tensor]:
    """Keeps what the guide has above ``factor`` deviations; weight ``1 / kept`` (equation 10)."""
    kept = guide.abs() > factor * deviation
    return noisy * kept, 1 / kept.sum((0, 2)).clamp_min_(1)


def wiener(noisy: Tensor, guide: Tensor, deviation: float) -> tuple[Tensor, Tensor]:
    """Gain ``g² / (g² + deviation²)`` (equation 8); weight ``1 / |gain|²`` (equation 11)."""
    power = guide * guide
    gain = power / (power + deviation**2)
    return noisy * gain, 1 / (gain * gain).sum((0, 2)).clamp_min_(LEAST_GAIN)


def collaborate(noisy: Tensor, guide: Tensor | None, deviation: float, step: Step) -> Tensor:
    """One step of BM3D: the estimate of the clean picture, ``(C, H, W)``.

    Args:
        noisy: ``(C, H, W)``, the first channel from 0 to sqrt(C): what red, green and blue have
            in common, along an axis of length 1; or grey.
        guide: ``(C, H, W)``: where groups are found, by its first channel, and what tells the
            shrinkage what to keep; None: the noisy picture itself.
        deviation: The standard deviation of the noise, the same in each channel.
        step: Which step.
    """
    rows, columns = (_axis(length, step) for length in noisy.shape[1:])
    search, pictures = step.search, [noisy] if guide is None else [noisy, guide]
    # Weighted estimates, and the weights that they are divided by: equation 12.
    totals = torch.zeros(2, len(noisy), len(rows.source), len(columns.source))
    strip = max(1, TABLE // (len(columns.inside) * search.pitch))
    for block in range(0, rows.blocks, strip):
        above = block * search.pitch
        below = (min(block + strip, rows.blocks) - 1) * search.pitch + search.window
        inside = rows.inside[above:below, None] & columns.inside
        pixels = slice(above, below + step.side - 1)
        seen = [picture[:, rows.source[pixels]][:, :, columns.source] for picture in pictures]
        totals[:, :, pixels] += _aggregate(seen, inside, deviation, step)
    height, width = noisy.shape[1:]
    own = totals[:, :, search.reach :, search.reach :][:, :, :height, :width]
    return own[0].div_(own[1])


class _Axis(NamedTuple):
    """Rows or columns of a picture, enlarged to a whole number of blocks of references."""

    blocks: int
    source: Tensor
    """For each pixel of the enlarged picture the pixel that it shows: mirrored beyond the edges."""
    inside: Tensor
    """For each position of a patch, whether it is used: not for those that only fill a block."""


def _axis(length: int, step: Step) -> _Axis:
    side, search = step.side, step.search
    steps = max(0, -(-(length - side) // search.step))
    blocks = -(-(steps + 1) // BLOCK)
    positions = (blocks - 1) * search.pitch + search.window
    place = torch.arange(positions) - search.reach
    pixel = (torch.arange(positions + side - 1) - search.reach) % (2 * length)
    return _Axis(
        blocks,
        source=torch.minimum(pixel, 2 * length - 1 - pixel),
        inside=(place >= 0) & (place <= steps * search.step),
    )


def _aggregate(pictures: Sequence[Tensor], inside: Tensor, deviation: float, step: Step) -> Tensor:
    """What the groups of one strip add to the totals: ``(2, C, h, w)``.

    Args:
        pictures: ``(C, h, w)``: the first is filtered, the last is the guide.
        inside: Which positions of patches are used.
        deviation: Of the noise.
        step: Which step.
    """
    basis = step.basis(step.side)
    basis = torch.kron(basis, basis)
    window = kaiser(step.side, BETA)[:, None]
    back = window * basis.inverse()

    def patches(plane: Tensor) -> Tensor:
        return F.unfold(plane[None, None], step.side)[0]  # (d, positions)

    # Distances are differences of large numbers, which are the smaller the nearer to zero.
    brightness = pictures[-1][0] / math.sqrt(len(pictures[-1])) - 0.5
    matched = list(groups(patches(brightness).unflatten(1, inside.shape), inside, step.search))
    totals = torch.empty(2, *pictures[0].shape)
    for channel in range(len(totals[0])):
        spectra = [(basis @ patches(picture[channel])).T.contiguous() for picture in pictures]
        sums, weights = _filtered(spectra, matched, deviation, step.shrink)
        for total, table in zip(totals, (back @ sums.T, window * weights), strict=True):
            total[channel] = F.fold(table[None], total.shape[1:], step.side)[0, 0]
    return totals


def _filtered(
    spectra: Sequence[Tensor], matched: Sequence[Tensor], deviation: float, shrink: Shrinkage
) -> tuple[Tensor, Tensor]:
    """The weighted sum of the estimates of each patch, and the sum of their weights.

    Args:
        spectra: ``(positions, d)``: the transform of every patch of each picture.
        matched: ``(size, groups)`` positions, for each size of group.
        deviation: Of the noise.
        shrink: How the coefficients of a group are shrunk.

    Returns:
        ``(positions, d)`` and ``(positions,)``.
    """
    sums, weights = torch.zeros_like(spectra[0]), torch.zeros(len(spectra[0]))
    for members in (chunk for all_ in matched for chunk in all_.split(CHUNK, dim=1)):
        along, shape = haar(len(members)), (*members.shape, -1)
        flat = members.flatten()
        stacks = [(along @ table[flat].view(len(along), -1)).view(shape) for table in spectra]
        shrunk, weight = shrink(stacks[0], stacks[-1], deviation)
        shrunk *= weight[:, None]
        estimates = along.T @ shrunk.view(len(along), -1)  # Haar's basis is orthonormal
        sums.index_add_(0, flat, estimates.view(len(flat), -1))
        weights.index_add_(0, flat, weight.repeat(len(along)))
    return sums, weights
