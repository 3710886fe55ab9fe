"""The difference of VGG19's deepest features, before their ReLU.

X. Wang et al., ESRGAN: enhanced super-resolution generative adversarial networks, ECCV workshops
2018, section 3.3: most features are dark after the ReLU, and teach little.
"""

from __future__ import annotations

from restorekit.training.losses._perceptual import Perceptual

LOSS = Perceptual({"conv5_4": 1.0}, "absolute")
