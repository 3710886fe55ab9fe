"""FFDNet: denoising at half the size, told how strong the noise is.

The picture's four sub-pictures of half the size, and a map of the noise, go through a chain of
convolutions, whose output is put together again. Zhang, Zuo, Zhang, FFDNet: toward a fast and
flexible solution for CNN-based image denoising, IEEE Transactions on Image Processing 27 (2018),
section III: 15 convolutions, 64 wide, for grey, 12, 96 wide, for colour.

Tassano, Delon, Veit, An analysis and implementation of the FFDNet image denoising method, IPOL 9
(2019): the chain gives the noise, to be taken off the picture. What they released takes the noise
map first and once for each channel, and its batch normalisation stands by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import check, fill, load
from restorekit.architectures._matconvnet import chain
from restorekit.architectures._plain_chain import (
    ChainHyperparameters,
    conv_relu_chain,
    hyperparameters_of,
    in_own_precision,
    initialised,
    merged,
)
from restorekit.contracts import Architecture, Network, SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


class FFDNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the chain.
        convolutions: Of the chain, the first and the last included; at least 2.
    """

    def __init__(self, channels: int, features: int, convolutions: int) -> None:
        super().__init__()
        self.model = conv_relu_chain(4 * channels + 1, features, 4 * channels, convolutions)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C + 1, H, W)``, the last channel the noise map, to ``(N, C, H, W)``; even sizes."""
        picture, noise = x[:, :-1], x[:, -1:, ::2, ::2]
        y = in_own_precision(self.model, torch.cat([F.pixel_unshuffle(picture, 2), noise], dim=1))
        return F.pixel_shuffle(y, 2)


class Residual(nn.Module):
    """An FFDNet whose chain gives the noise; its keys, which begin with ``noise.``, tell that."""

    def __init__(self, noise: FFDNet) -> None:
        super().__init__()
        self.noise = noise

    def forward(self, x: Tensor) -> Tensor:
        """As of :class:`FFDNet`."""
        return x[:, :-1] - self.noise(x)


def module_of(*, residual: bool, **hyperparameters: int) -> nn.Module:
    """The network from its hyperparameters: those of :class:`FFDNet`, and which kind it is."""
    plain = FFDNet(**hyperparameters)
    return Residual(plain) if residual else plain


RESIDUAL = "noise."
"""How the keys begin of networks whose chain gives the noise. bfloat16 lowers the figures of the
released ones by 0.1 to 0.4 dB in colour and by 0.6 to 1.6 in grey, float16 by 0.01."""
IPOL = "intermediate_dncnn.itermediate_dncnn."
"""How the keys of the release in IPOL begin."""


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the keys of the modules here, be they those released in IPOL.

    Raises:
        CheckpointError: They begin as those do, and do not go on like them.
    """
    if not _from_ipol(tensors):
        return dict(tensors)
    # Files of newer versions of torch have this counter too.
    counted = (key for key in tensors if not key.endswith(".num_batches_tracked"))
    found = {key.removeprefix(IPOL): tensors[key] for key in counted}
    first = found["0.weight"]
    channels = first.shape[1] // 5
    convolutions = 2 + sum(key.endswith(".running_var") for key in found)
    with torch.device("meta"):
        plain = conv_relu_chain(5 * channels, len(first), 4 * channels, convolutions)
        trained = initialised(plain, batch_norm=True)
    for end in (trained[0], trained[-1]):
        end.register_parameter("bias", None)
    shapes = {key: value.shape for key, value in trained.state_dict().items() if value.ndim}
    check(shapes, found, "FFDNet")
    trained.load_state_dict(found, assign=True)
    state = merged(trained)
    # The maps of all channels are one, so their kernels add up.
    noise = first[:, :channels].sum(dim=1, keepdim=True)
    state["model.0.weight"] = torch.cat([first[:, channels:], noise], dim=1)
    return {RESIDUAL + key: value for key, value in state.items()}


def _from_ipol(tensors: Mapping[str, Tensor]) -> bool:
    first = tensors.get(f"{IPOL}0.weight")
    return first is not None and first.ndim == 4 and first.shape[1] in {5, 15}


def _chain_of(tensors: Mapping[str, Tensor]) -> ChainHyperparameters | None:
    return hyperparameters_of({key.removeprefix(RESIDUAL): tensors[key] for key in tensors})


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an FFDNet."""
    found = _chain_of(tensors)
    fits = found is not None and found.given in {4, 12} and found.taken == found.given + 1
    return fits or _from_ipol(tensors)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any FFDNet.
    """
    state = canonical(tensors)
    found = _chain_of(state)
    if found is None:
        raise CheckpointError("the tensors are no FFDNet")
    residual = f"{RESIDUAL}model.0.weight" in state
    hyperparameters: dict[str, Any] = {
        "channels": found.given // 4,
        "features": found.features,
        "convolutions": found.convolutions,
        "residual": residual,
    }
    with torch.device("meta"):
        module = module_of(**hyperparameters)
    load(module, state, "FFDNet")
    last = f"model.{2 * found.convolutions - 2}"
    return Network(
        module=module,
        architecture="ffdnet",
        scale=1,
        channels=hyperparameters["channels"],
        receptive_field=2 * found.convolutions + 1,
        overlap=4 * found.convolutions + 2,
        tile=384,
        size_requirements=SizeRequirements(multiple_of=2),
        precisions=frozenset({"fp32", "fp16"} if residual else {"fp32", "fp16", "bf16"}),
        full_precision=(RESIDUAL + last if residual else last,),
        float_input=True,
        noise_map=True,
        hyperparameters=hyperparameters,
    )


def from_matlab(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state dict from the authors' file, whose sub-pictures stand column by column.

    Raises:
        CheckpointError: The file is another network's.
    """
    kinds, arrays = chain(content, "FFDNet")
    if kinds[:1] != ("SubP",) or len(arrays) < 4:
        raise CheckpointError("the file is no FFDNet", got=", ".join(kinds[:3]))
    channels = len(arrays[-1]) // 4
    order = _torch_order(channels)
    first = arrays[0][:, np.append(order, 4 * channels)]
    kernel, bias = arrays[-2:]
    ordered = [first, *arrays[1:-2], kernel[order], bias[order]]
    with torch.device("meta"):
        template = FFDNet(channels, len(arrays[0]), len(arrays) // 2).state_dict()
    return fill(template, ordered, "FFDNet")


def _torch_order(channels: int) -> npt.NDArray[np.intp]:
    """Where the authors' files have the sub-pictures that torch's pixel_unshuffle makes."""
    return np.array([4 * channel + place for channel in range(channels) for place in (0, 2, 1, 3)])


def untrained(
    *, batch_norm: bool = True, residual: bool = False, **hyperparameters: int
) -> nn.Module:
    """An FFDNet as training begins: He's weights, and batch normalisation (section III.D)."""
    module = module_of(residual=residual, **hyperparameters)
    plain = _plain(module)
    plain.model = initialised(plain.model, batch_norm=batch_norm)
    return module


def finished(module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a trained FFDNet, the normalisation made part of its convolutions."""
    prefix = RESIDUAL if isinstance(module, Residual) else ""
    return {prefix + key: value for key, value in merged(_plain(module).model).items()}


def _plain(module: nn.Module) -> FFDNet:
    return cast("FFDNet", module.noise if isinstance(module, Residual) else module)


ARCHITECTURE = Architecture(
    "ffdnet", detect, build, from_matlab=from_matlab, untrained=untrained, finished=finished
)
