"""Networks that tell restored pictures from true ones: one file each, whose name recipes call.

Each defines ``CRITIC``: from the pictures' channels, the side of the patches and the width of the
first layer to a module that takes ``(N, C, H, W)`` in ``[0, 1]`` and gives ``(N, 1, ...)``: for
each picture, or each part of it, a number that is high where it seems true. It is no probability:
what it means is the game's. Several critics in one give a tuple of such numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from restorekit.catalog import Catalog

if TYPE_CHECKING:
    from torch import nn


class MakeCritic(Protocol):
    """What a module of this folder defines as ``CRITIC``."""

    def __call__(self, *, channels: int, patch: int, features: int) -> nn.Module:
        """The critic, as training begins."""
        ...


CRITICS: Catalog[MakeCritic] = Catalog("restorekit.training.critics", "CRITIC", "critic")
