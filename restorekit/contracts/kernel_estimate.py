"""What finds the kernel by which a photo was blurred, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch

    from restorekit.contracts.network import Psf
    from restorekit.contracts.picture import Image, OnTile

BlurKind = Literal["motion", "defocus", "downscale"]
"""The camera shook; it was out of focus; the photo was made smaller."""


@dataclass(frozen=True, eq=False)
class KernelEstimate:
    """The kernel of one photo, and how far it can be trusted."""

    psf: Psf
    """``(n, n)`` float64, n odd, that sums to 1; see ``restorekit/kernels.py``."""
    confidence: float
    """From 0, it may be anything, to 1."""
    reliable: bool
    """Whether that is enough, by the method's own measure."""
    scale: int = 1
    """After the blur every ``scale``-th pixel was taken, from the first on; the kernel is of the
    size of the picture before that, and its middle is shifted as ``kernels.bicubic``'s is."""
    uneven: bool = False
    """Whether the blur differs so much over the photo that no one kernel serves it."""
    alternatives: tuple[Psf, ...] = ()
    """What single attempts found, where there were several."""


class KernelEstimator(Protocol):
    """A method that looks at a photo and finds its blur."""

    @property
    def name(self) -> str:
        """The name that users type."""
        ...

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        ...

    @property
    def kind(self) -> BlurKind:
        """The blur that it looks for."""
        ...

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        """The kernel of ``image``, ``(H, W, 1 or 3)`` float32 in ``[0, 1]``.

        Raises:
            UsageError: The photo is too small for it.
        """
        ...


@runtime_checkable
class SizedKernel(KernelEstimator, Protocol):
    """A method that can be told how large the kernel may be."""

    def with_size(self, size: int) -> KernelEstimator:
        """The same, looking for a kernel within ``size`` x ``size`` pixels, size odd."""
        ...


@runtime_checkable
class LearnedKernel(KernelEstimator, Protocol):
    """A method that learns how a photo was made smaller, several times with chances of its own."""

    def at_scale(self, scale: int) -> LearnedKernel:
        """The same for photos that were made this many times smaller."""
        ...

    def on_device(self, device: torch.device) -> LearnedKernel:
        """The same, learning there."""
        ...

    def with_seeds(self, seeds: tuple[int, ...]) -> LearnedKernel:
        """The same with other seeds, all different."""
        ...
