"""Numbered training pairs: the same number is the same pair, whoever asks for it and when.

That is what makes a stopped run go on as if it had not been stopped, keeps workers and machines
from repeating each other's random numbers, and lets any pair be made again from its log line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset

from restorekit.contracts import Size
from restorekit.degradations import Chain, Recipe, parse, psf_of, sigma_of
from restorekit.images.imresize import imresize
from restorekit.images.quantize import to_float

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Image, KernelMaps
    from restorekit.training.parts import DataPart
    from restorekit.training.photos import PackedPhotos


class Batch(NamedTuple):
    """Pairs on the device, float32 in ``[0, 1]``."""

    degraded: torch.Tensor
    """``(N, C, h, w)``, the last channels telling of the kernel and the noise, where it is told."""
    clean: torch.Tensor
    """``(N, C, H, W)``."""


class Drawn(NamedTuple):
    """What is decided of a pair before any pixel is touched."""

    photo: int
    top: int
    left: int
    turn: int
    """0 to 7: quarter turns, and 4 more for a mirror."""
    chain: Chain
    above: int = 0
    """Rows of the input that are cut off once it is made."""
    beside: int = 0
    """Columns on its left, likewise."""
    order: tuple[int, ...] = (0, 1, 2)
    """Of the channels of a picture in colour."""


@dataclass(frozen=True)
class Shown:
    """How the network wants its input."""

    noise_map: bool = False
    enlarged: bool = False
    """Whether the input is brought to the size of the result by MATLAB's bicubic first."""
    kernel_maps: KernelMaps | None = None
    """See :class:`restorekit.contracts.Network`."""


class Pairs(Dataset[Batch]):
    """Pairs cut from photos at random.

    Args:
        photos: The true pictures.
        data: What the recipe says of the data.
        seed: Of everything that is drawn.
        shown: How the network wants its input.
        degraded: The inputs, photo by photo, where they are not made by the recipe's chain.
    """

    def __init__(
        self,
        photos: PackedPhotos,
        data: DataPart,
        *,
        seed: int,
        shown: Shown | None = None,
        degraded: PackedPhotos | None = None,
    ) -> None:
        self.photos = photos
        self.data = data
        self.seed = seed
        self.shown = shown or Shown()
        self.degraded = degraded
        self.recipe: Recipe = parse(data.degradation)
        self.margin = 0 if degraded else data.margin
        self.side = data.patch + self.margin * data.scale

    def draw(self, number: int) -> Drawn:
        """What pair ``number`` is."""
        rng = np.random.default_rng([self.seed, number])
        photo = int(rng.integers(len(self.photos)))
        height, width = self.photos[photo].shape[:2]
        side, scale = self.side, self.data.scale
        # Corners on the grid of the smaller picture, so that both pictures are cut alike.
        top, left = (int(rng.integers((it - side) // scale + 1)) * scale for it in (height, width))
        turn = int(rng.integers(8)) if self.data.turned else 0
        chain = self.recipe.draw(rng)
        above, beside = rng.integers(self.margin + 1, size=2) if self.margin else (0, 0)
        order = rng.permutation(3) if self.data.recolored else (0, 1, 2)
        return Drawn(photo, top, left, turn, chain, int(above), int(beside), tuple(map(int, order)))

    def __getitem__(self, number: int) -> Batch:
        drawn = self.draw(number)
        side, scale = self.side, self.data.scale
        rows = slice(drawn.top, drawn.top + side)
        clean = to_float(self.photos[drawn.photo][rows, drawn.left : drawn.left + side])
        clean = recolored(turned(clean, drawn.turn), drawn.order)
        if self.degraded is None:
            degraded = _cut(drawn.chain(clean), drawn, self.data.patch // scale)
            clean = _cut(clean, drawn, self.data.patch, scale)
        else:
            top, left, length = (it // scale for it in (drawn.top, drawn.left, side))
            cut = self.degraded[drawn.photo][top : top + length, left : left + length]
            cut = recolored(turned(to_float(cut), drawn.turn), drawn.order)
            degraded = drawn.chain(cut)
        return Batch(tensor(shown(degraded, drawn.chain, self.shown, scale)), tensor(clean))

    def __len__(self) -> int:
        return len(self.photos)


def shown(degraded: Image, chain: Chain, how: Shown, scale: int) -> Image:
    """``degraded`` as the network wants it."""
    if how.enlarged and scale > 1:
        degraded = np.divide(imresize(255 * degraded, scale), 255, dtype=np.float32)
    size = Size(*degraded.shape[:2])
    told = [degraded]
    if how.kernel_maps is not None:
        told.append(how.kernel_maps(psf_of(chain), size).transpose(1, 2, 0))
    if how.noise_map:
        told.append(np.full((*size, 1), sigma_of(chain) / 255, np.float32))
    return np.concatenate(told, axis=2) if len(told) > 1 else degraded


def _cut(picture: Image, drawn: Drawn, side: int, scale: int = 1) -> Image:
    """What is left of a picture without its margin."""
    top, left = drawn.above * scale, drawn.beside * scale
    return picture[top : top + side, left : left + side]


def turned(picture: Image, turn: int) -> Image:
    """One of the eight ways to turn and mirror a picture."""
    mirrored = picture[:, ::-1] if turn >= 4 else picture
    return np.ascontiguousarray(np.rot90(mirrored, turn % 4))


def recolored(picture: Image, order: tuple[int, ...]) -> Image:
    """A picture whose channels have changed places; grey stays grey."""
    same = picture.shape[2] != len(order) or order == tuple(range(len(order)))
    return picture if same else np.ascontiguousarray(picture[:, :, order])


def numbers(
    start: int, stop: int, *, batch: int, part: int = 0, parts: int = 1
) -> Iterator[list[int]]:
    """The numbers of the pairs of steps ``start`` to ``stop``, of which this process has a part.

    All processes together have the batch that one alone would have.
    """
    share = batch // parts
    for step in range(start, stop):
        first = step * batch + part * share
        yield list(range(first, first + share))


def tensor(picture: Image) -> torch.Tensor:
    """``(H, W, C)`` to ``(C, H, W)``."""
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))
