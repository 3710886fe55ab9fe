"""How a photo became small, where that is one kernel alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.contracts.network import Psf


@dataclass(frozen=True, eq=False)
class DownScaling:
    """A kernel, after which every ``scale``-th pixel is taken, from the first on.

    A kernel by itself is a blur: bicubic makes the photo smaller after that.
    """

    psf: Psf
    """Of the size of the large picture; its centre of mass is ``(scale - 1) / 2`` pixels before its
    middle along both axes, so that small pixels lie amid the large ones that they stand for."""
    scale: int
    """At least 2."""

    def check_scale(self, scale: int) -> None:
        """Refuse another scale than its own.

        Raises:
            UsageError: It is another.
        """
        if scale != self.scale:
            raise UsageError(
                f"the kernel tells how a photo became {self.scale} times smaller",
                expected=f"--scale {self.scale}",
                got=str(scale),
            )
