"""KernelGAN's game: the generators make crops smaller so that the critics take them for the photo.

Only the kernel by which the photo itself was made keeps its patches as they are across sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from restorekit import kernels
from restorekit.kernel_estimation import _kernel_losses as losses
from restorekit.kernel_estimation._linear_generator import (
    SCALE,
    SIZE,
    LinearGenerators,
    made_smaller,
)
from restorekit.kernel_estimation._patch_critic import PatchCritics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from restorekit.contracts import Image

CROP = 64
"""Side of what is made smaller."""
SMALL_CROP = (CROP - SIZE) // SCALE + 1
"""Side of what it becomes, and of the photo's crops beside it: 26."""
RATE, BETAS = 2e-4, (0.5, 0.999)
LOWERED, EVERY = 0.1, 750
"""What the learning rate is multiplied by, and after how many iterations."""
MIDDLE = SIZE // 2 + (SCALE - 1) / 2
"""Where a kernel's centre of mass belongs, so that the small pixels lie amid the large ones."""
SUM_TO_ONE, BOUNDARIES, SPARSE, CENTER, BICUBIC = 0.5, 0.5, 5.0, 1.0, 5.0
"""Weights of the terms beside the game."""
NEAR = 0.02
"""A generator is near bicubic where it errs by less than this share of what there is, squared."""
RELEASED, RELEASE_EVERY = 0.01, 100
"""What the weight of bicubic is multiplied by from then on, and after how many iterations."""
FREE = 5e-3
"""Below this weight of bicubic the kernel must be sparse and centred by itself."""
DITHER = 2 / 255
"""Standard deviation of the noise on what critics learn from as false, so that rounding does not
tell the photo."""


class Crops:
    """Draws crops of a photo, the more often the more detail is in them.

    Args:
        image: ``(H, W, C)`` in [0, 1], both sides at least ``side``.
        side: Of a crop.
        draws: One for each seed.
    """

    def __init__(self, image: Image, side: int, draws: Sequence[np.random.Generator]) -> None:
        self._planes = torch.from_numpy(image * np.float32(2) - 1).permute(2, 0, 1)
        self._side = side
        self._draws = draws
        detail = _sums(_steepness(image), side)
        self._columns = detail.shape[1]
        self._shares = np.cumsum(detail.ravel())

    def __call__(self) -> Tensor:
        """``(seeds, C, side, side)`` in [-1, 1]."""
        return torch.stack([self._crop(draw) for draw in self._draws])

    def _crop(self, draw: np.random.Generator) -> Tensor:
        place = np.searchsorted(self._shares, draw.random() * self._shares[-1], side="right")
        top, left = divmod(min(int(place), len(self._shares) - 1), self._columns)
        return self._planes[:, top : top + self._side, left : left + self._side]


def _steepness(image: Image) -> npt.NDArray[np.float64]:
    grey = image.mean(axis=2, dtype=np.float64)
    down, right = np.gradient(grey)
    return np.hypot(down, right)


def _sums(values: npt.NDArray[np.float64], side: int) -> npt.NDArray[np.float64]:
    """Over every square of ``side``, by its upper left corner."""
    total = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    found = total[side:, side:] - total[:-side, side:] - total[side:, :-side]
    return np.maximum(found + total[:-side, :-side], 1e-12)


@dataclass
class _Constraints:
    """The weights that change while the seeds learn."""

    bicubic: Tensor
    """``(seeds,)``: how much it counts that a generator is not bicubic."""
    near: Tensor
    """``(seeds,)`` bool: whether it has been near bicubic."""

    def after(self, iteration: int, errors: Tensor) -> None:
        """Let go of bicubic, of which ``errors`` is the share that is missed."""
        self.near |= errors < NEAR
        if not iteration % RELEASE_EVERY:
            self.bicubic = torch.where(self.near, self.bicubic * RELEASED, self.bicubic)

    def of(self, kernel: Tensor, errors: Tensor) -> Tensor:
        """All terms beside the game, ``(seeds,)``."""
        free = (self.bicubic < FREE).to(kernel.dtype)
        own = SPARSE * losses.sparse(kernel) + CENTER * losses.center(kernel, MIDDLE)
        always = SUM_TO_ONE * losses.sum_to_one(kernel) + BOUNDARIES * losses.boundaries(kernel)
        return always + free * own + self.bicubic * errors


class Game:
    """Generators and critics of one photo, one of each for each seed, which do not interact.

    Args:
        image: ``(H, W, C)`` in [0, 1], both sides at least ``CROP``.
        seeds: What everything that is drawn follows from.
        device: Where it is played.
    """

    def __init__(self, image: Image, seeds: Sequence[int], device: torch.device) -> None:
        self._draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        places = [np.random.default_rng(seed) for seed in seeds]
        self._large = Crops(image, CROP, places)
        self._small = Crops(image, SMALL_CROP, places)
        self._device = device
        self.generators = LinearGenerators(self._draws).to(device)
        self.critics = PatchCritics(self._draws, image.shape[2]).to(device)
        bicubic, _ = kernels.resized(kernels.bicubic(SCALE), SIZE)
        turned = torch.from_numpy(bicubic[::-1, ::-1].astype(np.float32)).to(device)
        self._bicubic = turned.expand(len(seeds), -1, -1)
        self._constraints = _Constraints(
            torch.full((len(seeds),), BICUBIC, device=device),
            torch.zeros(len(seeds), dtype=torch.bool, device=device),
        )
        self._optimizers = [
            torch.optim.Adam(part.parameters(), RATE, BETAS, fused=True)
            for part in (self.generators, self.critics)
        ]

    def play(self, iterations: int, on_iteration: Callable[[int], object]) -> Tensor:
        """The seeds' kernels ``(seeds, 13, 13)`` after so many iterations, as networks convolve.

        Args:
            iterations: At least 1.
            on_iteration: Told how many are done.
        """
        with torch.enable_grad():
            for done in range(1, iterations + 1):
                large, small = self._large().to(self._device), self._small().to(self._device)
                self._constraints.after(done, self._deceive(large))
                self._look(large, small)
                if not done % EVERY:
                    self._lower()
                on_iteration(done)
        with torch.no_grad():
            return self.generators.kernels()

    def _deceive(self, large: Tensor) -> Tensor:
        """One step of the generators; returns how far from bicubic they are."""
        kernel = self.generators.kernels()
        made, bicubic = made_smaller(large, kernel), made_smaller(large, self._bicubic)
        errors = (made - bicubic).square().mean(dim=(1, 2, 3))
        missed = errors.detach() / bicubic.square().mean(dim=(1, 2, 3)).clamp(min=1e-6)
        self.critics.requires_grad_(False)
        taken = (1 - self.critics(made)).mean(dim=(1, 2))
        self._step(0, taken + self._constraints.of(kernel, errors))
        self.critics.requires_grad_(True)
        return missed

    def _look(self, large: Tensor, small: Tensor) -> None:
        """One step of the critics."""
        with torch.no_grad():
            made = self.generators(large)
        noise = torch.stack([torch.randn(made.shape[1:], generator=d) for d in self._draws])
        self.critics.advance()
        false = self.critics(made + DITHER * noise.to(self._device))
        true = self.critics(small)
        self._step(1, (false.mean(dim=(1, 2)) + (1 - true).mean(dim=(1, 2))) / 2)

    def _step(self, player: int, loss: Tensor) -> None:
        self._optimizers[player].zero_grad()
        loss.sum().backward()
        self._optimizers[player].step()

    def _lower(self) -> None:
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] *= LOWERED
