"""Lanczos interpolation: a sinc windowed by the wider sinc, three lobes.

C. E. Duchon, Lanczos filtering in one and two dimensions, Journal of Applied Meteorology 18
(1979), section 2.
"""

from __future__ import annotations

from restorekit.classical._interpolation import Interpolation

RESTORER = Interpolation(
    "lanczos", resample="lanczos", title="no learning: the sharpest of the interpolations"
)
