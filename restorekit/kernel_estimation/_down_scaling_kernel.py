"""From what a generator has learned to a kernel that others can use."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import signal

from restorekit.down_scaling import centred
from restorekit.kernels import normalized

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from restorekit.contracts import Psf

KEPT = 40
"""Values of a kernel that are not negligible, at most."""


def finished(learned: npt.NDArray[Any], scale: int) -> Psf:
    """The kernel that networks convolve with, as a PSF: without its faint values, and centred.

    Args:
        learned: ``(n, n)``, n odd, in the order in which networks convolve; a value above 0.
        scale: Every ``scale``-th pixel is taken after it.
    """
    psf = np.array(learned[::-1, ::-1], np.float64)
    faint = max(float(np.sort(psf, axis=None)[-KEPT - 1]), 0.0) if psf.size > KEPT else 0.0
    return centred(normalized(np.maximum(psf - faint, 0)), scale)


def twice(psf: Psf) -> Psf:
    """The kernel of scale 4, of that of scale 2 applied to the picture and to its result.

    Bell-Kligler et al. (2019), section 3.3: ``k_4 = k_2 * (k_2 with a gap after each value)``.
    Its side is ``3 n - 2``.
    """
    apart = np.zeros((2 * len(psf) - 1,) * 2)
    apart[::2, ::2] = psf
    return normalized(signal.convolve2d(psf, apart))


def agreement(psfs: Sequence[Psf]) -> float:
    """The share of their light that two of the kernels have in common, on average; 0 to 1.

    ``1 - sum |k - k'| / 2`` for kernels without negative values. Of a single one nothing is known,
    which is 0.
    """
    pairs = list(combinations(psfs, 2))
    shared = [1 - float(np.abs(one - other).sum()) / 2 for one, other in pairs]
    return float(np.mean(shared)) if shared else 0.0
