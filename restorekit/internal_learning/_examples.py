"""What is learned from: the photo, and the smaller one that is made of it.

What turns the photo made smaller back into the photo turns the photo into something larger, as
what small pieces of photos look like recurs in them at other sizes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from restorekit.contracts import DownScaling, Size
from restorekit.images.convolution import convolve, down_scaled
from restorekit.images.imresize import imresize
from restorekit.inference.self_ensemble import TURNS
from restorekit.internal_learning._enlarging import resized

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from restorekit.contracts import Image, Kernel

WINDOW = 192
"""Side of the parts of which a large photo's learning sees some."""
WINDOWS = 16
"""How many of them: 0.6 megapixels in all."""
NOISE = 256
"""Side of the noise of which is measured how much is left: within half a percent."""


class Example(NamedTuple):
    """A picture, and how it looks made smaller and enlarged again."""

    both: Tensor
    """``(H, W, 2 C)``: enlarged again, then the picture itself."""
    scale: float
    """How much smaller it was made in between."""
    noise: float
    """Standard deviation of the noise that the smaller picture lacks."""


FATHERS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Sizes at which a picture is learned from, of its own: section 3.1 of the paper."""


def at_many_sizes(picture: Image, smallest: int) -> list[Image]:
    """``picture``, and smaller ones made of it by bicubic.

    Args:
        picture: ``(H, W, C)``.
        smallest: Side in pixels that none of the smaller ones is below.
    """
    sides = picture.shape[:2]
    sizes = (Size(*(round(share * side) for side in sides)) for share in FATHERS[1:])
    smaller = (imresize(picture, it) for it in sizes if min(it) >= smallest)
    return [picture, *(it.astype(np.float32) for it in smaller)]


def windows(image: Image, side: int = WINDOW) -> list[Image]:
    """The parts of a photo that are learned from: all of it, or evenly spread windows.

    Args:
        image: ``(H, W, C)``.
        side: Of a window.
    """
    if image.shape[0] * image.shape[1] <= WINDOWS * side**2:
        return [image]
    rows, columns = (range(0, max(length - side, 0) + 1, side) for length in image.shape[:2])
    places = [(top, left) for top in rows for left in columns]
    chosen = np.linspace(0, len(places) - 1, min(WINDOWS, len(places))).round().astype(int)
    return [
        image[top : top + side, left : left + side] for top, left in (places[i] for i in chosen)
    ]


def example(
    picture: Image, scale: float, kernel: Kernel | None = None, noise: float = 0
) -> Example:
    """The example that a picture gives for a scale.

    Args:
        picture: ``(H, W, C)``, taken for what is to be found.
        scale: How much smaller it is made.
        kernel: The blur before bicubic, or instead of it; None: bicubic alone.
        noise: Standard deviation of what the smaller picture lacks of the photo's noise.
    """
    if isinstance(kernel, DownScaling):
        height, width = (side // kernel.scale * kernel.scale for side in picture.shape[:2])
        picture = picture[:height, :width]
    again = imresize(made_smaller(picture, scale, kernel), Size(*picture.shape[:2]))
    both = np.concatenate([again, picture], axis=2).astype(np.float32)
    return Example(torch.from_numpy(both), scale, noise)


def made_smaller(
    picture: Image, scale: float, kernel: Kernel | None = None
) -> npt.NDArray[np.floating[Any]]:
    """``picture``, made smaller by a blur and bicubic, or by the kernel; sizes are rounded."""
    if isinstance(kernel, DownScaling):
        return down_scaled(picture, kernel)
    blurred = picture if kernel is None else convolve(picture, kernel)
    return imresize(blurred, Size(*(max(round(side / scale), 1) for side in picture.shape[:2])))


def noise_lacking(sigma: float, scale: float, kernel: Kernel | None) -> float:
    """How strong noise must be that makes the smaller picture as noisy as the photo.

    Args:
        sigma: Standard deviation of the photo's noise, which is white.
        scale: How much smaller the picture was made, which averages its noise.
        kernel: The blur before bicubic, or instead of it; None: bicubic alone.
    """
    if not sigma:
        return 0.0
    noise = np.random.default_rng(0).standard_normal((NOISE, NOISE, 1), np.float32)
    return sigma * math.sqrt(max(1 - float(made_smaller(noise, scale, kernel).var()), 0))


class Crops:
    """Draws crops of examples, in any of eight orientations; larger examples come more often.

    Args:
        examples: At least one.
        side: Of a crop; of smaller examples the whole side.
        draw: Decides all, on the CPU: the noise, too, which is another in each crop.
    """

    def __init__(self, examples: Sequence[Example], *, side: int, draw: torch.Generator) -> None:
        self.examples = examples
        self.side = side
        self._draw = draw
        self._areas = torch.tensor([float(it.both[:, :, 0].numel()) for it in examples])

    def __call__(self) -> tuple[Tensor, Tensor]:
        """The crop as it was enlarged, and sharp; both ``(1, C, h, w)``."""
        found = self.examples[int(torch.multinomial(self._areas, 1, generator=self._draw))]
        both = found.both
        for axis in (0, 1):
            side = min(self.side, both.shape[axis])
            both = both.narrow(axis, self._below(both.shape[axis] - side + 1), side)
        turned = TURNS[self._below(len(TURNS))].there(both)
        enlarged, sharp = turned.permute(2, 0, 1)[None].chunk(2, dim=1)
        return enlarged + self._noise_like(enlarged, found), sharp

    def _below(self, limit: int) -> int:
        return int(torch.randint(limit, (1,), generator=self._draw))

    def _noise_like(self, crop: Tensor, found: Example) -> Tensor | float:
        """Noise of the smaller picture, enlarged with it."""
        if not found.noise:
            return 0.0
        size = Size(*crop.shape[2:])
        smaller = [max(round(side / found.scale), 1) for side in size]
        noise = torch.randn((*crop.shape[:2], *smaller), generator=self._draw)
        return resized(found.noise * noise, size)
