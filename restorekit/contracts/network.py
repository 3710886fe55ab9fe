"""A network with its weights, and the family that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    import torch

    from restorekit.contracts.diffusion import Diffusion
    from restorekit.contracts.down_scaling import DownScaling
    from restorekit.contracts.picture import Precision, Size

    Psf = npt.NDArray[np.float64]
    """``(n, n)``, n odd, that sums to 1; see ``restorekit/kernels.py``."""
    Kernel = Psf | DownScaling
    """A blur, after which bicubic makes the photo small; or all of how it became small."""
    KernelMaps = Callable[[Psf, Size], npt.NDArray[np.float32]]
    """From a blur kernel and the size of an input the channels ``(c, H, W)`` that tell of it."""


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
    """Takes ``(N, C, H, W)`` in ``[0, 1]``, gives ``(N, C, H * scale, W * scale)``; for one that is
    sampled see ``diffusion``."""
    architecture: str
    """The name of the family, such as ``rrdbnet``."""
    scale: int
    channels: int
    """1 for grey, 3 for RGB."""
    receptive_field: int | None
    """How many input pixels away a pixel can still change a result; None: the whole picture."""
    overlap: int
    """Input pixels that neighbouring tiles share, as measured to hide the seams."""
    surroundings: int = 0
    """Input pixels of the picture's mirror image that it is given on every side: where there is no
    detail, colours would change along the border of the picture."""
    tile: int = 256
    """Side of the tile that was measured fastest on a CPU, overlaps included."""
    keeps_tile: bool = False
    """Whether tiles are no larger on other devices either: means over all that it sees were learned
    on pictures of that side."""
    bytes_per_pixel: int = 2048
    """Main memory for each pixel of a tile in float32, as measured: chooses the tile on a CPU."""
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
    kernel_maps: KernelMaps | None = None
    """What makes the channels that follow those of the picture. The photo is taken as blurred by
    the kernel at the size of the result, then made smaller by MATLAB's bicubic. UsageError: it
    knows no such kernel. None: it is not told of any."""
    noise_map: bool = False
    """Whether one more channel, the last, is the noise's standard deviation (1: the range)."""
    diffusion: Diffusion | None = None
    """Where it is sampled, what it was taught: the module then takes the picture, a noisy one in
    -1 to 1, and ``(N, 1 or 2)`` square roots of gamma, the noisy one's and, where it is augmented,
    the picture's; it gives the noise."""
    at_scale: Callable[[int], Network] | None = None
    """The same network for another scale, where one set of weights serves several."""
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


class Results(NamedTuple):
    """What a network has where it makes several results, each of which training compares."""

    method: str
    """Of the module: from what ``forward`` takes to all results, the finished one first, and none
    larger than the one before."""
    smaller: Callable[[torch.Tensor], torch.Tensor] | None = None
    """The true picture at half the size, ``(N, C, H, W)`` to ``(N, C, H / 2, W / 2)``, for results
    that are smaller; None: all results are as large as the truth."""


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
    untrained: Callable[..., torch.nn.Module] | None = None
    """From hyperparameters a module with weights as training begins, or None where none is trained
    here. It may have more than the finished network, such as batch normalisation."""
    finished: Callable[[torch.nn.Module], dict[str, torch.Tensor]] | None = None
    """The tensors that ``build`` takes, of such a module; None: its state dict is what it takes."""
    results: Results | None = None
    """All that such a module makes; None: what ``forward`` gives alone."""
