"""The squared difference of VGG19's features in the middle.

O. Kupyn et al., DeblurGAN: blind motion deblurring using conditional adversarial networks, CVPR
2018, equation 4. The authors show VGG19 pictures in ``[-1, 1]``; here they are normalised as it was
trained, which makes them about twice as strong.
"""

from __future__ import annotations

from restorekit.training.losses._perceptual import Perceptual

LOSS = Perceptual({"conv3_3": 1.0}, "squared")
