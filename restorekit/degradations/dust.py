"""Dust: specks that lay on a film or a scanner's glass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    import numpy as np

    from restorekit.contracts import Image

EDGE = 0.7
"""Pixels over which the edge of a speck fades, each way."""


@dataclass(frozen=True)
class Dust(RandomStep):
    """``y = (1 - m) x + m c``: c the dust's colour, m its mask of soft ellipses.

    Places are drawn evenly, sizes from the exponential distribution (small specks are many),
    proportions from 1 to 4, and opacities from half to all of what is set.
    """

    count: Annotated[int, Range(0, 10_000)]
    """In the whole picture; 0 changes nothing."""
    radius: Annotated[float, Range(0.3, 100)] = 2.0
    """The mean, in pixels."""
    opacity: Annotated[float, Range(0, 1)] = 0.9
    color: Literal["white", "black"] = "white"
    """White where it lay on the negative, black where it lay on the print."""

    @property
    def _is_neutral(self) -> bool:
        return self.count == 0 or self.opacity == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        rng = self._generator()
        mask = np.zeros((*image.shape[:2], 1), np.float32)
        for _ in range(self.count):
            opacity = self.opacity * rng.uniform(0.5, 1)
            _lay(mask, rng, rng.exponential(self.radius), opacity)
        return image + mask * (np.float32(self.color == "white") - image)


def _lay(mask: Image, rng: np.random.Generator, radius: float, opacity: float) -> None:
    """One speck onto the mask, at a place and of a form that ``rng`` draws."""
    import numpy as np

    row, column = rng.uniform(0, mask.shape[0]), rng.uniform(0, mask.shape[1])
    turn, proportion = rng.uniform(0, math.pi), math.sqrt(rng.uniform(1, 4))
    reach = math.ceil(radius * proportion + EDGE) + 1
    top, left = max(0, int(row) - reach), max(0, int(column) - reach)
    part = mask[top : int(row) + reach + 1, left : int(column) + reach + 1, 0]
    down = np.arange(part.shape[0])[:, None] + (top + 0.5 - row)
    right = np.arange(part.shape[1]) + (left + 0.5 - column)
    long = (right * math.cos(turn) + down * math.sin(turn)) / proportion
    short = (down * math.cos(turn) - right * math.sin(turn)) * proportion
    beyond = np.hypot(long, short) - radius
    speck = opacity * np.clip(0.5 - beyond / (2 * EDGE), 0, 1)
    np.maximum(part, speck.astype(np.float32), out=part)


DEGRADATION = DegradationFamily(
    title="dust on a film or a scanner",
    make=Dust,
    typical="dust(80)",
    drawn="dust([0, 150], [1, 4], [0.4, 1], ['white', 'black'])",
    neutral="dust(0)",
)
