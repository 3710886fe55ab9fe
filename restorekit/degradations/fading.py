"""Fading: the dyes of a print lose their colour with the years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import Step

if TYPE_CHECKING:
    from restorekit.contracts import Image


LOSS = (0.55, 0.3, 0.4)
"""Of the densities of cyan, magenta and yellow at full strength: cyan goes first in the dark,
which leaves old prints red (Wilhelm and Brower, "The Permanence and Care of Color Photographs",
1993, chapter 5, says which dyes go; the figures are typical, not measured)."""
STAIN = (0.02, 0.05, 0.15)
"""Light that the yellowed paper keeps of red, green and blue at full strength."""
BLACK = 0.01
"""The darkest reflectance of a print: a density of 2."""


@dataclass(frozen=True)
class Fading(Step):
    """Each dye keeps a part of its density: ``y = (1 - strength s) x^(1 - strength l)``.

    The density of a dye is ``D = -log10(x)`` (Beer and Lambert); a share l of it is lost, and the
    paper yellows by s. Blacks end where those of a print do, and so become brown. A grey picture
    loses the mean of the three.
    """

    strength: Annotated[float, Range(0, 1)]
    """0, as new, to 1, decades on a wall."""

    @property
    def _is_neutral(self) -> bool:
        return self.strength == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        loss, stain = np.array(LOSS), np.array(STAIN)
        if image.shape[2] == 1:
            loss, stain = loss.mean(keepdims=True), stain.mean(keepdims=True)
        # At no strength there is no black of the paper either: the change is continuous.
        light = np.maximum(image, np.float32(BLACK * self.strength))
        kept = light ** (1 - self.strength * loss).astype(np.float32)
        return kept * (1 - self.strength * stain).astype(np.float32)


DEGRADATION = DegradationFamily(
    title="a print that has faded and yellowed",
    make=Fading,
    typical="fading(0.8)",
    drawn="fading([0, 1])",
    neutral="fading(0)",
)
