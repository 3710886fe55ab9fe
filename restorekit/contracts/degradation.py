"""What spoils a picture: the other half of every training pair, and of every test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from restorekit.contracts.picture import Image, Size


class Degradation(Protocol):
    """A degradation whose parameters are all settled, the seed of its noise included.

    It gives the same result every time. ``str`` gives the text from which
    ``restorekit.degradations.parse`` makes it again, such as ``gaussian_noise(25, seed=7)``;
    several are joined by ``|``, the first one to be applied first.
    """

    def __call__(self, image: Image, start: Size | None = None) -> Image:
        """Spoil ``image``, which is not changed; one that changes nothing gives it back itself.

        Args:
            image: ``(H, W, 1 or 3)`` float32 in ``[0, 1]``.
            start: The size of the picture that the chain began with, where there is one: some
                sizes are told as a share of that.

        Returns:
            float32 in ``[0, 1]`` with as many channels (luma: one), of another size where the
            degradation is one of size.
        """
        ...


@runtime_checkable
class Composite(Protocol):
    """A recipe of a paper: which degradations follow one another is still to be drawn."""

    def draw(self, rng: np.random.Generator) -> Degradation:
        """The chain that ``rng`` draws."""
        ...


class DegradationFamily(NamedTuple):
    """What a module in ``degradations/`` defines as ``DEGRADATION``.

    The texts are chains, in which ``[a, b]`` stands for a value drawn from a to b, and a list of
    anything else for one of its entries.
    """

    title: str
    """What it is, in a few words."""
    make: Callable[..., Degradation | Composite]
    """A dataclass of parameters in the order of the text; UsageError if out of range."""
    typical: str
    """A strength that everybody sees, such as ``gaussian_noise(25)``."""
    drawn: str
    """The parameters as the field's papers draw them, such as ``gaussian_noise([0, 50])``."""
    neutral: str | None
    """What changes nothing, bit for bit; None for those that have no strength."""
    needs_file: bool = False
    """Whether it runs a file of the user's: the texts name one that is not there."""
