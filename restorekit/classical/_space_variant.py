"""A photo whose blur differs from place to place: undone cell by cell, and blended.

Each cell of the map is restored with its own kernel as far as the middles of its neighbours, and
the results are added up with weights that sum to one: a cell's weight is 1 in its middle and falls
to 0 towards those middles, as half a wave of a cosine, so that no seam is to be seen::

    x = sum over c of w_c restored(y, k_c)

After the efficient filter flow of M. Hirsch, S. Sra, B. Schoelkopf, S. Harmeling, Efficient filter
flow for space-variant multiframe blind deconvolution, CVPR 2010, section 3. There the weights cut
the sharp picture into overlapping patches, inside of one deconvolution; here they blend the results
of several, so that every method that can be told a kernel can be told a map. The cells are those
of :mod:`restorekit.classical._denser_map`, more than the map has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from restorekit.classical._deconvolution import UNTOLD, Deconvolution
from restorekit.classical._denser_map import denser
from restorekit.contracts import Band, Cells, Deblurrer, Denoiser, LightChoosing, Size
from restorekit.errors import UsageError
from restorekit.images.noise_level import noise_level
from restorekit.images.quantize import to_integers
from restorekit.tiling import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from restorekit.contracts import Bits, Image, KernelMap, OnTile, Resample

REACH = 1
"""Sides of the kernel beyond a cell's weights that are seen with it."""
LEAST_REACH = 16
"""Pixels that are seen there however small the kernel is."""
ONE = Cells(1, 1)


class Strip(NamedTuple):
    """Where a row or a column of cells counts."""

    number: int
    """Of the row or the column."""
    span: Span
    weights: npt.NDArray[np.float32]
    """For each pixel of the span; above 0."""
    seen: Span
    """What is restored with it."""

    @property
    def own(self) -> slice:
        """The span's place in what is seen."""
        start = self.span.start - self.seen.start
        return slice(start, start + len(self.span))


def strips(length: int, count: int, reach: int) -> list[Strip]:
    """The rows or columns of cells along an axis; their weights sum to one in every pixel.

    Args:
        length: Of the axis in pixels.
        count: Of the cells. Where there are more than pixels, some of them count nowhere.
        reach: Pixels beyond those where it counts that are seen with each.
    """
    middles = (np.arange(count) + 0.5) * length / count - 0.5
    found: list[Strip] = []
    for number in range(count):
        line = np.interp(np.arange(length), middles, np.arange(count) == number)
        (places,) = np.nonzero(line)
        if len(places):
            span = Span(int(places[0]), int(places[-1]) + 1)
            wave = (1 - np.cos(np.pi * line[span.start : span.stop])) / 2
            seen = Span(max(0, span.start - reach), min(length, span.stop + reach))
            found.append(Strip(number, span, wave.astype(np.float32), seen))
    return found


@dataclass(frozen=True)
class SpaceVariant:
    """Restores photos with the blur of a map.

    The noise, where it is not told, is estimated once for the whole photo. A map of one kernel is
    that kernel.
    """

    restorer: Deblurrer
    """Told the kernel of each cell; gives pictures of the size that they had."""
    kernels: KernelMap
    scale: Literal[1] = 1
    enlarged: Literal[False] = False

    @property
    def name(self) -> str:
        """The restorer's."""
        return self.restorer.name

    @property
    def resample(self) -> Resample:
        """See :class:`restorekit.contracts.Restorer`."""
        return self.restorer.resample

    def in_linear_light(self) -> SpaceVariant:
        """See :class:`restorekit.contracts.LightChoosing`.

        Raises:
            UsageError: The restorer cannot.
        """
        if isinstance(self.restorer, LightChoosing):
            linear = self.restorer.in_linear_light()
            if isinstance(linear, Deblurrer):
                return replace(self, restorer=linear)
        raise UsageError(f"{self.name} knows photos in sRGB alone", hint="leave out --linear")

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`; a cell is one."""
        cells = denser(self.kernels, size).cells
        return self.restorer.tiles(size) if cells == ONE else cells.rows * cells.columns

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`.

        Raises:
            UsageError: A kernel is larger than the picture.
        """
        kernels = denser(self.kernels, Size(*image.shape[:2]))
        if kernels.cells == ONE:
            same = self.restorer.with_kernel(kernels.psfs[0, 0])
            yield from same.bands(image, bits=bits, on_tile=on_tile)
            return
        for top, rows in blended(settled(self.restorer, image), kernels, image, on_tile):
            yield Band(top, to_integers(rows.clip(0, 1), bits) if bits != 32 else rows.clip(0, 1))


def settled(restorer: Deblurrer, image: Image) -> Deblurrer:
    """The restorer, told how noisy the whole photo is where it has to be told."""
    if isinstance(restorer, Denoiser) and restorer.takes_sigma and restorer.sigma is None:
        least = restorer.least_noise if isinstance(restorer, Deconvolution) else UNTOLD
        told = restorer.with_sigma(max(noise_level(image), least))
        return told if isinstance(told, Deblurrer) else restorer
    return restorer


def blended(
    restorer: Deblurrer, kernels: KernelMap, image: Image, on_tile: OnTile | None = None
) -> Iterator[Band]:
    """Bands of the sum of all cells, ``(h, W, C)`` float32, once no later cell changes them.

    Args:
        restorer: Told the kernel of each cell.
        kernels: Of which each cell is restored by itself.
        image: ``(H, W, C)``.
        on_tile: Told of each cell that is done.
    """
    (height, width), (rows, columns) = image.shape[:2], kernels.cells
    reach = max(LEAST_REACH, REACH * kernels.psfs.shape[-1])
    lines, uprights = strips(height, rows, reach), strips(width, columns, reach)
    carried, done = np.zeros((0, *image.shape[1:]), np.float32), 0
    ends = [*(it.span.start for it in lines[1:]), height]
    for down, end in zip(lines, ends, strict=True):
        band = np.zeros((len(down.span), *image.shape[1:]), np.float32)
        band[: len(carried)] = carried
        for across in uprights:
            cell = restorer.with_kernel(kernels.psfs[down.number, across.number])
            part = image[_slice(down.seen), _slice(across.seen)]
            result = np.concatenate([it.rows for it in cell.bands(part)])[down.own, across.own]
            weights = down.weights[:, None, None] * across.weights[:, None]
            band[:, _slice(across.span)] += weights * result
            done += 1
            if on_tile is not None:
                on_tile(done, len(lines) * len(uprights))
        final = end - down.span.start
        carried = band[final:]
        yield Band(down.span.start, band[:final])


def _slice(span: Span) -> slice:
    return slice(span.start, span.stop)
