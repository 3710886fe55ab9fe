"""What restores a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import torch

    from restorekit.contracts.down_scaling import DownScaling
    from restorekit.contracts.kernel_map import Cells
    from restorekit.contracts.network import Psf
    from restorekit.contracts.picture import Band, Bits, Image, OnTile, Resample, Size


class Restorer(Protocol):
    """Anything that restores a picture: a network, an interpolation, a median filter.

    A restorer pads, tiles and crops by itself; no caller knows what sizes it needs. Grey in is
    grey out, colour in is colour out.
    """

    @property
    def name(self) -> str:
        """The name that users type."""
        ...

    @property
    def scale(self) -> int:
        """The result is this many times as high and as wide as the picture."""
        ...

    @property
    def resample(self) -> Resample:
        """The filter that brings the result to a size other than ``scale`` times the input."""
        ...

    @property
    def enlarged(self) -> bool:
        """Whether the picture must have the size of the result before it comes here."""
        ...

    def tiles(self, size: Size) -> int:
        """How many times ``on_tile`` is called for a picture of this size."""
        ...

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """Restore ``image``, ``(H, W, 1 or 3)`` float32 in ``[0, 1]``.

        Yields bands ``(h, W * scale, C)`` that follow one another without gap or overlap from row
        0 to row ``H * scale``, clipped to ``[0, 1]`` and rounded to ``bits``.

        Raises:
            RunError: The network cannot be run on this device.
        """
        ...


@runtime_checkable
class Denoiser(Restorer, Protocol):
    """A restorer that can be told how strong the noise is."""

    @property
    def sigma(self) -> float | None:
        """Standard deviation of the noise in levels of 255; None: estimated for each picture."""
        ...

    @property
    def takes_sigma(self) -> bool:
        """Whether that changes anything: some networks find the noise by themselves."""
        ...

    def with_sigma(self, sigma: float | None) -> Denoiser:
        """The same for noise of this strength."""
        ...


@runtime_checkable
class Deblurrer(Restorer, Protocol):
    """A restorer that can be told the blur kernel."""

    @property
    def takes_kernel(self) -> bool:
        """Whether it can be told: most networks cannot."""
        ...

    def with_kernel(self, psf: Psf) -> Deblurrer:
        """The same for photos with this blur, at the size of the result.

        Raises:
            UsageError: It is told no kernels, or knows none like this.
        """
        ...


@runtime_checkable
class Enlarger(Deblurrer, Protocol):
    """A restorer that can be told all of how a photo became small."""

    def with_down_scaling(self, kernel: DownScaling) -> Enlarger:
        """The same for photos that were made small like this.

        Raises:
            UsageError: It is told no kernels, none of this scale, or knows none like this.
        """
        ...


@runtime_checkable
class LightChoosing(Restorer, Protocol):
    """A restorer that can work in linear light, where lens and shake blur, and not in sRGB."""

    def in_linear_light(self) -> LightChoosing:
        """The same, working there; photos come and go in sRGB all the same."""
        ...


@runtime_checkable
class Pluggable(Restorer, Protocol):
    """A restorer that takes its idea of clean pictures from a denoiser."""

    def with_denoiser(self, denoiser: Denoiser) -> Pluggable:
        """The same with this one, which must know what it is told of the noise."""
        ...


@runtime_checkable
class Blind(Restorer, Protocol):
    """A restorer that finds out what spoiled a photo before it restores it."""

    def prepared(self, image: Image) -> tuple[Restorer, str]:
        """What restores ``image``, ``(H, W, 1 or 3)``, and in a line what was found.

        Raises:
            UsageError: The photo is too small for that.
        """
        ...


@runtime_checkable
class Gridded(Blind, Protocol):
    """One that can find out what spoiled each part of a photo by itself."""

    def with_grid(self, cells: Cells) -> Gridded:
        """The same, looking at each cell of a grid.

        Raises:
            UsageError: The grid cannot be meant.
        """
        ...


@runtime_checkable
class Reducing(Restorer, Protocol):
    """A restorer that works on a smaller copy of a large picture."""

    def work_size(self, size: Size) -> Size:
        """The size at which it works on a picture of this size."""
        ...


@runtime_checkable
class Scalable(Restorer, Protocol):
    """A restorer that can enlarge as many times as the result asks for."""

    def at_scale(self, scale: int) -> Restorer:
        """What enlarges to another scale, at least 1, or to the nearest there is."""
        ...


@runtime_checkable
class InternalLearner(Restorer, Protocol):
    """A restorer that learns from the photo itself before it restores it."""

    def on_device(self, device: torch.device) -> InternalLearner:
        """The same, learning and running there."""
        ...

    def with_seed(self, seed: int) -> InternalLearner:
        """The same with another seed of all that is drawn while it learns."""
        ...


@runtime_checkable
class Exemplified(Restorer, Protocol):
    """A restorer that needs photos to take its examples from."""

    @property
    def identity(self) -> str:
        """Changes whenever the examples do."""
        ...

    def with_examples(
        self,
        folder: Path,
        *,
        kept: Path | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> Exemplified:
        """The same with examples from the photos in ``folder``.

        Args:
            folder: Looked into with the folders in it.
            kept: Where what was made of the photos is kept for another time; None: nowhere.
            on_note: Told what takes time, and which photos cannot serve.

        Raises:
            UsageError: There is no such folder, or no photo in it that can serve.
        """
        ...
