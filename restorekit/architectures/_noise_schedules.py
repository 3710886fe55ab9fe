"""How much noise each step of a diffusion adds: the betas, ``(timesteps,)`` in float64."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from restorekit.errors import CheckpointError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


MOST = 0.999
"""No step adds a larger share of noise."""


def linear(timesteps: int) -> Tensor:
    """The share of noise that each step adds, rising along a line.

    The ends are those of the port of SR3 for its 2000 steps, after which nothing but noise is left;
    the fewer steps there are, the more each adds.
    """
    line = torch.linspace(1e-6, 1e-2, timesteps, dtype=torch.float64)
    return (line * (2000 / timesteps)).clamp(max=MOST)


def cosine(timesteps: int) -> Tensor:
    """The same so that the root of what is left falls along a cosine.

    A. Nichol, P. Dhariwal, Improved denoising diffusion probabilistic models, ICML 2021, equation
    17, its offset and its bound.
    """
    places = (torch.arange(timesteps + 1, dtype=torch.float64) / timesteps + 0.008) / 1.008
    left = torch.cos(places * math.pi / 2).square()
    return (1 - left[1:] / left[:-1]).clamp(max=MOST)


SCHEDULES: Mapping[str, Callable[[int], Tensor]] = {"linear": linear, "cosine": cosine}


def betas_of(schedule: str, timesteps: int) -> Tensor:
    """The betas of a schedule by its name.

    Raises:
        UnknownNameError: There is no such schedule.
    """
    if schedule not in SCHEDULES:
        raise UnknownNameError.among("noise schedule", schedule, SCHEDULES)
    return SCHEDULES[schedule](timesteps)


def schedule_of(betas: Tensor) -> str:
    """The name of the schedule that has these betas.

    Raises:
        CheckpointError: None has.
    """
    for name, made in SCHEDULES.items():
        if torch.allclose(betas.double().cpu(), made(len(betas)), rtol=1e-4, atol=1e-8):
            return name
    raise CheckpointError("the noise schedule is not known", expected=" or ".join(SCHEDULES))
