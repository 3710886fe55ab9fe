"""SRMD: super-resolution of blurred and noisy photos, told the blur kernel and the noise.

Zhang, Zuo, Zhang, Learning a single convolutional super-resolution network for multiple
degradations, CVPR 2018, section 3: the kernel's coefficients in a basis of 15 kernels and the
strength of the noise, each stretched to a map, follow the picture's channels; 12 convolutions of
3 x 3, 128 wide, with ReLU between them, and a pixel shuffle. SRMDNF is the same without a noise
map. The blur is one at the size of the result; bicubic makes the photo smaller after it.

The basis is kept among the tensors, as ``basis``. Files without one are the authors': theirs lies
in ``srmd_basis.npy`` (KAIR's ``srmd_pca_matlab.mat``, Copyright 2019 Kai Zhang, MIT licence).
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit import kernels
from restorekit.architectures._convolutions import load, parameters_in_order
from restorekit.architectures._plain_chain import (
    conv_relu_chain,
    hyperparameters_of,
    in_own_precision,
    initialised,
    merged,
)
from restorekit.contracts import Architecture, Network, Size
from restorekit.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from restorekit.contracts import GraphLayer, Psf

    Floats = npt.NDArray[np.float32]

BASIS = "basis"
RELEASED = Path(__file__).with_name("srmd_basis.npy")
SAMPLES = 10_000
VARIANCES = (0.1, 10.0)
"""Of the Gaussians that a basis is made from, along their axes (the authors' training program)."""
LARGEST_REST = 0.46
"""How much of a kernel, by its norm, a basis may miss: the authors' own misses up to 0.45 of the
longest Gaussians of their training."""
LARGEST_LOSS = 0.05
"""The share of a kernel that may lie outside of the basis's pixels."""


class SRMD(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the chain.
        convolutions: Of the chain, the first and the last included; at least 2.
        scale: Of the pixel shuffle.
        noise_map: Whether it is told the noise: SRMD; else SRMDNF.
        coefficients: Kernels in the basis.
        side: Of each, in pixels, odd.
    """

    basis: Tensor

    def __init__(
        self,
        *,
        channels: int,
        features: int,
        convolutions: int,
        scale: int,
        noise_map: bool,
        coefficients: int,
        side: int,
    ) -> None:
        super().__init__()
        self.scale = scale
        taken = channels + coefficients + noise_map
        self.model = conv_relu_chain(taken, features, channels * scale**2, convolutions)
        self.register_buffer(BASIS, torch.zeros(coefficients, side, side))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to ``(N, 3 or 1, H * scale, W * scale)``.

        C are the picture's channels, the maps of the kernel's coefficients, and the noise map.
        """
        return F.pixel_shuffle(in_own_precision(self.model, x), self.scale)


def _hyperparameters(tensors: Mapping[str, Tensor]) -> dict[str, Any] | None:
    """What the tensors tell; None where they are none of an SRMD."""
    basis = tensors.get(BASIS)
    found = hyperparameters_of({key: it for key, it in tensors.items() if key != BASIS})
    if found is None or (basis is not None and basis.ndim != 3):
        return None
    coefficients, side = (15, 15) if basis is None else (basis.shape[0], basis.shape[1])
    channels = 3 if found.given % 3 == 0 else 1
    scale = math.isqrt(found.given // channels)
    noise_map = found.taken - channels - coefficients
    if channels * scale**2 != found.given or noise_map not in {0, 1} or side % 2 == 0:
        return None
    return {
        "channels": channels,
        "features": found.features,
        "convolutions": found.convolutions,
        "scale": scale,
        "noise_map": bool(noise_map),
        "coefficients": coefficients,
        "side": side,
    }


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an SRMD or an SRMDNF, without batch normalisation."""
    return _hyperparameters(tensors) is not None


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any SRMD.
    """
    hyperparameters = _hyperparameters(tensors)
    if hyperparameters is None:
        raise CheckpointError("the tensors are no SRMD")
    with torch.device("meta"):
        module = SRMD(**hyperparameters)
    whole = {BASIS: torch.from_numpy(np.load(RELEASED)), **tensors}
    load(module, whole, "SRMD")
    convolutions = hyperparameters["convolutions"]
    return Network(
        module=module,
        architecture="srmd",
        scale=hyperparameters["scale"],
        channels=hyperparameters["channels"],
        receptive_field=convolutions,
        overlap=2 * convolutions,
        tile=256,
        full_precision=(f"model.{2 * convolutions - 2}",),
        float_input=True,
        kernel_maps=partial(kernel_maps, whole[BASIS].numpy()),
        noise_map=hyperparameters["noise_map"],
        hyperparameters=hyperparameters,
    )


def kernel_maps(basis: Floats, psf: Psf, size: Size) -> Floats:
    """The coefficients of a kernel as maps ``(c, H, W)``.

    Raises:
        UsageError: It is wider than the kernels of the basis, or another kind of kernel.
    """
    side = basis.shape[1]
    kernel, lost = kernels.resized(psf, side)
    if lost > LARGEST_LOSS:
        raise UsageError(
            "the kernel is too wide for this network",
            expected=f"all but {LARGEST_LOSS:.0%} of it within {side}x{side} pixels",
            got=f"{lost:.0%} outside",
        )
    coefficients = np.tensordot(basis, kernel, axes=2)
    rest = np.linalg.norm(kernel - np.tensordot(coefficients, basis, axes=1))
    if rest > LARGEST_REST * np.linalg.norm(kernel):
        raise UsageError(
            "this network was not made for such a kernel",
            expected="a Gaussian, or one much like it",
            got=f"{rest / np.linalg.norm(kernel):.0%} of it unlike any of them",
        )
    maps = coefficients.astype(np.float32)[:, None, None]
    return np.broadcast_to(maps, (len(basis), *size))


def gaussian_basis(coefficients: int, side: int, generator: np.random.Generator) -> Floats:
    """The kernels ``(coefficients, side, side)`` that Gaussians are made of.

    The authors' recipe: the strongest eigenvectors of the second moments of Gaussians of every
    direction, their variances drawn as :data:`VARIANCES` says, the second up to the first.
    """
    low, high = VARIANCES
    drawn = np.empty((SAMPLES, side**2))
    for row in drawn:
        along = generator.uniform(low, high)
        across, angle = generator.uniform(low, along), generator.uniform(0, 180)
        row[:] = kernels.gaussian(math.sqrt(along), math.sqrt(across), angle, size=side).ravel()
    _, vectors = np.linalg.eigh(drawn.T @ drawn)
    strongest = vectors[:, -coefficients:].T
    return strongest.reshape(coefficients, side, side).astype(np.float32)


def untrained(
    *, batch_norm: bool = True, coefficients: int = 15, side: int = 15, **hyperparameters: Any
) -> nn.Module:
    """An SRMD as training begins: He's weights, batch normalisation, a basis of Gaussians."""
    module = SRMD(coefficients=coefficients, side=side, **hyperparameters)
    module.model = initialised(module.model, batch_norm=batch_norm)
    # Always of one seed: a run that is resumed must have the basis with which it began.
    basis = gaussian_basis(coefficients, side, np.random.default_rng(0))
    module.basis.copy_(torch.from_numpy(basis))
    return module


def finished(module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a trained SRMD, the normalisation made part of its convolutions."""
    trained = cast("SRMD", module)
    return {**merged(trained.model), BASIS: trained.basis}


def from_graph(layers: Sequence[GraphLayer]) -> dict[str, Tensor]:
    """The state dict of an ncnn graph, without a basis.

    Raises:
        CheckpointError: The graph is another network's.
    """
    kinds = [layer.kind for layer in layers if layer.kind != "Input"]
    if len(kinds) < 3 or kinds != ["Convolution"] * (len(kinds) - 1) + ["PixelShuffle"]:
        raise CheckpointError(
            "the graph is no SRMD",
            expected="convolutions, then a PixelShuffle",
            got=", ".join(sorted(set(kinds))),
        )
    arrays = parameters_in_order(layers)
    names = [f"model.{2 * i}.{kind}" for i in range(len(kinds) - 1) for kind in ("weight", "bias")]
    if len(arrays) != len(names):
        raise CheckpointError("the graph is no SRMD", expected="a bias in each convolution")
    tensors = {key: torch.from_numpy(it.copy()) for key, it in zip(names, arrays, strict=True)}
    if not detect(tensors):
        raise CheckpointError("the graph is no SRMD", got=f"{tensors[names[0]].shape[1]} channels")
    return tensors


ARCHITECTURE = Architecture(
    "srmd", detect, build, from_graph, untrained=untrained, finished=finished
)
