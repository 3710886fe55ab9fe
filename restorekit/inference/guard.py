"""What a result must not be, judged by the photo that it was made from: tinted, or with a grid.

Networks that have left what they were trained on shift colours, or lay a regular pattern over the
picture: of two pixels from transposed convolutions (A. Odena, V. Dumoulin, C. Olah, Deconvolution
and checkerboard artifacts, Distill 2016), of four or eight from what they do at smaller sizes. Such
a pattern has the same phase everywhere: it stays when all its periods are laid on one another, and
what belongs to the photo averages out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_DRIFT = 0.08
"""By how much the mean of a channel may change, 1 being the whole range."""
CONTROLS = {2: (3,), 4: (3, 5), 8: (7, 9)}
"""Periods that networks lay, and those beside them that none does: what is found there is chance,
and the photo's own."""
VISIBLE = 0.5 / 255
"""Standard deviation of a pattern below which nobody sees it."""
CERTAIN = 4.0
"""How many times as strong as chance, and as in the photo, a pattern must be to be one."""
STEEPEST = 0.03
"""Detail above it is cut: a few strong edges would make chance large."""
SMALLEST = 64
"""Side of a picture below which chance is too large to tell."""
COARSEST = 9
"""Side of the box whose mean is no part of a pattern."""


def fault(given: Tensor, result: Tensor, *, recolours: bool = False) -> str | None:
    """Why ``result`` cannot stand in the place of ``given``, in words; None: it can.

    Args:
        given: ``(h, w, C)`` in [0, 1].
        result: Of the same shape.
        recolours: Whether other colours are what the network is for: only a grid is one then.
    """
    drift = (result.mean((0, 1)) - given.mean((0, 1))).abs().max().item()
    if drift > LARGEST_DRIFT and not recolours:
        return f"colours shifted by {drift * 255:.0f} levels of 255"
    period = grid_period(given, result)
    return None if period is None else f"a grid of {period} pixels"


def grid_period(given: Tensor, result: Tensor) -> int | None:
    """The period of a grid that ``result`` has and ``given`` has not, in pixels.

    Args:
        given: ``(h, w, C)``.
        result: Of the same shape.

    Returns:
        None where there is none, or the picture is too small to tell.
    """
    if min(given.shape[:2]) < SMALLEST:
        return None
    before, after = _detail(given), _detail(result)
    for period, controls in CONTROLS.items():
        chance = max(_strength(after, control) for control in controls)
        own = _strength(before, period)
        if _strength(after, period) > max(VISIBLE, CERTAIN * chance, CERTAIN * own):
            return period
    return None


def pattern(picture: Tensor, period: int) -> float:
    """Standard deviation of what is the same in every square of ``period`` pixels.

    Args:
        picture: ``(h, w, C)``, no side shorter than ``period``; what is found has its units.
        period: 2 or more.
    """
    return _strength(_detail(picture), period)


def _detail(picture: Tensor) -> Tensor:
    """Grey without its coarse part and its strong edges, ``(h, w)``."""
    grey = picture.mean(2)[None]
    coarse = F.avg_pool2d(grey, COARSEST, 1, COARSEST // 2, count_include_pad=False)
    return (grey - coarse)[0].clamp(-STEEPEST, STEEPEST)


def _strength(detail: Tensor, period: int) -> float:
    """Standard deviation of the mean of all periods."""
    height, width = (length // period for length in detail.shape)
    whole = detail[: height * period, : width * period]
    folded = whole.reshape(height, period, width, period).mean((0, 2))
    return folded.std(correction=0).item()
