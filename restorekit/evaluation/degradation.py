"""How the input is made from the reference: a chain that is recorded and can be repeated."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.errors import PhotoError, UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Degradation:
    """Smaller, then noisy: as the papers on super-resolution do it, each step of which may be off.

    ``str(degradation)`` names the steps.

    Raises:
        UsageError: A sigma that cannot be meant.
    """

    scale: int = 1
    """Sides become this many times smaller, by MATLAB's bicubic with its antialiasing."""
    sigma: float = 0
    """Standard deviation of white Gaussian noise, in levels of 255; 0 adds none."""
    seed: int = 0
    """Of the noise."""

    def __post_init__(self) -> None:
        if not 0 <= self.sigma <= 255:
            raise UsageError("--sigma", expected="0 to 255", got=f"{self.sigma:g}")

    def __str__(self) -> str:
        steps: list[str] = []
        if self.scale > 1:
            steps = [f"crop_to_multiple({self.scale})", f"matlab_bicubic(1/{self.scale})"]
        if self.sigma:
            steps.append(f"gaussian_noise({self.sigma:g}, seed {self.seed})")
        return "|".join([*steps, "round(8)"])

    def cropped(self, photo: Bytes) -> Bytes:
        """``photo``, ``(H, W, C)``, without the last rows and columns that the scale leaves over.

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
        return photo[:height, :width]

    def __call__(self, reference: Bytes, name: str) -> Bytes:
        """The input for ``reference``, rounded to 8 bits as a file of it would be.

        Args:
            reference: ``(H, W, C)`` with sides that are multiples of the scale.
            name: The photo's: its noise is the same whatever is evaluated beside it.
        """
        import numpy as np

        from restorekit.images.imresize import imresize

        exact: Floats = imresize(reference, 1 / self.scale)
        if self.sigma:
            generator = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
            exact = exact + generator.normal(0, self.sigma, exact.shape)
        return np.floor(exact + 0.5).clip(0, 255).astype(np.uint8)
