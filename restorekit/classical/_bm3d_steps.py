"""The two steps of BM3D with their parameters; what they mean is told in ``bm3d.py``."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from restorekit.classical._bm3d_collaboration import Step, collaborate, hard_threshold, wiener
from restorekit.classical._bm3d_matching import Search
from restorekit.classical._bm3d_transforms import bior15, dct

if TYPE_CHECKING:
    from restorekit.contracts import Image

SIDE = 8
"""Pixels along a patch: larger ones are surer in noise, and find less that is like them."""
WINDOW = 19
"""Pixels around a patch, along each axis, within which others are looked for."""
STRONG_NOISE = 40 / 255
"""Above this noise of the brightness, which in colour is a mean over three channels, noise decides
which patches look alike: far more are let in."""


def _search(*, every: int, most: int, difference: float) -> Search:
    """Where a stack's patches come from.

    Args:
        every: Pixels from one reference patch to the next; more is faster and a little worse.
        most: The most patches of a stack, a power of two.
        difference: The largest mean squared difference from the reference, in levels of 255.
    """
    return Search(every, WINDOW, most, threshold=difference * SIDE**2 / 255**2)


BASIC = Step(
    SIDE,
    _search(every=3, most=16, difference=2500),
    basis=bior15,
    shrink=partial(hard_threshold, factor=2.7),
)
"""The first step."""
BASIC_IN_STRONG_NOISE = Step(
    SIDE,
    _search(every=4, most=32, difference=25000),
    basis=bior15,
    shrink=partial(hard_threshold, factor=2.8),
)
"""The first step above ``STRONG_NOISE``: 0.8 dB better than ``BASIC`` at sigma 50 in grey, 0.05 dB
worse in colour, where the brightness has a sigma of 29."""
FINAL = Step(SIDE, _search(every=3, most=32, difference=400), basis=dct, shrink=wiener)
"""The second step."""
FINAL_IN_STRONG_NOISE = Step(
    SIDE, _search(every=3, most=32, difference=3500), basis=dct, shrink=wiener
)
"""The second step in colour, where channels have noise above ``STRONG_NOISE``: 0.03 dB better at
sigma 50; 0.02 dB worse in grey. The authors take patches of 11 x 11, every 6 pixels, too: no better
(by -0.03 to -0.04 dB in grey), and twice the memory."""


def both_steps(image: Image, sigma: float) -> Image:
    """``(H, W, C)``, the first channel the brightest, each with noise of ``sigma``."""
    strong = sigma / math.sqrt(image.shape[2]) > STRONG_NOISE
    first = BASIC_IN_STRONG_NOISE if strong else BASIC
    coarse = image.shape[2] > 1 and sigma > STRONG_NOISE
    second = FINAL_IN_STRONG_NOISE if coarse else FINAL
    noisy = torch.from_numpy(np.array(image.transpose(2, 0, 1)))
    basic = collaborate(noisy, None, sigma, first)
    return collaborate(noisy, basic, sigma, second).permute(1, 2, 0).numpy()
