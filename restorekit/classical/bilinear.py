"""Bilinear interpolation: a triangle filter, as wide as a pixel of the smaller picture."""

from __future__ import annotations

from restorekit.classical._interpolation import Interpolation

RESTORER = Interpolation("bilinear", resample="bilinear", title="no learning: soft")
