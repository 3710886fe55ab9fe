"""The input as a model among the others: what restoring must be better than."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from restorekit.contracts import Band
from restorekit.errors import UsageError
from restorekit.zoo.restorers import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Bits, Image, OnTile, Resample, Size, Task

INPUT = "input"
"""Its name among the models."""


@dataclass(frozen=True)
class Untouched:
    """Gives every picture as it came, clipped to what a file can hold."""

    name: str = INPUT
    scale: Literal[1] = 1
    resample: Resample = "bicubic"
    enlarged: Literal[False] = False

    def tiles(self, size: Size) -> int:  # noqa: ARG002
        """One, whatever the size; see :class:`restorekit.contracts.Restorer`."""
        return 1

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        import numpy as np

        from restorekit.images.quantize import to_integers

        rows = np.clip(image, 0, 1)
        yield Band(0, rows if bits == 32 else to_integers(rows, bits))
        if on_tile is not None:
            on_tile(1, 1)


def untouched(task: Task) -> Loaded:
    """The input of ``task``, ready to be measured.

    Raises:
        UsageError: It is smaller than the truth.
    """
    if task == "sr":
        raise UsageError("the input of sr is smaller than the truth", hint="-m bicubic enlarges it")
    return Loaded((Untouched(),), INPUT, {"model": INPUT, "licence": "none needed"})
