"""Numbered patches of photos that are no pairs: any true one beside any degraded one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch.utils.data import Dataset

from restorekit.images.quantize import to_float
from restorekit.training.pairs import Batch, tensor, turned

if TYPE_CHECKING:
    from restorekit.contracts import Image
    from restorekit.training.parts import DataPart
    from restorekit.training.photos import PackedPhotos


class UnpairedPatches(Dataset[Batch]):
    """Patches cut at random from photos of two kinds, each by itself.

    ``degraded`` of what it gives is a real degraded patch, ``(C, patch / scale, patch / scale)``.
    ``clean``, ``(C + 1, patch, patch)``, is a true one of another photo, with noise of variance 1
    as its last channel: what a network needs that learns to degrade it. The same number gives the
    same of all three, as with :class:`restorekit.training.pairs.Pairs`.

    Args:
        photos: The true pictures.
        degraded: The real degraded ones, of any number and size.
        data: What the recipe says of the data.
        seed: Of everything that is drawn.
    """

    def __init__(
        self, photos: PackedPhotos, degraded: PackedPhotos, data: DataPart, *, seed: int
    ) -> None:
        self.photos = photos
        self.degraded = degraded
        self.data = data
        self.seed = seed

    def __getitem__(self, number: int) -> Batch:
        rng = np.random.default_rng([self.seed, number])
        side = self.data.patch
        clean = self._patch(self.photos, side, rng)
        degraded = self._patch(self.degraded, side // self.data.scale, rng)
        noise = rng.standard_normal((side, side, 1), np.float32)
        return Batch(tensor(degraded), tensor(np.concatenate([clean, noise], axis=2)))

    def __len__(self) -> int:
        return len(self.photos)

    def _patch(self, photos: PackedPhotos, side: int, rng: np.random.Generator) -> Image:
        photo = photos[int(rng.integers(len(photos)))]
        top, left = (int(rng.integers(length - side + 1)) for length in photo.shape[:2])
        turn = int(rng.integers(8)) if self.data.turned else 0
        return turned(to_float(photo[top : top + side, left : left + side]), turn)
