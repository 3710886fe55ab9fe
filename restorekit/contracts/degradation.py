"""What spoils a picture: the other half of every training pair, and of every test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from restorekit.contracts.picture import Image


class Degradation(Protocol):
    """A degradation whose parameters are all settled, the seed of its noise included.

    It gives the same result every time. ``str`` gives the text from which
    ``restorekit.degradations`` makes it again, such as ``gaussian_noise(25, seed=7)``; several are
    joined by ``|``, the first one to be applied first.
    """

    def __call__(self, image: Image) -> Image:
        """Spoil ``image``, ``(H, W, 1 or 3)`` float32 in ``[0, 1]``, which is not changed.

        Returns:
            float32 with as many channels; of another size where the degradation is one of size.
        """
        ...


class DegradationFamily(NamedTuple):
    """What a module in ``degradations/`` defines as ``DEGRADATION``."""

    title: str
    """What it is, in a few words."""
    make: Callable[..., Degradation]
    """From its parameters in the order of the text, or by name; UsageError if out of range."""
    draw: Callable[[np.random.Generator], Degradation]
    """One with parameters drawn from the ranges that the module documents."""
    neutral: Degradation | None
    """One that changes nothing, bit for bit; None for those that have no strength."""
