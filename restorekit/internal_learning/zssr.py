"""ZSSR: super-resolution that is learned inside the photo, without any other.

What the photo, made smaller, has lost is learned by a small network; then the photo itself is
enlarged by bicubic, and the network adds what that has lost::

    result = R(photo enlarged),    R = argmin |R(photo made smaller, enlarged) - photo|

The photo is made smaller as it was made itself: by bicubic alone, with the blur before it that is
told, or by the kernel alone where that is told as all of how it became small. A photo with noise
``sigma`` is learned from smaller ones as noisy: R then takes the noise away, too. The result is the
median of eight orientations, corrected until it explains the photo (back-projection), but not its
noise.

Scales are reached step by step: what is found at a smaller one is learned from at the next.

It is best where a photo repeats itself, as windows of a house do, and where the blur is told that
other networks were not taught. It invents nothing, so that textures stay soft. Noise that is not
told stays, and is sharpened.

A. Shocher, N. Cohen, M. Irani, "Zero-shot" super-resolution using deep internal learning, CVPR
2018, section 3. Of a photo beyond half a megapixel only parts are learned from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from restorekit.contracts import DownScaling, Size, Task
from restorekit.internal_learning._lesson import Budget, Lesson
from restorekit.kernels import delta
from restorekit.tiling import grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from restorekit.contracts import Band, Bits, Image, Kernel, OnTile, Psf, Resample

TICKS = 100
"""Calls of ``on_tile`` while it learns for one scale."""
OVERLAP = 32
"""Pixels of the photo that tiles share: beyond half of it nothing was measured to matter."""
LARGEST_RESULT = 768
"""Side of a tile's result: half a gigabyte while the network runs."""


@dataclass(frozen=True, eq=False)
class ZSSR:
    """Learns from each photo anew; see the module's text."""

    scale: int = 2
    kernel: Kernel = field(default_factory=delta)
    """The blur of photos, at the size of the result, before bicubic made them small; or all of how
    they became small, by ``scale``."""
    sigma: float | None = 0.0
    """Standard deviation of the noise in levels of 255; None: estimated. That is not the default,
    since in small photos fine detail is taken for noise: 12 levels in one of Set5."""
    seed: int = 0
    """Of what the network begins with, and of the crops."""
    device: torch.device | None = None
    """Where it learns and runs; None: on the CPU."""
    budget: Budget = field(default_factory=Budget)
    name: Literal["zssr"] = "zssr"
    task: Task = "sr"
    title: str = "learned inside the photo: no weights, any blur"
    resample: Resample = "lanczos"
    enlarged: Literal[False] = False
    takes_kernel: Literal[True] = True
    takes_sigma: Literal[True] = True

    def at_scale(self, scale: int) -> ZSSR:
        """See :class:`restorekit.contracts.Scalable`."""
        if isinstance(self.kernel, DownScaling):
            self.kernel.check_scale(scale)
        return self if scale == self.scale else replace(self, scale=scale)

    def with_kernel(self, psf: Psf) -> ZSSR:
        """See :class:`restorekit.contracts.Deblurrer`."""
        return replace(self, kernel=psf)

    def with_down_scaling(self, kernel: DownScaling) -> ZSSR:
        """See :class:`restorekit.contracts.Enlarger`; it then enlarges by the kernel's scale."""
        return replace(self, kernel=kernel, scale=kernel.scale)

    def with_sigma(self, sigma: float | None) -> ZSSR:
        """See :class:`restorekit.contracts.Denoiser`."""
        return replace(self, sigma=sigma)

    def with_seed(self, seed: int) -> ZSSR:
        """See :class:`restorekit.contracts.InternalLearner`."""
        return replace(self, seed=seed)

    def on_device(self, device: torch.device) -> ZSSR:
        """See :class:`restorekit.contracts.InternalLearner`."""
        return replace(self, device=device)

    @property
    def _psf(self) -> Psf:
        return self.kernel.psf if isinstance(self.kernel, DownScaling) else self.kernel

    @property
    def overlap(self) -> int:
        """Pixels of the photo that tiles share; a blur reaches further."""
        return OVERLAP + 2 * -(-(len(self._psf) // 2) // self.scale)

    @property
    def tile(self) -> int:
        """The largest side of a tile of the photo."""
        return max(LARGEST_RESULT // self.scale, 3 * self.overlap)

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`; what is learned counts, too."""
        plan = grid(*size, tile=self.tile, overlap=self.overlap, scale=self.scale)
        return TICKS * len(self._lesson(0).steps(size)) + plan.tiles

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`.

        The same seed gives the same picture on the same CPU; GPUs do not sum in a fixed order.
        """
        import torch

        from restorekit.images.convolution import check_room
        from restorekit.inference.conditions import level_of
        from restorekit.inference.restorer import NetworkRestorer
        from restorekit.internal_learning._taught import taught

        check_room(self._psf, image, self.scale)
        device = self.device or torch.device("cpu")
        size = Size(*image.shape[:2])
        lesson, every = self._lesson(level_of(image, self.sigma)), self.tiles(size)
        ticks = _Ticks(on_tile, every, self.budget.iterations)
        network = taught(image, lesson, device, overlap=self.overlap, on_iteration=ticks)
        restorer = NetworkRestorer(
            network, name=self.name, device=device, precision="fp32", tile=self.tile
        )
        yield from restorer.bands(image, bits=bits, on_tile=ticks.tile)

    def _lesson(self, noise: float) -> Lesson:
        kernel = self.kernel if len(self._psf) > 1 else None
        return Lesson(self.scale, kernel, noise, self.seed, self.budget)


class _Ticks:
    """Counts iterations, in hundredths of each step, and the tiles that follow."""

    def __init__(self, on_tile: OnTile | None, every: int, iterations: int) -> None:
        self._on_tile = on_tile
        self._every = every
        self._iterations = iterations
        self._told = 0

    def __call__(self, step: int, done: int) -> None:
        reached = TICKS * (step + done / self._iterations)
        while self._told + 1 <= reached:
            self.tile()

    def tile(self, *_: int) -> None:
        self._told += 1
        if self._on_tile is not None:
            self._on_tile(self._told, self._every)


RESTORER = ZSSR()
