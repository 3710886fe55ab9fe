"""A network as a restorer: tile by tile, each result checked, blended into bands of whole rows.

The picture and the result stay in main memory; a tile at a time is on the device, and with it the
rows of tiles that are being blended.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from restorekit.contracts import Band
from restorekit.errors import NumericalError, OutOfMemoryError
from restorekit.images.convolution import check_room
from restorekit.images.protocols import STUDIO_LUMA
from restorekit.inference.arrays import to_array
from restorekit.inference.conditions import blur_told, check_kernel, level_of, nothing_to_do, told
from restorekit.inference.memory import is_out_of_memory, largest_tile, main_memory_tile, release
from restorekit.inference.precision import DTYPES, higher, lower, memory_format
from restorekit.inference.surroundings import Surrounded, padded, without
from restorekit.kernels import delta
from restorekit.tiling import Grid, grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from restorekit.contracts import (
        AnyRows,
        Bits,
        DownScaling,
        Image,
        Network,
        OnTile,
        Precision,
        Psf,
        Resample,
        Size,
    )

LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601: how much of grey each of red, green and blue is."""
STUDIO = tuple(part / 255 for part in STUDIO_LUMA)
"""How much of BT.601's studio-range luma each of red, green and blue is."""
SMALLEST = 32
"""Pixels of a tile beyond its overlap, below which running out of memory is final."""


@dataclass
class _Learned:
    """How the network runs here: what one photo taught serves the next, whatever its noise."""

    module: torch.nn.Module
    """The network on the device, in the precision."""
    precision: Precision
    tile: int | None
    """The largest side of a tile; None: not measured yet."""
    limit: int | None = None
    """The largest side that fitted after running out of memory."""


class NetworkRestorer:
    """Runs a network on pictures of any size.

    Args:
        network: The network with its weights.
        name: What users call it.
        device: Where it runs.
        precision: In which it runs; see ``inference.device.choose_precision``.
        tile: The largest side of a tile in pixels of the input; 0 for the whole picture; None for
            what the device's memory allows.
        sigma: Of the noise in levels of 255, for networks that take it; None: estimated for each
            picture.
        on_note: Told, in a sentence, when a tile is halved or a precision is raised.
    """

    resample: Resample = "lanczos"

    def __init__(
        self,
        network: Network,
        *,
        name: str,
        device: torch.device,
        precision: Precision,
        tile: int | None = None,
        sigma: float | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self.network = network
        self.name = name
        self.scale = network.scale
        self.sigma = sigma
        self.psf = delta()
        self.enlarged = network.enlarged
        self.device = device
        self._note: Callable[[str], None] = on_note or (lambda _: None)
        self._learned = _Learned(lower(network, device, precision), precision, tile)
        if tile:
            self.plan(1, 1, tile)  # refuses a tile within its own overlap before any work
        self._noise = 0.0  # of the picture that is being restored, 1 being the whole range

    @property
    def precision(self) -> Precision:
        """In which the network runs: raised where numbers overflowed."""
        return self._learned.precision

    @property
    def tile(self) -> int:
        """The largest side of a tile, 0 for the whole picture. Measured when first asked for."""
        if self._learned.tile is None:
            self._learned.tile = (
                main_memory_tile(self.network)
                if self.device.type == "cpu"
                else largest_tile(self.device, self._run_blank, self.network)
            )
        return self._learned.tile

    def plan(self, height: int, width: int, tile: int | None = None) -> Grid:
        """The tiles of a picture of this size."""
        return grid(
            height,
            width,
            tile=self.tile if tile is None else tile,
            overlap=self.network.overlap,
            scale=self.scale,
            requirements=self.network.size_requirements,
            reach=self.network.receptive_field,
        )

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`."""
        return self.plan(*(it + 2 * self.network.surroundings for it in size)).tiles

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        # Torch can share neither memory that is read-only nor rows that run backwards.
        picture = torch.from_numpy(np.require(image, requirements=("C", "W")))
        check_room(self.psf, image, self.scale)
        if self.network.noise_map:
            self._noise = level_of(image, self.sigma, self.network.channels)
        top = 0
        for rows in self._whole(picture, on_tile):
            yield Band(top, to_array(rows, bits))
            top += len(rows)

    @property
    def takes_sigma(self) -> bool:
        """See :class:`restorekit.contracts.Denoiser`."""
        return self.network.noise_map

    def with_sigma(self, sigma: float | None) -> NetworkRestorer:
        """See :class:`restorekit.contracts.Denoiser`; weights and what is learned are shared."""
        other = copy.copy(self)
        other.sigma = sigma
        return other

    @property
    def takes_kernel(self) -> bool:
        """See :class:`restorekit.contracts.Deblurrer`."""
        return self.network.kernel_maps is not None

    def with_kernel(self, psf: Psf) -> NetworkRestorer:
        """See :class:`restorekit.contracts.Deblurrer`; weights and what is learned are shared."""
        check_kernel(self.network, self.name, psf)
        other = copy.copy(self)
        other.psf = psf
        return other

    def with_down_scaling(self, kernel: DownScaling) -> NetworkRestorer:
        """See :class:`restorekit.contracts.Enlarger`; told the nearest blur before bicubic."""
        return self.with_kernel(blur_told(self.network, self.name, kernel))

    def _whole(self, picture: Tensor, on_tile: OnTile | None) -> Iterator[Tensor]:
        margin = self.network.surroundings
        if not margin:
            return self._blend(picture, self.plan(*picture.shape[:2]), on_tile)
        seen = Surrounded(picture, margin)
        bands = self._blend(seen, self.plan(*seen.shape[:2]), on_tile)
        return without(bands, margin * self.scale, picture.shape[0] * self.scale)

    def _blend(
        self, picture: Tensor | Surrounded, plan: Grid, on_tile: OnTile | None
    ) -> Iterator[Tensor]:
        """Float bands ``(h, W * scale, C)`` on the device, once no later tile changes them."""
        s, done = self.scale, 0
        width, channels = picture.shape[1] * s, self._channels_made(picture.shape[2])
        carried: Tensor | None = None
        starts = [span.start for span in plan.rows.spans[1:]]
        ends = [*starts, picture.shape[0]]
        for span, row_weights, end in zip(*plan.rows, ends, strict=True):
            band = torch.zeros((len(span) * s, width, channels), device=self.device)
            if carried is not None:
                band[: len(carried)] += carried
            for columns, weights in zip(*plan.columns, strict=True):
                tile = picture[span.start : span.stop, columns.start : columns.stop]
                part = band[:, columns.start * s : columns.stop * s]
                self._add(part, self._restore(tile), row_weights, weights)
                done += 1
                if on_tile:
                    on_tile(done, plan.tiles)
            final = (end - span.start) * s
            carried = band[final:].clone()
            yield band[:final]

    def _channels_made(self, channels: int) -> int:
        return channels

    def _add(self, part: Tensor, result: Tensor, rows: AnyRows, columns: AnyRows) -> None:
        """Adds a tile's result to its part of the band, weighted where tiles overlap."""
        for axis, weights in ((0, rows), (1, columns)):
            if weights.min() < 1:
                shape = [1, 1, 1]
                shape[axis] = -1
                result *= torch.from_numpy(weights).to(self.device).view(shape)
        part += result

    def _restore(self, tile: Tensor) -> Tensor:
        """``(h, w, C)`` in main memory to float32 ``(h * scale, w * scale, C)`` on the device."""
        if nothing_to_do(self.network, self._noise):
            return tile.to(self.device, copy=True)
        side = max(tile.shape[:2])
        if self._learned.limit is None or side <= self._learned.limit:
            try:
                return self._check(tile)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
            self._halve(side)
        smaller = self.plan(*tile.shape[:2], tile=self._learned.limit)
        return torch.cat(list(self._blend(tile, smaller, None)))

    def _halve(self, side: int) -> None:
        release(self.device)
        smallest = self.network.overlap + SMALLEST
        if side <= smallest:
            raise OutOfMemoryError(
                f"{self.name} does not fit on {self.device}",
                got=f"not enough memory for a tile of {side} pixels",
                hint="close other programs, or --device cpu, or a smaller --model",
            )
        limit = self._learned.limit = max(side // 2, smallest)
        self._note(f"out of memory on {self.device}: tiles of {limit} pixels from here on")

    def _check(self, tile: Tensor) -> Tensor:
        """The tile's result, in a higher precision where it is not finite in this one."""
        result = self._forward(tile)
        while not torch.isfinite(result).all():  # before infinity is clipped to plain white
            raised = higher(self.precision, self.network)
            if raised is None:
                raise NumericalError(
                    f"{self.name} gave numbers that are not finite, even in float32",
                    hint="another --model; the weights may be damaged: restorekit models verify",
                )
            self._note(f"{self.precision} overflowed: {raised} from here on")
            self._learned.precision = raised
            self._learned.module = lower(self.network, self.device, raised)
            result = self._forward(tile)
        return result.clamp_(0, 1)

    def _forward(self, tile: Tensor) -> Tensor:
        if not self.network.luma or tile.shape[2] == 1:
            return self._run(tile)
        # Red, green and blue take what is added to luma in equal parts.
        tile = tile.to(self.device)
        luma = tile @ torch.tensor(STUDIO, device=self.device)[:, None] + 16 / 255
        return tile + (self._run(luma) - luma) / sum(STUDIO)

    def _run(self, tile: Tensor) -> Tensor:
        return self._run_told(tile, self.psf)

    @torch.no_grad()
    def _run_told(self, tile: Tensor, psf: Psf) -> Tensor:
        channels = tile.shape[2]
        # A copy: networks may work in place, or give back what they were given.
        x = tile.to(self.device, copy=True).permute(2, 0, 1)[None]  # (1, C, h, w)
        # (1, 3, h, w) for colour networks; (C, 1, h, w), each channel by itself, for grey ones
        colour = self.network.channels == 3
        x = x.expand(1, 3, *x.shape[2:]) if colour else x.transpose(0, 1)
        x = told(padded(x, self.network.size_requirements), self.network, psf, self._noise)
        x = x if self.network.float_input else x.to(DTYPES[self.precision])
        x = x.contiguous(memory_format=memory_format(self.device))
        y = self._learned.module(x).float()
        y = y[..., : tile.shape[0] * self.scale, : tile.shape[1] * self.scale]
        if self.network.channels == 1:
            y = y.transpose(0, 1)
        y = y[0].permute(1, 2, 0)  # (h * scale, w * scale, C)
        if channels == 1 and y.shape[2] == 3:
            y = y @ torch.tensor(LUMA, device=self.device)[:, None]
        return y

    def _run_blank(self, side: int) -> Tensor:
        return self._forward(torch.zeros(side, side, self.network.channels))
