"""A network whose every tile is judged by what it was made from, and mended or left as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from restorekit.inference.guard import SMALLEST, fault
from restorekit.inference.precision import higher, lower
from restorekit.inference.restorer import NetworkRestorer
from restorekit.inference.self_ensemble import SelfEnsemble

if TYPE_CHECKING:
    from torch import Tensor

    from restorekit.contracts import Precision


class Guarded(NetworkRestorer):
    """A network that gives pictures of the size that they had; see :class:`NetworkRestorer`.

    A tile that comes out tinted, or with a grid (see :mod:`restorekit.inference.guard`), is made
    again in a higher precision, then from four smaller tiles, and so on. What does not come out
    well at any size stays as it was, and that is told.
    """

    recolours = False
    """Whether other colours are what the network is for. Its smaller tiles would differ in them."""

    def _check(self, tile: Tensor) -> Tensor:
        given = tile.to(self.device)
        result = super()._check(tile)
        why = fault(given, result, recolours=self.recolours)
        raised = higher(self.precision, self.network)
        if why is not None and raised is not None:
            result = self._in(raised, tile)
            why = fault(given, result, recolours=self.recolours)
        if why is None:
            return result
        side = max(tile.shape[:2]) // 2 + self.network.overlap
        # Smaller ones could not be judged.
        judged = side < max(tile.shape[:2]) and min(side, *tile.shape[:2]) >= 2 * SMALLEST
        if judged and not self.recolours:
            smaller = self.plan(*tile.shape[:2], tile=side)
            return torch.cat(list(self._blend(tile, smaller, None)))
        self._note(f"{self.name} made {why}: {_sides(tile)} pixels are left as they were")
        return given.clone()

    def _in(self, raised: Precision, tile: Tensor) -> Tensor:
        """The tile's result in that precision, once."""
        learned = self._learned
        module = lower(self.network, self.device, raised)
        self._learned = replace(learned, module=module, precision=raised)
        try:
            return super()._check(tile)
        finally:
            self._learned = learned


def _sides(tile: Tensor) -> str:
    return f"{tile.shape[1]} x {tile.shape[0]}"


class GuardedSelfEnsemble(Guarded, SelfEnsemble):
    """The same in eight orientations."""
