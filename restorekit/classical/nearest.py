"""Nearest-neighbour interpolation: each pixel of the result is a pixel of the photo."""

from __future__ import annotations

from restorekit.classical._interpolation import Interpolation

RESTORER = Interpolation("nearest", resample="nearest", title="no learning: repeats pixels")
