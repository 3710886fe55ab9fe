"""Pictures that degradations are tested on."""

from __future__ import annotations

import numpy as np


def picture(height: int = 40, width: int = 56, channels: int = 3, seed: int = 0) -> np.ndarray:
    """Smooth colours with an edge and some texture, float32 in [0, 1]."""
    rng = np.random.default_rng(seed)
    down, right = np.mgrid[0:height, 0:width] / max(height, width)
    waves = [0.5 + 0.35 * np.sin(7 * down + 5 * (c + 1) * right + c) for c in range(channels)]
    image = np.stack(waves, axis=2) + 0.04 * rng.standard_normal((height, width, channels))
    image[height // 3 : height // 2, width // 3 :] *= 0.4
    return np.clip(image, 0, 1).astype(np.float32)


def flat(value: float, channels: int = 3, side: int = 256) -> np.ndarray:
    """One value everywhere, on which the moments of noise can be measured."""
    return np.full((side, side, channels), value, np.float32)
