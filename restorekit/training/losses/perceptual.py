"""The difference of VGG19's features in all its groups.

X. Wang et al., Real-ESRGAN: training real-world blind super-resolution with pure synthetic data,
ICCV workshops 2021, section 4.1, with the same weights as BSRGAN.
"""

from __future__ import annotations

from restorekit.training.losses._perceptual import Perceptual

LOSS = Perceptual(
    {"conv1_2": 0.1, "conv2_2": 0.1, "conv3_4": 1.0, "conv4_4": 1.0, "conv5_4": 1.0}, "absolute"
)
