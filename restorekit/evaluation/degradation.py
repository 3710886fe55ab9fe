"""How the input is made from the reference: a chain that is recorded and can be repeated."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.errors import PhotoError, UsageError
from restorekit.evaluation.inputs import Told
from restorekit.images.convolution import convolve
from restorekit.images.imresize import imresize
from restorekit.images.kernel_files import read_kernel
from restorekit.images.protocols import luma
from restorekit.images.quantize import to_float

if TYPE_CHECKING:
    from restorekit.contracts import Image
    from restorekit.images.protocols import Bytes


@dataclass(frozen=True)
class Degradation:
    """Blurred, smaller, then noisy, as the papers on super-resolution have it; any may be off.

    ``str(degradation)`` names the steps; without noise, luma and blur it is a chain that
    ``restorekit degrade`` takes, and that gives the same pixels.

    Raises:
        UsageError: A sigma or a kernel that cannot be meant.
    """

    scale: int = 1
    """Sides become this many times smaller, by MATLAB's bicubic with its antialiasing."""
    sigma: float = 0
    """Standard deviation of white Gaussian noise, in levels of 255; 0 adds none."""
    seed: int = 0
    """Of the noise."""
    luma: bool = False
    """Whether the photo becomes its BT.601 luma before all else, as the papers on networks for luma
    have it: a colour picture of 8 bits cannot hold all that such a network gives."""
    rounded: bool = True
    """Whether the input is clipped and rounded to 8 bits, as a file of it would be. The papers on
    white noise do not: noise that is clipped is not white."""
    kernel: str | None = None
    """The blur before all but luma, as :func:`restorekit.images.kernel_files.read_kernel` reads it;
    None: there is none."""

    def __post_init__(self) -> None:
        if not 0 <= self.sigma <= 255:
            raise UsageError("--sigma", expected="0 to 255", got=f"{self.sigma:g}")
        if self.kernel is not None:
            read_kernel(self.kernel)

    def __str__(self) -> str:
        steps = ["luma"] if self.luma else []
        steps += [f"blur {self.kernel}"] if self.kernel else []
        if self.scale > 1:
            steps += [f"crop_to_multiple({self.scale})", f"downscale({self.scale}, 'matlab')"]
        if self.sigma:
            steps.append(f"gaussian_noise({self.sigma:g}, seed {self.seed})")
        steps += ["quantize(8)"] if self.rounded else []
        return "|".join(steps) or "nothing"

    def reference(self, photo: Bytes) -> Bytes:
        """What the results are measured against: ``photo``, or its luma, of full pixels.

        The last rows and columns that the scale leaves over are cut off.

        Args:
            photo: ``(H, W, C)``.

        Raises:
            PhotoError: Nothing is left.
        """
        height, width = (length // self.scale * self.scale for length in photo.shape[:2])
        if not height or not width:
            raise PhotoError(
                "too small to be made smaller",
                expected=f"at least {self.scale}x{self.scale} pixels",
                got=f"{photo.shape[1]}x{photo.shape[0]}",
            )
        kept = photo[:height, :width]
        return luma(kept) if self.luma else kept

    def __call__(self, reference: Bytes, name: str) -> Image:
        """The input for ``reference``: ``(h, w, C)`` float32, in [0, 1] where it is rounded.

        Args:
            reference: ``(H, W, C)`` with sides that are multiples of the scale.
            name: The photo's: its noise is the same whatever is evaluated beside it.
        """
        import numpy as np

        psf = self.told(name).psf
        sharp = reference if psf is None else 255 * convolve(to_float(reference), psf)
        exact = imresize(sharp, 1 / self.scale)
        if self.sigma:
            generator = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
            exact = exact + generator.normal(0, self.sigma, exact.shape)
        exact = np.floor(exact + 0.5).clip(0, 255) if self.rounded else exact
        return np.divide(exact, 255, dtype=np.float32, casting="same_kind")

    def told(self, name: str) -> Told:
        """Kernel and noise, the same for all."""
        del name
        return Told(None if self.kernel is None else read_kernel(self.kernel), self.sigma)
