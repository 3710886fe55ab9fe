"""Peak signal-to-noise ratio.

With the peak at 1 and the mean over all pixels and channels together::

    PSNR = 10 log10(1 / MSE),  MSE = mean((restored - reference)²)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from restorekit.metrics._measure import FullReference, blocks, exact

if TYPE_CHECKING:
    from restorekit.contracts import AnyRows


def psnr(restored: AnyRows, reference: AnyRows) -> float:
    """The ratio in dB; infinite for equal pictures."""
    return decibels(mean_squared_error(restored, reference))


def mean_squared_error(restored: AnyRows, reference: AnyRows) -> float:
    """The mean over all samples, with the full range as 1."""
    total = 0.0
    for block in blocks(reference):
        error = exact(restored[block]) - exact(reference[block])
        total += float((error * error).sum())
    return total / reference.size


def decibels(error: float) -> float:
    """A mean squared error below a peak of 1, in dB."""
    return -10 * math.log10(error) if error > 0 else math.inf


METRIC = FullReference("psnr", title="peak signal-to-noise ratio", measure=psnr, unit="dB")
