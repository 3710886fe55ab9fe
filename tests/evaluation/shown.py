"""What a view shows, decoded."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.viewing.scene import View


def pixels(view: View) -> np.ndarray:
    """``(H, W, 3)`` uint8."""
    return np.asarray(Image.open(io.BytesIO(view.encoded)).convert("RGB"))


def pixels_of(path: Path) -> np.ndarray:
    """The same of a file."""
    return np.asarray(Image.open(path).convert("RGB"))
