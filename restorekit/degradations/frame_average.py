"""Frame average: a video's frames added up, as a long exposure of a moving camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._moving import middle_of, moved
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image


@dataclass(frozen=True)
class FrameAverage(Step):
    """The mean of moved copies in linear light: ``y = (1/M sum of x_i^gamma)^(1/gamma)``.

    Nah, Kim and Lee, "Deep Multi-scale Convolutional Neural Network for Dynamic Scene
    Deblurring", 2017, equation 2, with frames x_i that one camera sees that moves and turns
    evenly: unlike a convolution, the blur grows towards the corners where it turns.
    """

    frames: Annotated[int, Range(1, 99)]
    """M; 1 changes nothing."""
    right: Annotated[float, Range(-200, 200)] = 0.0
    """Pixels that the picture moves from the first frame to the last."""
    down: Annotated[float, Range(-200, 200)] = 0.0
    turn: Annotated[float, Range(-45, 45)] = 0.0
    """Degrees that it turns about its middle meanwhile, counter-clockwise."""
    gamma: Annotated[float, Range(1, 4)] = 2.2
    """Of the camera's response; 1 adds the values as they are."""

    @property
    def _is_neutral(self) -> bool:
        return self.frames == 1 or not (self.right or self.down or self.turn)

    def _apply(self, image: Image) -> Image:
        import numpy as np

        from restorekit.images.light import encoded, linear

        light = linear(image, self.gamma)
        total = np.zeros_like(light)
        for share in np.linspace(-0.5, 0.5, self.frames):
            move = np.array([self.down, self.right]) * share
            total += moved(light, self.turn * float(share), move, middle_of(light))
        total /= self.frames
        return encoded(total, self.gamma)


DEGRADATION = DegradationFamily(
    title="frames of a moving camera, added up in linear light",
    make=FrameAverage,
    typical="frame_average(15, 10, 4, 1.5)",
    drawn="frame_average([7, 13], [-20, 20], [-20, 20], [-2, 2])",
    neutral="frame_average(1)",
)
