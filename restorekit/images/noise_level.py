"""How noisy a picture is, in the one figure that a denoiser for white noise must be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.images.smoothed_noise import smoothed_noise_sigma
from restorekit.images.white_noise import white_noise_variance

if TYPE_CHECKING:
    from restorekit.contracts import Image

ROUNDING = 0.4
"""Less than this is what rounding to 8 bits leaves (0.29), and no noise."""


def noise_level(image: Image) -> float:
    """The standard deviation of white noise as strong as this picture's, in levels of 255.

    White noise, alike in all channels, is found as it is: the root of the mean of their variances.
    In the photos of cameras it is not white. Where the channels share it, since JPEG keeps colours
    at half the size, it is as strong as along grey, where it is strongest; where its finest part
    is gone, as strong as in the middle frequencies.

    Args:
        image: ``(H, W, 1 or 3)`` float32, 0 black and 1 white; noise may go beyond both.

    Returns:
        0 or more. 0 for a picture too small to tell noise from detail, of about 8x8 pixels. See
        :mod:`restorekit.images.white_noise` and :mod:`restorekit.images.smoothed_noise` for how
        near it comes.
    """
    if image.shape[2] > 1 and (image == image[:, :, :1]).all():
        image = image[:, :, :1]  # grey, stored in colour
    channels = image.shape[2]
    found = [np.mean([white_noise_variance(image[:, :, c]) for c in range(channels)])]
    # Along grey, the unit vector: noise that is independent in each channel keeps its sigma.
    grey = image.mean(axis=2)
    if channels > 1:
        found.append(channels * white_noise_variance(grey))
    found.append(channels * smoothed_noise_sigma(grey) ** 2)
    sigma = 255 * float(np.sqrt(max(found)))
    return sigma if sigma >= ROUNDING else 0.0
