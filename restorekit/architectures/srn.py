"""SRN-DeblurNet: one network, run at a quarter, half and all of the size, each time knowing more.

Tao, Gao, Shen, Wang, Jia, Scale-recurrent network for deep image deblurring, CVPR 2018, section 3:
a U-Net of residual blocks of 5 x 5 kernels sees the blurred picture beside the result of the size
below, and its weights are the same at every size. In the paper a convolutional LSTM (Shi et al.,
NeurIPS 2015) at its lowest level hands features on as well; the authors' later models do without.

Sizes change as in the authors' program, whose bilinear resizing puts the corners of the pictures
together: half the size is every second pixel, unsmoothed. Nor does its gradient go from a size to
the one below but by way of the LSTM.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import count, initialise, load
from restorekit.contracts import Architecture, Network, Results, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HALVINGS = 2
"""Of the picture: no tensor tells at how many sizes the one network was trained."""
FORGET = 1.0
"""Added before the sigmoid of the gate that keeps what the LSTM knows."""
GATES_DEVIATION = 1e-3
"""Of the LSTM's weights as training begins; those of all others are Glorot's."""


class Block(nn.Module):
    """Two convolutions, added to what came in."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features, features, 5, padding=2)
        self.conv2 = nn.Conv2d(features, features, 5, padding=2)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x + self.conv2(F.relu(self.conv1(x)))


def chain(features: int, blocks: int) -> nn.Sequential:
    """As many blocks one after the other."""
    return nn.Sequential(*(Block(features) for _ in range(blocks)))


class Encoder(nn.Module):
    """A convolution, which may halve the size, and blocks."""

    def __init__(self, inputs: int, outputs: int, blocks: int, *, halves: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 5, stride=2 if halves else 1)
        self.blocks = chain(outputs, blocks)
        # As TensorFlow does it: of an odd number of pixels right and below have one more.
        self.border = (1, 2, 1, 2) if halves else (2, 2, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H, W)``, or half of that size."""
        return self.blocks(F.relu(self.conv(F.pad(x, self.border))))


class ConvLSTM(nn.Module):
    """A long short-term memory whose gates are convolutions."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.gates = nn.Conv2d(2 * features, 4 * features, 3, padding=1)

    def forward(self, x: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """``(N, features, H, W)`` to the same, and the new state.

        Args:
            x: The features.
            state: ``(N, 2 features, H, W)``: the cells, and what they gave last; None: nothing.
        """
        cell, hidden = (torch.zeros_like(x),) * 2 if state is None else state.chunk(2, dim=1)
        # Input, candidate, forget and output: the order of the released file.
        i, j, f, o = self.gates(torch.cat([x, hidden], dim=1)).chunk(4, dim=1)
        cell = cell * torch.sigmoid(f + FORGET) + torch.sigmoid(i) * torch.tanh(j)
        hidden = torch.tanh(cell) * torch.sigmoid(o)
        return hidden, torch.cat([cell, hidden], dim=1)


class SRN(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Widths of the U-Net, each at half the size of the one before.
        blocks: Of each chain.
        lstm: Whether the lowest level remembers the sizes below.
    """

    def __init__(self, *, channels: int, features: Sequence[int], blocks: int, lstm: bool) -> None:
        super().__init__()
        steps = list(pairwise(features))
        self.encoders = nn.ModuleList([Encoder(2 * channels, features[0], blocks, halves=False)])
        self.encoders.extend(Encoder(*step, blocks, halves=True) for step in steps)
        self.lstm = ConvLSTM(features[-1]) if lstm else None
        self.decoders = nn.ModuleList(chain(wide, blocks) for wide in features)
        self.doublings = nn.ModuleList(
            nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1) for narrow, wide in steps
        )
        self.last = nn.Conv2d(features[0], channels, 5, padding=2)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same.

        H and W can be halved twice for the sizes, and then for every level but one.
        """
        return self.pyramid(x)[0]

    def pyramid(self, x: Tensor) -> list[Tensor]:
        """The result of every size, the full one first: the paper's loss compares them all."""
        seen = [x]
        for _ in range(HALVINGS):
            seen.append(halved(seen[-1]))
        # The smallest has nothing to know but itself.
        result, state = self._restored(seen[-1], seen[-1], None)
        made = [result]
        for blurred in seen[-2::-1]:
            state = None if state is None else doubled(state)
            result, state = self._restored(blurred, doubled(result.detach()), state)
            made.append(result)
        return made[::-1]

    def _restored(
        self, blurred: Tensor, known: Tensor, state: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """The result of one size, and what the LSTM remembers of it."""
        y = torch.cat([blurred, known], dim=1)
        seen: list[Tensor] = []
        for encoder in self.encoders:
            y = encoder(y)
            seen.append(y)
        if self.lstm is not None:
            y, state = self.lstm(y, state)
        for level in reversed(range(len(self.doublings))):
            y = F.relu(self.doublings[level](self.decoders[level + 1](y))) + seen[level]
        return self.last(self.decoders[0](y)), state


def halved(x: Tensor) -> Tensor:
    """``(N, C, H, W)`` to ``(N, C, H / 2, W / 2)``: every second pixel."""
    return x[..., ::2, ::2]


def doubled(x: Tensor) -> Tensor:
    """``(N, C, H, W)`` to ``(N, C, 2 H, 2 W)``: each pixel, and its mean with the next."""
    for axis in (2, 3):
        length = x.shape[axis]
        following = torch.cat([x.narrow(axis, 1, length - 1), x.narrow(axis, length - 1, 1)], axis)
        x = torch.stack([x, (x + following) / 2], axis + 1).flatten(axis, axis + 1)
    return x


VARIABLE = re.compile(r"^g_net/(enc|dec)(\d)_(\d)/(conv[12]/)?(weights|biases)$")
GATES = "g_net/convLSTM/LSTM_conv/"
ENCODER = re.compile(r"^encoders\.\d{1,2}\.conv\.weight$")
FIRST = "encoders.0.conv.weight"
NEEDED = {FIRST, "encoders.0.blocks.0.conv1.weight", "doublings.0.weight", "last.weight"}


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the keys of :class:`SRN`, be they the authors' TensorFlow variables.

    Those that only training needs (``.../Adam``, ``beta1_power``) are left out.
    """
    if "g_net/enc1_1/weights" not in tensors:
        return dict(tensors)
    layers = {name.split("/")[1] for name in tensors if name.startswith("g_net/enc1_")}
    blocks = len(layers) - 1
    renamed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        match = VARIABLE.match(name)
        layer = _layer(match, blocks) if match else "lstm.gates." if name.startswith(GATES) else ""
        if layer and name.endswith(("/weights", "/biases")):
            kernel = name.endswith("weights") and value.ndim == 4
            # (H, W, in, out) to (out, in, H, W); of what doubles: (H, W, out, in) to (in, out, ...)
            renamed[layer + ("weight" if name.endswith("weights") else "bias")] = (
                value.permute(3, 2, 0, 1).contiguous() if kernel else value
            )
    return renamed


def _layer(match: re.Match[str], blocks: int) -> str:
    """``g_net/dec2_1/conv1/`` as ``decoders.1.2.conv1.``: its numbers fall where data rise."""
    side, level, place = match[1], int(match[2]) - 1, int(match[3])
    inner = (match[4] or "").replace("/", ".")
    if side == "enc":
        block = f"blocks.{place - 2}." if place > 1 else "conv."
        return f"encoders.{level}.{block}{inner}"
    if place == 0:
        return "last."
    if place > blocks:
        return f"doublings.{level}."
    return f"decoders.{level}.{blocks - place}.{inner}"


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an SRN-DeblurNet."""
    state = canonical(tensors)
    return state.keys() >= NEEDED and all(
        value.ndim == 4 for key, value in state.items() if ENCODER.match(key)
    )


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any SRN-DeblurNet.
    """
    state = canonical(tensors)
    widths = [len(state[key]) for key in sorted(state) if ENCODER.match(key)]
    hyperparameters: dict[str, Any] = {
        "channels": state[FIRST].shape[1] // 2,
        "features": tuple(widths),
        "blocks": count(state, "encoders.0.blocks."),
        "lstm": any(key.startswith("lstm.") for key in state),
    }
    with torch.device("meta"):
        module = SRN(**hyperparameters)
    load(module, state, "SRN-DeblurNet")
    multiple = 2 ** (HALVINGS + len(widths) - 1)
    return Network(
        module=module,
        architecture="srn",
        scale=1,
        channels=hyperparameters["channels"],
        # 1 285 pixels of the released network, 1 313 by the LSTM: the whole photo in practice.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=128,
        tile=512,
        size_requirements=SizeRequirements(multiple, multiple),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: Any) -> nn.Module:
    """An SRN-DeblurNet as training begins, as in the authors' program: Glorot's weights."""
    module = SRN(**hyperparameters)
    for layer in module.modules():
        initialise(layer, nn.init.xavier_uniform_)
    if module.lstm is not None:
        far = 2 * GATES_DEVIATION
        initialise(module.lstm.gates, nn.init.trunc_normal_, std=GATES_DEVIATION, a=-far, b=far)
    return module


ARCHITECTURE = Architecture(
    "srn", detect, build, untrained=untrained, results=Results("pyramid", halved)
)
