"""The shapes and promises that everything else follows.

A picture is a float32 array ``(H, W, C)`` in ``[0, 1]``, C = 3 for sRGB and 1 for grey. A restorer
takes such an array and gives the restored picture back as bands of whole rows, from the top down,
so that a large result never has to exist in float at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import torch

    Image = npt.NDArray[np.float32]
    """``(H, W, C)`` in ``[0, 1]``; C = 3 is sRGB, C = 1 is grey."""
    Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    """``(H, W, C)``; the dtype decides the range: 0..255 or 0..65535."""
    AnyRows = Image | Pixels
    OnTile = Callable[[int, int], None]
    """Called after each tile with the number done and the number in all."""

Task = Literal["sr", "denoise", "deblur", "inpaint"]
Bits = Literal[8, 16, 32]
"""8 and 16: integers over the full range of uint8 and uint16; 32: float32, not rounded."""
Resample = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Precision = Literal["fp32", "bf16", "fp16"]


class Size(NamedTuple):
    """Height and width in pixels, in the order of the arrays."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Band(NamedTuple):
    """Whole rows of a result: rows ``top`` to ``top + len(rows)``."""

    top: int
    rows: AnyRows


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


@dataclass(frozen=True)
class SizeRequirements:
    """Which input sizes a network takes. The neutral value takes every size."""

    minimum: int = 1
    """The smallest height and width, at least 1."""
    multiple_of: int = 1
    """Height and width must be multiples of this, at least 1."""

    def fit(self, length: int) -> int:
        """The smallest allowed length that is not below ``length``."""
        length = max(length, self.minimum)
        return -(-length // self.multiple_of) * self.multiple_of


@dataclass(frozen=True)
class Network:
    """A network with its weights, and the facts that running it needs."""

    module: torch.nn.Module
    """Takes ``(N, C, H, W)`` in ``[0, 1]``, gives ``(N, C, H * scale, W * scale)``."""
    architecture: str
    """The name of the family, such as ``rrdbnet``."""
    scale: int
    channels: int
    """1 for grey, 3 for RGB."""
    receptive_field: int | None
    """How many input pixels away a pixel can still change a result; None: the whole picture."""
    overlap: int
    """Input pixels that neighbouring tiles share, as measured to hide the seams."""
    tile: int = 256
    """Side of the tile that was measured fastest on a CPU, overlaps included."""
    size_requirements: SizeRequirements = field(default_factory=SizeRequirements)
    precisions: frozenset[Precision] = frozenset({"fp32", "bf16", "fp16"})
    """The precisions in which its results were checked against float32."""
    full_precision: tuple[str, ...] = ()
    """Submodules that stay in float32 when the rest runs in bfloat16: the layer that makes the
    pixels, since bfloat16 has no more than 128 steps between 0.5 and 1."""
    luma: bool = False
    """Whether it restores BT.601 studio-range luma alone; only with one channel and scale 1."""
    enlarged: bool = False
    """Whether it was trained on pictures that bicubic had brought to the size of the result."""
    float_input: bool = False
    """Whether the module takes float32 in every precision: the picture must not be rough."""
    noise_map: bool = False
    """Whether one more channel, the last, is the noise's standard deviation (1: the range)."""
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)


class GraphLayer(NamedTuple):
    """A layer of a foreign graph file (ncnn), with its weights."""

    kind: str
    """The layer's type, such as ``Convolution``."""
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: Mapping[int, Any]
    """ncnn's numbered parameters: 0 is num_output of a Convolution, 9 its activation, ..."""
    weights: tuple[npt.NDArray[np.float32], ...]
    """Convolution: ``(out, in, kh, kw)`` and, where it has one, the bias; PReLU: the slopes."""


class Architecture(NamedTuple):
    """A network family: what a module in ``architectures/`` defines as ``ARCHITECTURE``."""

    name: str
    detect: Callable[[Mapping[str, torch.Tensor]], bool]
    """Whether these tensors belong to the family."""
    build: Callable[[Mapping[str, torch.Tensor]], Network]
    """The network, its hyperparameters read from the tensors, the tensors loaded."""
    from_graph: Callable[[Sequence[GraphLayer]], dict[str, torch.Tensor]] | None = None
    """The state dict from an ncnn graph, or CheckpointError where it is another network's."""
    from_matlab: Callable[[Mapping[str, Any]], dict[str, torch.Tensor]] | None = None
    """The same from the variables of a MATLAB file."""
    from_tfjs: Callable[[Mapping[str, npt.NDArray[np.float32]]], dict[str, torch.Tensor]] | None = (
        None
    )
    """The state dict from the arrays of a TensorFlow.js graph, or CheckpointError likewise."""


class Measure(Protocol):
    """What every metric says of itself, whether it measures a photo or a set of them."""

    @property
    def name(self) -> str:
        """The name that users type."""
        ...

    @property
    def title(self) -> str:
        """What it measures, in a few words."""
        ...

    @property
    def unit(self) -> str:
        """The unit of the figure, such as ``dB``; empty where it is a bare number."""
        ...

    @property
    def better(self) -> Literal["higher", "lower"]:
        """Which way a better picture moves the figure."""
        ...

    @property
    def needs_reference(self) -> bool:
        """Whether the true picture is needed; where not, it is not looked at."""
        ...

    @property
    def sees(self) -> Literal["protocol", "rgb"]:
        """What it is shown: what the protocol makes of a picture, or the whole picture in RGB.

        Networks that judge pictures were trained on whole RGB pictures: a protocol that takes luma
        and cuts off a border would give a figure that no table has.
        """
        ...

    @property
    def weights(self) -> tuple[str, ...]:
        """The names, in the manifest, of the weights that it needs; empty: it needs none."""
        ...


class Metric(Measure, Protocol):
    """A figure for a restored picture, with or without the true one beside it."""

    def with_weights(self, files: Mapping[str, Path]) -> Metric:
        """The same metric, ready to measure.

        Args:
            files: Its weights by name, as ``restorekit.zoo`` has them.

        Raises:
            CheckpointError: A file holds something else.
        """
        ...

    def __call__(self, restored: AnyRows, reference: AnyRows | None = None) -> float:
        """Measure ``restored``, ``(H, W, 1 or 3)``.

        Both are uint8 or uint16 over their whole range, or float32 in ``[0, 1]``; the dtype decides
        the range, and neither is copied as a whole. What is measured of a photo (luma, border,
        rounding) is decided before, by ``restorekit.images.protocols``.

        Raises:
            UsageError: No reference, another shape or dtype, values out of range, or a picture
                that is too small.
            WeightsError: It needs weights and has none.
        """
        ...


@runtime_checkable
class SetMetric(Measure, Protocol):
    """A figure for many restored pictures together, such as the distance of two distributions."""

    def with_weights(self, files: Mapping[str, Path]) -> SetMetric:
        """The same metric, ready to measure; see :meth:`Metric.with_weights`."""
        ...

    def tally(self) -> Tally:
        """An empty tally.

        Raises:
            WeightsError: It needs weights and has none.
        """
        ...


class Tally(Protocol):
    """What a set metric has seen so far; it keeps no picture."""

    def add(self, restored: AnyRows, reference: AnyRows) -> None:
        """One more pair of pictures, as in :meth:`Metric.__call__`."""
        ...

    def value(self) -> float:
        """The figure of all that was added.

        Raises:
            UsageError: Too few pictures were added to tell one.
        """
        ...
