"""A network that is sampled: from noise to a picture, step by step, each of them tile by tile.

In each step the network is shown the picture that is to be restored and the noisy one, and what it
makes of them, a picture without noise, is blended where tiles overlap. The noise is drawn for the
whole picture at once, so that tiles see the same, and a seam would have to outlive all the steps.
The picture, the noisy one and what is drawn stay in main memory: five times the result in float32.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from restorekit.contracts import Band, Diffusion, Sampling
from restorekit.errors import UsageError
from restorekit.inference.arrays import to_array
from restorekit.inference.precision import DTYPES, memory_format
from restorekit.inference.restorer import LUMA, NetworkRestorer
from restorekit.inference.surroundings import padded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from restorekit.contracts import Bits, Image, Network, OnTile, Precision, Size


def noised(clean: Tensor, gamma: float | Tensor, noise: Tensor) -> Tensor:
    """``sqrt(gamma) clean + sqrt(1 - gamma) noise``: SR3, equation 4.

    Args:
        clean: In -1 to 1.
        gamma: What is left of it in power, a number or what suits its shape.
        noise: Standard normal, of its shape.
    """
    left = torch.as_tensor(gamma, dtype=torch.float64)  # float32 tells it from 1 but coarsely
    return left.sqrt().to(clean) * clean + (1 - left).sqrt().to(clean) * noise


def less_noisy(
    noisy: Tensor, clean: Tensor, gamma: float, following: float, fresh: Tensor | None
) -> Tensor:
    """The noisy picture a step, or many at once, nearer to the clean one.

    J. Song, C. Meng, S. Ermon, Denoising diffusion implicit models, ICLR 2021, equations 12 and 16.
    With fresh noise its mean is that of SR3's algorithm 2; its variance is that of the posterior
    (DDPM, equation 7), for the paper's ``1 - alpha`` is too much where steps are few.

    Args:
        noisy: ``sqrt(gamma)`` times the picture, and noise.
        clean: What the network takes for the picture, in -1 to 1.
        gamma: What is left of the picture now.
        following: What shall be left of it afterwards: more, and less than 1.
        fresh: Standard normal: DDPM. None: no noise is added, DDIM.
    """
    noise = (noisy - math.sqrt(gamma) * clean) / math.sqrt(1 - gamma)
    variance = 0.0
    if fresh is not None:
        variance = (1 - following) / (1 - gamma) * (1 - gamma / following)
    kept = math.sqrt(1 - following - variance)
    found = math.sqrt(following) * clean + kept * noise
    return found if fresh is None else found + math.sqrt(variance) * fresh


def levels(diffusion: Diffusion, steps: int) -> list[float]:
    """The gammas that sampling comes by, evenly spread over the schedule: from its last up to 1.

    Raises:
        UsageError: There are fewer steps of noise than that.
    """
    if steps > diffusion.timesteps:
        raise UsageError("steps", expected=f"{diffusion.timesteps} at most", got=str(steps))
    places = np.linspace(diffusion.timesteps, 0, steps + 1).round().astype(int)
    return [diffusion.gammas[it] for it in places]


class DiffusionRestorer(NetworkRestorer):
    """Samples pictures of any size.

    Args:
        network: The network with its weights.
        sampling: How it is asked.
        name: What users call it.
        device: Where it runs.
        precision: In which it runs; see ``inference.device.choose_precision``.
        tile: As for :class:`NetworkRestorer`.
        on_note: The same.

    Raises:
        UsageError: The network is not one that is sampled, or not in so many steps.
    """

    def __init__(
        self,
        network: Network,
        sampling: Sampling,
        *,
        name: str,
        device: torch.device,
        precision: Precision,
        tile: int | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        if network.diffusion is None:
            raise UsageError(f"{name} is run once, not sampled", hint="no steps, seed or sampler")
        self.sampling = sampling
        self._gammas = levels(network.diffusion, sampling.steps)
        self._gamma = self._gammas[0]  # of the step that is being made
        self._given = 1.0  # the gamma of the picture itself
        self._augmented = network.diffusion.augmented
        if self._augmented:
            self._given = network.diffusion.gamma(sampling.augmentation)
        super().__init__(
            network, name=name, device=device, precision=precision, tile=tile, on_note=on_note
        )

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`: all the tiles of all the steps."""
        return self.sampling.steps * super().tiles(size)

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`; the same seed gives the same picture."""
        draw = torch.Generator().manual_seed(self.sampling.seed)
        picture = self._taken(image)
        noisy = torch.randn(picture.shape, generator=draw)
        if self._given < 1:
            spoilt = torch.randn(picture.shape, generator=draw)
            picture = (noised(2 * picture - 1, self._given, spoilt) + 1) / 2
        for number, (gamma, following) in enumerate(pairwise(self._gammas)):
            self._gamma = gamma
            found = self._cleaned(picture, noisy, _counted(on_tile, number, self.sampling.steps))
            if following == 1:
                yield from self._finished(found, image.shape[2], bits)
                return
            fresh = None
            if self.sampling.sampler == "ddpm":
                fresh = torch.randn(picture.shape, generator=draw)
            for top, rows in found:
                part = slice(top, top + len(rows))
                noisy[part] = less_noisy(
                    noisy[part],
                    2 * rows.cpu() - 1,
                    gamma,
                    following,
                    None if fresh is None else fresh[part],
                )

    def _taken(self, image: Image) -> Tensor:
        """``(H, W, C)`` in main memory; grey is three times the same to a network for colours."""
        picture = torch.from_numpy(np.require(image, requirements=("C", "W")))
        if self.network.channels == 3:
            picture = picture.expand(*picture.shape[:2], 3)
        return picture

    def _cleaned(
        self, picture: Tensor, noisy: Tensor, on_tile: OnTile | None
    ) -> Iterator[tuple[int, Tensor]]:
        """Bands in [0, 1] of what the network takes for the clean picture, and where they begin."""
        top = 0
        # A copy: the noisy picture changes while the next rows of it are still to be seen.
        seen = torch.cat([picture, noisy], dim=2)
        for rows in self._blend(seen, self.plan(*picture.shape[:2]), on_tile):
            yield top, rows
            top += len(rows)

    def _finished(
        self, found: Iterator[tuple[int, Tensor]], channels: int, bits: Bits
    ) -> Iterator[Band]:
        for top, rows in found:
            made = rows
            if channels < rows.shape[2]:
                made = rows @ torch.tensor(LUMA, device=rows.device)[:, None]
            yield Band(top, to_array(made, bits))

    def _channels_made(self, channels: int) -> int:
        return channels // 2

    @torch.no_grad()
    def _run(self, tile: Tensor) -> Tensor:
        """``(h, w, 2 C)``, the picture and the noisy one, to the clean one, ``(h, w, C)``."""
        height, width, channels = tile.shape
        c = self.network.channels
        x = tile.to(self.device).permute(2, 0, 1)  # (2 C, h, w)
        # (2, 1, 3, h, w) for colour networks; (2, C, 1, h, w), channel by channel, for grey ones
        x = x.reshape(2, channels // 2 // c, c, height, width)
        noisy = x[1]
        picture, seen = (self._ready(it) for it in x)
        left = [self._gamma, self._given][: 1 + self._augmented]
        told = seen.new_tensor(left).sqrt().expand(len(seen), -1)
        noise = self._learned.module(picture, seen, told).float()[..., :height, :width]
        clean = (noisy - math.sqrt(1 - self._gamma) * noise) / math.sqrt(self._gamma)
        return ((clean + 1) / 2).flatten(0, 1).permute(1, 2, 0)

    def _ready(self, x: Tensor) -> Tensor:
        """Padded, in the network's precision and order of memory."""
        x = padded(x.to(DTYPES[self.precision]), self.network.size_requirements)
        return x.contiguous(memory_format=memory_format(self.device))

    def _run_blank(self, side: int) -> Tensor:
        return self._forward(torch.zeros(side, side, 2 * self.network.channels))


def _counted(on_tile: OnTile | None, number: int, steps: int) -> OnTile | None:
    """``on_tile`` for the tiles of one step, so that it counts those of all."""
    if on_tile is None:
        return None
    return lambda done, tiles: on_tile(number * tiles + done, steps * tiles)
