"""Where the models' input comes from: made by a chain of degradations, or there already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from restorekit.contracts import Deblurrer, Denoiser
from restorekit.degradations import Blur, parse, psf_of, sigma_of
from restorekit.errors import UsageError
from restorekit.images.kernel_files import read_kernel
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from restorekit.contracts import Image, Psf, Restorer
    from restorekit.degradations import Chain
    from restorekit.images.protocols import Bytes


class Told(NamedTuple):
    """What is known of a photo, for models that can be told it."""

    psf: Psf | None = None
    """The kernel of its blur; None: none is known."""
    sigma: float | None = None
    """Standard deviation of its noise in levels of 255; None: left to be estimated."""

    def to(self, restorer: Restorer) -> Restorer:
        """The restorer, told what it can be told; others are measured beside it as they are.

        Raises:
            UsageError: It can be told, and knows no such kernel.
        """
        if self.psf is not None and isinstance(restorer, Deblurrer) and restorer.takes_kernel:
            restorer = restorer.with_kernel(self.psf)
        if self.sigma is not None and isinstance(restorer, Denoiser):
            restorer = restorer.with_sigma(self.sigma)
        return restorer


class Inputs(Protocol):
    """The degraded photos of an evaluation; ``str`` says how they are made."""

    def reference(self, photo: Bytes) -> Bytes:
        """What the results are measured against, ``(H, W, C)``: ``photo`` or a part of it.

        Raises:
            PhotoError: Nothing is left of it.
        """
        ...

    def __call__(self, reference: Bytes, name: str) -> Image:
        """The input for ``reference``: ``(h, w, C)`` float32, in [0, 1] where it is rounded.

        Args:
            reference: As :meth:`reference` gives it.
            name: The photo's: its noise is the same whatever is evaluated beside it.

        Raises:
            PhotoError: It cannot be read.
            UsageError: It cannot be made of this photo, or does not suit it.
        """
        ...

    def told(self, name: str) -> Told:
        """What models are told of the input for the photo called ``name``."""
        ...


@dataclass(frozen=True)
class Chained:
    """Made from each photo by a chain, and rounded to 8 bits: the pixels of ``restorekit degrade``.

    Raises:
        UsageError: The chain cannot be read, or has no step.
    """

    chain: str
    """Such as ``camera_shake(60)|gaussian_noise(2)``; it keeps the size."""
    photos: Mapping[str, Path]
    """The references by name: each file draws its own of what the chain leaves to chance."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not parse(self.chain).terms:
            raise UsageError("--degradation is empty", expected="such as mixed_blur(2)")

    def __str__(self) -> str:
        return f"{self.chain}, seed {self.seed}|quantize(8)"

    def reference(self, photo: Bytes) -> Bytes:
        """See :class:`Inputs`."""
        return photo

    def settled(self, name: str) -> Chain:
        """The chain for the photo called ``name``."""
        return parse(self.chain).settled(self.photos[name].name, self.seed)

    def __call__(self, reference: Bytes, name: str) -> Image:
        """See :class:`Inputs`."""
        degraded = self.settled(name)(to_float(reference))
        if degraded.shape[:2] != reference.shape[:2]:
            raise UsageError(f"{self.chain} changes the size", expected="a chain that keeps it")
        return to_float(to_integers(degraded, 8))

    def told(self, name: str) -> Told:
        """Kernel and white noise of the photo's chain."""
        chain = self.settled(name)
        blurred = any(isinstance(step, Blur) for step in chain.steps)
        return Told(psf_of(chain) if blurred else None, sigma_of(chain) or None)


@dataclass(frozen=True)
class Given:
    """Degraded photos that are there already.

    Raises:
        UsageError: A sigma or a kernel that cannot be meant.
    """

    degraded: Mapping[str, Path]
    """By the names of their references."""
    scale: int = 1
    """References are this many times as high and as wide."""
    kernel: str | None = None
    """Of all of them, as :func:`restorekit.images.kernel_files.read_kernel` reads it."""
    sigma: float | None = None
    """Of their noise, in levels of 255; None: not known."""

    def __post_init__(self) -> None:
        if self.sigma is not None and not 0 <= self.sigma <= 255:
            raise UsageError("--sigma", expected="0 to 255", got=f"{self.sigma:g}")
        if self.kernel is not None:
            read_kernel(self.kernel)

    def __str__(self) -> str:
        told = [f"kernel {self.kernel}"] if self.kernel else []
        told += [f"sigma {self.sigma:g}"] if self.sigma is not None else []
        return "others" + f" ({', '.join(told)})" * bool(told)

    def reference(self, photo: Bytes) -> Bytes:
        """See :class:`Inputs`."""
        return photo

    def __call__(self, reference: Bytes, name: str) -> Image:
        """See :class:`Inputs`."""
        path = self.degraded[name]
        pixels = read_bytes(path, name=str(path))
        height, width = (side * self.scale for side in pixels.shape[:2])
        if (height, width) != reference.shape[:2]:
            raise UsageError(
                f"{path} does not suit its reference",
                expected=f"{reference.shape[1]}x{reference.shape[0]}",
                got=f"{width}x{height}",
            )
        return to_float(pixels)

    def told(self, name: str) -> Told:
        """The same for all."""
        del name
        return Told(None if self.kernel is None else read_kernel(self.kernel), self.sigma)
