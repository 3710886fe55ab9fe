"""A network that is sampled, not run: what it was taught, and how it may be asked.

Noise is added to a picture y_0, its values from -1 to 1, until nothing of it is left::

    y_t = sqrt(gamma_t) y_0 + sqrt(1 - gamma_t) e,    e standard normal

J. Ho, A. Jain, P. Abbeel, Denoising diffusion probabilistic models, NeurIPS 2020, equation 4, whose
alpha-bar is the gamma of C. Saharia et al., Image super-resolution via iterative refinement, IEEE
TPAMI 45 (2023), equation 4. The network sees y_t beside the picture that is to be restored, and
tells e. Sampling takes the noise away step by step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from restorekit.errors import UsageError

Sampler = Literal["ddpm", "ddim"]


@dataclass(frozen=True)
class Diffusion:
    """The noise that a network was taught to tell."""

    gammas: tuple[float, ...]
    """How much of the picture's power is left after each step of noise: falls from 1, at step 0."""
    augmented: bool = False
    """Whether it was taught with noise in the picture that is to be restored, too, and is told
    how much there is."""

    @property
    def timesteps(self) -> int:
        """Steps from the picture to nothing but noise."""
        return len(self.gammas) - 1

    def gamma(self, share: float) -> float:
        """What is left after a share, 0 to 1, of the steps; between steps along a line."""
        place = share * self.timesteps
        before = min(int(place), self.timesteps - 1)
        first, second = self.gammas[before : before + 2]
        return first + (place - before) * (second - first)


@dataclass(frozen=True)
class Sampling:
    """How a picture is sampled.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    steps: int = 100
    """How often the network is run: SR3's paper allows itself a hundred."""
    seed: int = 0
    """Of the noise that it begins with, and of what is added on the way."""
    sampler: Sampler = "ddpm"
    """``ddpm`` adds fresh noise in each step, and needs many; ``ddim`` adds none."""
    augmentation: float = 0.1
    """The share of the steps of noise that the picture to be restored is given, where the network
    was taught with that: the more there is, the less the result keeps to the picture."""

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise UsageError("steps", expected="1 or more", got=str(self.steps))
        if not 0 <= self.seed < 2**63:
            raise UsageError("seed", expected="0 or more, below 2 to the 63", got=str(self.seed))
        if self.sampler not in get_args(Sampler):
            expected = " or ".join(get_args(Sampler))
            raise UsageError("sampler", expected=expected, got=repr(self.sampler))
        if not 0 <= self.augmentation <= 1:
            raise UsageError("augmentation", expected="0 to 1", got=f"{self.augmentation:g}")

    def __str__(self) -> str:
        return f"{self.sampler}, {self.steps} steps, seed {self.seed}"
