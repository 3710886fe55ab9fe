"""A network run on a picture in its eight orientations, and the mean of what it makes of them.

R. Timofte, R. Rothe, L. Van Gool, Seven ways to improve example-based single image super
resolution, CVPR 2016, section 3.6 (enhanced prediction); the "+" of EDSR and of those after it:

    y = 1/8 sum over t of t^-1(f(t(x))),    t the four quarter turns, and their mirror images

Errors that depend on the orientation average out. It takes eight times as long, and no more memory
than one tile, and its sum.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restorekit.inference.restorer import NetworkRestorer
from restorekit.inference.surroundings import padded

if TYPE_CHECKING:
    from torch import Tensor

    from restorekit.contracts import Psf


class Turn(NamedTuple):
    """One of the eight: mirrored left to right or not, and then turned."""

    quarters: int
    """Of a whole turn, 0 to 3, counter-clockwise."""
    mirrored: bool

    def there(self, picture: Tensor) -> Tensor:
        """``(h, w, C)`` in this orientation; ``(w, h, C)`` where the quarters are odd."""
        mirrored = picture.flip(1) if self.mirrored else picture
        return mirrored.rot90(self.quarters)

    def back(self, picture: Tensor) -> Tensor:
        """A picture in this orientation as it was before."""
        upright = picture.rot90(-self.quarters)
        return upright.flip(1) if self.mirrored else upright

    def kernel(self, psf: Psf) -> Psf:
        """The blur of a picture in this orientation: turned with it."""
        return np.rot90(psf[:, ::-1] if self.mirrored else psf, self.quarters).copy()


TURNS = tuple(Turn(*it) for it in product(range(4), (False, True)))


class SelfEnsemble(NetworkRestorer):
    """Runs a network on each tile in eight orientations; see :class:`NetworkRestorer`."""

    def _run(self, tile: Tensor) -> Tensor:
        height, width = (length * self.scale for length in tile.shape[:2])
        # Enlarged before it is turned: what a network does in blocks falls on the same blocks then
        # in every orientation, wherever the picture is cut into tiles.
        x = tile.permute(2, 0, 1)[None]
        fitted = padded(x, self.network.size_requirements)[0].permute(1, 2, 0)
        results = (
            turn.back(self._run_told(turn.there(fitted), turn.kernel(self.psf))) for turn in TURNS
        )
        total = next(results)[:height, :width].clone()
        for result in results:
            total += result[:height, :width]
        return total / len(TURNS)
