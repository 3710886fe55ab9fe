"""Steps: what every degradation does around its own arithmetic."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from restorekit.degradations._parameters import Parameters, Range, name_of
from restorekit.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from restorekit.contracts import Image, Psf, Size

Seed = Annotated[int | None, Range(0, 2**63 - 1)]
"""Of a generator of random numbers; None: still to be drawn."""

OddSide = Annotated[int | None, Range(1, 255, step=2)]
"""Of a kernel in pixels; None: what suits its width."""


@dataclass(frozen=True)
class Step(Parameters, ABC):
    """One degradation: frozen, callable, written as a step of a chain."""

    def __call__(self, image: Image, start: Size | None = None) -> Image:  # noqa: ARG002
        """Spoil ``image``, as the contract of degradations says.

        Raises:
            UsageError: An array of another form, or chance without a seed.
        """
        check_form(image, name_of(type(self)))
        return image if self._is_neutral else self._clipped(self._apply(image))

    @property
    def _is_neutral(self) -> bool:
        """Whether nothing is changed; never, where there is no strength."""
        return False

    @abstractmethod
    def _apply(self, image: Image) -> Image:
        """A new array, whose values may be out of range."""

    def _clipped(self, image: Image) -> Image:
        import numpy as np

        return np.clip(image, 0, 1, out=image)


@dataclass(frozen=True)
class Blur(Step):
    """A degradation that is a convolution, mirrored at the edges: ``y = k * x``."""

    def psf(self) -> Psf:
        """The kernel, ``(n, n)``; that of one pixel where nothing is blurred."""
        from restorekit.kernels import delta

        return delta() if self._is_neutral else self._psf()

    @abstractmethod
    def _psf(self) -> Psf:
        """The kernel of a blur."""

    def _apply(self, image: Image) -> Image:
        from restorekit.images.convolution import convolve

        return convolve(image, self._psf())


@dataclass(frozen=True)
class RandomStep(Step):
    """A degradation with chance in it, which its seed settles: the same seed, the same picture.

    That holds as far as NumPy's generators keep their streams, which a new version may change.
    """

    seed: Seed = field(default=None, kw_only=True)

    @property
    def is_random(self) -> bool:
        """Whether these parameters leave anything to chance."""
        return True

    def _generator(self) -> np.random.Generator:
        """A fresh generator of the seed.

        Raises:
            UsageError: The seed is still to be drawn.
        """
        import numpy as np

        if self.seed is None:
            raise UsageError(f"{self} has no seed", hint="give it one, or draw it from a recipe")
        return np.random.default_rng(self.seed)


def check_form(image: Image, name: str) -> None:
    """As ``check_image``, but for the range: noise may be left unclipped on purpose.

    Raises:
        UsageError: No picture of ``(H, W, 1 or 3)`` float32; ``name`` is what wanted one.
    """
    if (
        image.ndim != 3
        or image.shape[2] not in {1, 3}
        or str(image.dtype) != "float32"
        or not image.size
    ):
        raise UsageError(
            f"{name} takes another form of picture",
            expected="(H, W, 1 or 3) float32",
            got=f"{image.shape} {image.dtype}",
        )
