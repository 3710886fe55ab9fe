"""Learning to tell noise: what a network that is sampled learns.

C. Saharia et al., Image super-resolution via iterative refinement, IEEE TPAMI 45 (2023), equation
6: noise is added to the true picture until a share gamma of it is left, and the network, shown the
degraded picture beside it, tells the noise. How the told noise is compared with the true one is the
recipe's losses: ``l1`` is the paper's p = 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from restorekit.architectures.sr3 import SR3
from restorekit.errors import UsageError
from restorekit.inference.diffusion import noised
from restorekit.training.regression import Regression

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from torch import Tensor

    from restorekit.contracts import Diffusion
    from restorekit.training.events import OnEvent
    from restorekit.training.learner import Learner
    from restorekit.training.pairs import Batch
    from restorekit.training.parts import DiffusionPart
    from restorekit.training.recipe import Recipe

NOISE = 2
"""Keeps what is drawn here apart from what is drawn for the pair of the same number."""


def is_sampled(learner: Learner) -> bool:
    """Whether a learner is a network that is sampled."""
    return isinstance(learner.bare, SR3)


class Drawn(NamedTuple):
    """The chance in what the network is shown of one pair."""

    left: tuple[float, float]
    """The gamma of the noisy picture, and that of the degraded one."""
    noise: Tensor
    """``(C, H, W)``, what the network shall tell."""
    spoiling: Tensor | None
    """The same for the degraded picture; None where it is not spoilt."""


class Noised(NamedTuple):
    """What the network is shown, and last what it shall tell."""

    degraded: Tensor
    """``(N, C, H, W)`` in 0 to 1."""
    noisy: Tensor
    """The same, in -1 to 1 but for its noise."""
    levels: Tensor
    """``(N, 1 or 2)``, as the network takes them."""
    noise: Tensor
    """``(N, C, H, W)``."""


class Denoising:
    """A network that learns to tell noise.

    Each pair's noise is drawn from its number, as the pair itself is: a stopped run goes on as if
    it had not been stopped, and processes that share a batch draw what one alone would.

    Args:
        fabric: The engine.
        learner: The network.
        recipe: What to learn.
        part: Its noise.
        seed: Of all that is drawn.
        on_event: Told what losses need.

    Raises:
        UsageError: The network is not one that is sampled, or is not told of noise that the recipe
            gives the degraded picture.
        UnknownNameError: There is no such loss.
        WeightsError: The network that a loss looks through cannot be had.
    """

    def __init__(
        self,
        fabric: Fabric,
        learner: Learner,
        *,
        recipe: Recipe,
        part: DiffusionPart,
        seed: int,
        on_event: OnEvent,
    ) -> None:
        network = learner.bare
        if not isinstance(network, SR3):
            raise UsageError(
                f"{recipe.network.architecture} is run once, not sampled",
                hint="a recipe without [diffusion]",
            )
        self.learner = learner
        self._fabric = fabric
        self._part = part
        self._seed = seed
        self._taught: Diffusion = network.diffusion
        if part.augmentation and not self._taught.augmented:
            raise UsageError(
                "the recipe's diffusion.augmentation",
                expected="a network that is told of it",
                hint="network.hyperparameters: augmented = true",
            )
        self._regression = Regression(learner, recipe.losses, recipe.optimizer.accumulate, on_event)

    @property
    def learners(self) -> dict[str, Learner]:
        """All that learns, by the names that checkpoints have."""
        return self._regression.learners

    def step(self, number: int, batch: Batch) -> dict[str, float] | None:
        """One step; its losses by name, or None where numbers overflowed."""
        share = len(batch.clean)
        first = (number * self._fabric.world_size + self._fabric.global_rank) * share
        drawn = [self.draw(first + it, batch.clean.shape[1:]) for it in range(share)]
        return self._regression.step(number, self._noised(batch, drawn))

    def draw(self, pair: int, shape: tuple[int, ...]) -> Drawn:
        """What is drawn for a pair.

        Gamma is uniform between those of two neighbouring steps, which are any with equal chance
        (section 2.4 of the paper); the degraded picture's is that of a share of all steps, uniform
        from 0 to what the recipe says (SR3+, section 4.2).

        Args:
            pair: Its number.
            shape: ``(C, H, W)`` of its true picture.
        """
        rng = np.random.default_rng([self._seed, pair, NOISE])
        step = int(rng.integers(self._taught.timesteps))
        before, after = self._taught.gammas[step : step + 2]
        gamma = float(rng.uniform(after, before))
        noise = torch.from_numpy(rng.standard_normal(shape, np.float32))
        if not self._part.augmentation:
            return Drawn((gamma, 1.0), noise, None)
        given = self._taught.gamma(float(rng.uniform(0, self._part.augmentation)))
        return Drawn(
            (gamma, given), noise, torch.from_numpy(rng.standard_normal(shape, np.float32))
        )

    def _noised(self, batch: Batch, drawn: list[Drawn]) -> Noised:
        degraded, clean = batch
        left = torch.tensor([it.left for it in drawn], dtype=torch.float64)
        gammas, given = left[:, :1, None, None], left[:, 1:, None, None]
        noise = torch.stack([it.noise for it in drawn]).to(clean)
        spoiling = [it.spoiling for it in drawn if it.spoiling is not None]
        if spoiling:
            spoilt = noised(2 * degraded - 1, given, torch.stack(spoiling).to(clean))
            degraded = (spoilt + 1) / 2
        levels = left.sqrt().to(clean)[:, : 1 + self._taught.augmented]
        return Noised(degraded, noised(2 * clean - 1, gammas, noise), levels, noise)
