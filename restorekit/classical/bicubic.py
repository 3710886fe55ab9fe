"""Bicubic interpolation: the cubic convolution of Keys (1981) with a = -0.5.

R. G. Keys, Cubic convolution interpolation for digital image processing, IEEE Transactions on
Acoustics, Speech, and Signal Processing 29 (1981), equation 15.
"""

from __future__ import annotations

from restorekit.classical._interpolation import Interpolation

RESTORER = Interpolation("bicubic", resample="bicubic", title="no learning: the papers' yardstick")
