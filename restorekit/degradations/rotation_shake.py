"""Rotation shake: a hand that trembles and rolls the camera, so that corners blur the most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily, Size
from restorekit.degradations._moving import middle_of, moved
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep
from restorekit.degradations.camera_shake import hand_path

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import Image, Psf

    Poses = npt.NDArray[np.float64]
    """``(n, 3)``: degrees counter-clockwise, pixels down, pixels to the right."""

FINENESS = 2.0
"""Poses in which no pixel of the photo is half a pixel elsewhere count as one."""


@dataclass(frozen=True)
class RotationShake(RandomStep):
    """The mean of what the camera sees while it turns and moves: ``y = sum over t of w_t T_t x``.

    The in-plane model of O. Whyte, J. Sivic, A. Zisserman, J. Ponce, "Non-uniform Deblurring for
    Shaken Images", IJCV 2012, section 2: T_t turns the picture by an angle about a place and moves
    it, w_t is the share of the time. Angle and movement are paths of the trembling hand of
    :class:`restorekit.degradations.camera_shake.CameraShake`. Their mean is no turn and no
    movement, so that the picture stays where it is.
    """

    turn: Annotated[float, Range(0, 45)]
    """Degrees from the one end of the roll to the other."""
    length: Annotated[float, Range(0, 250)] = 0.0
    """Of the whole path of the place about which it turns, in pixels."""
    right: Annotated[float, Range(-2, 2)] = 0.0
    """From the photo's middle to that place, as a share of its width."""
    down: Annotated[float, Range(-2, 2)] = 0.0
    """The same, of its height."""
    anxiety: Annotated[float, Range(0, 1)] = 0.005
    """0 goes evenly one way, 0.01 turns back and forth all the time."""

    @property
    def _is_neutral(self) -> bool:
        return self.turn == 0 and self.length == 0

    def psf_at(self, place: tuple[float, float], size: Size) -> Psf:
        """The kernel of one pixel of a photo.

        Args:
            place: Its row and its column.
            size: Of the photo.
        """
        import numpy as np

        from restorekit import kernels

        angle, down, right = self._poses().T
        angle = np.radians(angle)
        low, aside = np.array(place) - self._about(size)
        down = down + low * (np.cos(angle) - 1) - aside * np.sin(angle)
        right = right + low * np.sin(angle) + aside * (np.cos(angle) - 1)
        return kernels.path(down, right)

    def _about(self, size: Size) -> npt.NDArray[np.float64]:
        import numpy as np

        middle = (np.array(size) - 1) / 2
        return middle + np.array(size) * (self.down, self.right)

    def _poses(self) -> Poses:
        """At each moment; they are equally long."""
        import numpy as np

        rng = self._generator()
        rolled = hand_path(rng, 1, self.anxiety)
        # Along the line on which the hand goes farthest: else a straight path might have no roll.
        along = (rolled * np.exp(-0.5j * np.angle(np.square(rolled - rolled.mean()).sum()))).real
        angle = self.turn * along / np.ptp(along)
        places = hand_path(rng, self.length, self.anxiety)
        poses = np.stack([angle, -places.imag, places.real], axis=1)
        return poses - poses.mean(axis=0)

    def _apply(self, image: Image) -> Image:
        import numpy as np

        about = self._about(Size(*image.shape[:2]))
        corner = np.abs(about - middle_of(image)) + middle_of(image)
        # Pixels that the farthest corner moves by a degree; one where all is at the place itself.
        reach = max(math.radians(float(np.hypot(*corner))), 1.0)
        steps = np.array([reach, 1, 1]) * FINENESS
        rounded, counts = np.unique(np.round(self._poses() * steps), axis=0, return_counts=True)
        total = np.zeros_like(image)
        for (angle, *move), count in zip(rounded / steps, counts / counts.sum(), strict=True):
            total += np.float32(count) * moved(image, float(angle), np.array(move), about)
        return total


DEGRADATION = DegradationFamily(
    title="a hand that rolled the camera: corners blur most",
    make=RotationShake,
    typical="rotation_shake(4, 10)",
    drawn="rotation_shake([0.5, 3], [0, 20], [-0.3, 0.3], [-0.3, 0.3])",
    neutral="rotation_shake(0)",
)
