"""Camera shake: a hand that trembles, is pulled back, and jerks."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Blur, RandomStep

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import Image, Psf

    Places = npt.NDArray[np.complex128]

MOMENTS = 2000
"""Into which the whole path is divided."""
PULL, JERK, TREMOR = 0.7, 0.2, 10.0
"""The most that is drawn of the pull to the start, of how often it jerks, and of the tremor."""
JERK_TURN = 0.5
"""Radians to either side of straight back, for a jerk."""


@dataclass(frozen=True)
class CameraShake(Blur, RandomStep):
    """The picture convolved with the trace of a trembling hand: ``y = k * x``.

    At each moment a force turns the velocity, which keeps its speed:
    ``dv = a (g n - c x) |v|``, n complex and normal, x the place, and, once in a while, a jerk of
    twice the speed, back to where it came from. Boracchi and Foi, "Modeling the Performance of
    Image Restoration From Motion Blur", 2012, section III-A, with the numbers of Kupyn et al.,
    "DeblurGAN", 2018, section 4 and code: 2000 moments, c even from 0 to 0.7, g from 0 to 10, the
    chance of a jerk a times 0 to 0.2, all drawn by the seed. The kernel's middle is the mean place,
    so that the picture stays where it is; a path of 60 pixels fits on 61 x 61.

    With a gamma it is light that is added up, and highlights are brighter than they were seen:
    ``y = min(k * (x^gamma + h [x = 1]), 1)^(1/gamma)`` (Rim et al., "Realistic Blur Synthesis for
    Learning Image Deblurring", 2022, section 4).
    """

    length: Annotated[float, Range(0, 250)]
    """Of the whole path in pixels; 0 does not blur."""
    anxiety: Annotated[float, Range(0, 1)] = 0.005
    """The a above: 0 is a straight line, 0.01 a path that turns all the time."""
    exposure: Annotated[float, Range(0, 1)] = 1.0
    """The share of the path, from its start on, for which the shutter is open; 0 does not blur."""
    gamma: Annotated[float, Range(1, 4)] = 1.0
    """Of the camera's response; 1 adds the values as they are."""
    highlights: Annotated[float, Range(0, 10)] = 0.0
    """The h above: what is added to the light of clipped samples."""

    @property
    def _is_neutral(self) -> bool:
        return self.length == 0 or self.exposure == 0

    def _psf(self) -> Psf:
        from restorekit import kernels

        opened = max(1, round(self.exposure * MOMENTS))
        places = hand_path(self._generator(), self.length, self.anxiety)[:opened]
        places = places - places.mean()
        return kernels.path(-places.imag, places.real)

    def _apply(self, image: Image) -> Image:
        import numpy as np

        from restorekit.images.light import encoded, linear

        if self.gamma == 1 and self.highlights == 0:
            return super()._apply(image)
        light = linear(image, self.gamma)
        light += np.float32(self.highlights) * (light >= 1)
        return encoded(np.minimum(super()._apply(light), 1), self.gamma)


def hand_path(rng: np.random.Generator, length: float, anxiety: float) -> Places:
    """Where a point is at each moment: to the right, and upwards as the imaginary part.

    Args:
        rng: Draws the hand.
        length: Of the whole path in pixels.
        anxiety: See :class:`CameraShake`.

    Returns:
        ``(2000,)``; the first is 0.
    """
    import numpy as np

    pull, jerk, tremor = rng.random(3) * (PULL, JERK, TREMOR)
    speed = length / (MOMENTS - 1)
    velocity = cmath.rect(speed, 2 * math.pi * rng.random())
    shakes = tremor * (rng.standard_normal(MOMENTS) + 1j * rng.standard_normal(MOMENTS))
    back = np.pi + rng.uniform(-JERK_TURN, JERK_TURN, MOMENTS)
    jerks = np.where(rng.random(MOMENTS) < jerk * anxiety, 2 * np.exp(1j * back), 0)
    # Plain numbers: NumPy's are slower one by one.
    place, places = 0j, [0j]
    for shake, turned in zip(shakes.tolist()[1:], jerks.tolist()[1:], strict=True):
        velocity += turned * velocity + anxiety * speed * (shake - float(pull) * place)
        velocity *= speed / (abs(velocity) or 1)
        place += velocity
        places.append(place)
    return np.array(places)


DEGRADATION = DegradationFamily(
    title="a hand that trembled",
    make=CameraShake,
    typical="camera_shake(30)",
    drawn="camera_shake(60, [0.01, 0.009, 0.008, 0.007, 0.005, 0.003], [0.1, 0.5, 1.0])",
    neutral="camera_shake(0)",
)
