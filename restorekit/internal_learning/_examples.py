"""What is learned from: the photo, and the smaller one that is made of it.

What turns the photo made smaller back into the photo turns the photo into something larger, as
what small pieces of photos look like recurs in them at other sizes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from restorekit import kernels
from restorekit.contracts import Size
from restorekit.images.convolution import convolve
from restorekit.images.imresize import imresize
from restorekit.internal_learning._enlarging import ORIENTATIONS, oriented, resized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Image, Psf

WINDOW = 256
"""Side of the parts of which a large photo's learning sees some."""
WINDOWS = 16
"""How many of them: a megapixel in all."""


class Example(NamedTuple):
    """A picture, and how it looks made smaller and enlarged again."""

    both: Tensor
    """``(1, 2 C, H, W)``: enlarged again, then the picture itself."""
    scale: float
    """How much smaller it was made in between."""


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


def windows(image: Image) -> list[Image]:
    """The parts of a photo that are learned from: all of it, or evenly spread windows.

    Args:
        image: ``(H, W, C)``.
    """
    if image.shape[0] * image.shape[1] <= WINDOWS * WINDOW**2:
        return [image]
    rows, columns = (range(0, max(length - WINDOW, 0) + 1, WINDOW) for length in image.shape[:2])
    places = [(top, left) for top in rows for left in columns]
    # By the golden section, which comes near to every place before it comes back to one.
    step = (math.sqrt(5) - 1) / 2
    chosen = sorted({int(i * step % 1 * len(places)) for i in range(WINDOWS)})
    return [
        image[top : top + WINDOW, left : left + WINDOW] for top, left in (places[i] for i in chosen)
    ]


def example(picture: Image, scale: float, psf: Psf | None = None) -> Example:
    """The example that a picture gives for a scale.

    Args:
        picture: ``(H, W, C)``, taken for what is to be found.
        scale: How much smaller it is made.
        psf: The blur before that, besides the one of bicubic; None: there is none.
    """
    size = Size(*picture.shape[:2])
    smaller = Size(*(max(round(side / scale), 1) for side in size))
    blurred = picture if psf is None else convolve(picture, psf)
    enlarged = imresize(imresize(blurred, smaller), size)
    both = np.concatenate([enlarged, picture], axis=2).astype(np.float32)
    return Example(torch.from_numpy(both).permute(2, 0, 1)[None], scale)


def noise_lacking(sigma: float, scale: int, psf: Psf | None) -> float:
    """How strong noise must be that makes the smaller picture as noisy as the photo.

    Making it smaller averages the photo's noise: its variance becomes that times the sum of the
    squares of the weights.

    Args:
        sigma: Standard deviation of the photo's noise, which is white.
        scale: How much smaller the picture was made.
        psf: The blur before that, besides the one of bicubic; None: there is none.
    """
    weights = kernels.bicubic(scale)
    if psf is not None:
        weights = kernels.after(psf, weights)
    return sigma * math.sqrt(max(1 - float((weights**2).sum()), 0))


class Crops:
    """Draws crops of examples, in any of eight orientations; larger examples come more often.

    Args:
        examples: At least one.
        side: Of a crop; of smaller examples the whole side.
        noise: Standard deviation of what is added to the smaller picture, anew in each crop.
        draw: Decides all; on the CPU.
    """

    def __init__(
        self, examples: Sequence[Example], *, side: int, noise: float, draw: torch.Generator
    ) -> None:
        self.examples = examples
        self.side = side
        self.noise = noise
        self._draw = draw
        self._areas = torch.tensor([float(it.both[0, 0].numel()) for it in examples])

    def __call__(self) -> tuple[Tensor, Tensor]:
        """The crop as it was enlarged, and sharp; both ``(1, C, h, w)``."""
        found = self.examples[int(torch.multinomial(self._areas, 1, generator=self._draw))]
        both = found.both
        for axis in (2, 3):
            side = min(self.side, both.shape[axis])
            both = both.narrow(axis, self._below(both.shape[axis] - side + 1), side)
        turns, mirrored = ORIENTATIONS[self._below(len(ORIENTATIONS))]
        enlarged, sharp = oriented(both, turns, mirrored=mirrored).chunk(2, dim=1)
        return enlarged + self._noise_like(enlarged, found.scale), sharp

    def _below(self, limit: int) -> int:
        return int(torch.randint(limit, (1,), generator=self._draw))

    def _noise_like(self, crop: Tensor, scale: float) -> Tensor | float:
        """Noise of the smaller picture, enlarged with it."""
        if not self.noise:
            return 0.0
        size = Size(*crop.shape[2:])
        smaller = [max(round(side / scale), 1) for side in size]
        noise = torch.randn((*crop.shape[:2], *smaller), generator=self._draw)
        return resized(self.noise * noise, size)
