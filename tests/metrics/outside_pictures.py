"""Pictures with published figures, which lie beside the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SHARED = Path(__file__).parents[2] / "../shared"
PAIRS = ("I03", "I04", "I06", "I08", "I19")


def outside(path: str) -> Path:
    """A file or folder of ``shared``, or a visible skip."""
    if not (SHARED / path).exists():
        pytest.skip(f"needs ../shared/{path}")
    return SHARED / path


def pixels(path: Path) -> np.ndarray:
    """``(H, W, 1 or 3)`` uint8."""
    image = Image.open(path)
    array = np.asarray(image if image.mode in {"L", "RGB"} else image.convert("RGB"))
    return array.reshape(*array.shape[:2], -1)


def pair(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The distorted picture and its reference."""
    folder = outside("bench/pyiqa_calib")
    return pixels(folder / f"dist_dir/{name}.bmp"), pixels(folder / f"ref_dir/{name}.bmp")
