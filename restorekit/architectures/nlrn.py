"""NLRN: one residual block, run again and again, that looks for likeness all over a small patch.

Liu, Wen, Fan, Loy, Huang, Non-local recurrent network for image restoration, NeurIPS 2018. Section
3: every step averages the patch's pixels, weighted by how alike they are (softmax of theta phi^T,
equation 4), then convolves twice and adds the features that it began with. All steps share their
convolutions; each has its own batch normalisation. A step may add the likeness that the one before
found to its own (correlation propagation). What comes out is added to the picture.

It only ever sees patches of 43 x 43, as in training; as in the authors' test they lie 7 pixels
apart, so that each pixel is the mean of some 38 results, and a megapixel takes hours. Only where a
picture does not end with a patch the authors shift the last one, while here the border is repeated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import count, initialise, load
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LIKENESSES = 2**24
"""Computed together, at most: four patches of 43 x 43."""


def norm(features: int) -> nn.BatchNorm2d:
    """Batch normalisation with TensorFlow's constants."""
    return nn.BatchNorm2d(features, eps=1e-3, momentum=0.01)


class NLRN(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the recurrent block.
        inner: Width in which pixels are compared.
        steps: How often the block runs.
        propagates: Whether a step hears of the likeness that the one before found.
        patch: Side of the patches.
        stride: From one patch to the next.
    """

    def __init__(
        self,
        *,
        channels: int,
        features: int,
        inner: int,
        steps: int,
        propagates: bool,
        patch: int,
        stride: int,
    ) -> None:
        super().__init__()
        self.propagates, self.patch, self.stride = propagates, patch, stride
        # No shape of a tensor tells these.
        self.register_buffer("protocol", torch.tensor([patch, stride, propagates]))
        self.norm_in = norm(channels)
        self.conv_in = nn.Conv2d(channels, features, 3, padding=1)
        self.theta = nn.Conv2d(features, inner, 1)
        self.phi = nn.Conv2d(features, inner, 1)
        self.g = nn.Conv2d(features, features, 1)
        self.conv_a = nn.Conv2d(features, features, 3, padding=1)
        self.conv_b = nn.Conv2d(features, features, 3, padding=1)
        self.norms = nn.ModuleList(
            nn.ModuleList(norm(features) for _ in range(3)) for _ in range(steps)
        )
        self.norm_out = norm(features)
        self.conv_out = nn.Conv2d(features, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same; H and W are not below ``patch``."""
        height, width = x.shape[2:]
        # Patches end where the picture does.
        below, right = ((self.patch - side) % self.stride for side in (height, width))
        x = F.pad(x, (0, right, 0, below), mode="replicate")
        columns = F.unfold(x, self.patch, stride=self.stride)  # (N, C patch^2, L)
        shape = (x.shape[1], self.patch, self.patch)
        patches = columns.transpose(1, 2).unflatten(2, shape).flatten(0, 1)  # (N L, C, ...)
        together = max(1, LIKENESSES // self.patch**4)
        done = torch.cat([self.restored(part) for part in patches.split(together)])
        restored = done.view(len(x), -1, columns.shape[1]).transpose(1, 2)
        total, times = (
            F.fold(it, x.shape[2:], self.patch, stride=self.stride)
            for it in (restored, torch.ones_like(restored))
        )
        return (total / times)[..., :height, :width]

    def restored(self, x: Tensor) -> Tensor:
        """Patches ``(N, C, H, W)`` to the same: the network as it was trained."""
        first = y = self.conv_in(self.norm_in(x))
        likeness: Tensor | None = None
        for before_gathering, before_a, before_b in self._norms:
            y, likeness = self.gathered(F.relu(before_gathering(y)), likeness)
            y = self.conv_a(before_a(y))
            y = self.conv_b(F.relu(before_b(y))) + first
        return x + self.conv_out(F.relu(self.norm_out(y)))

    @property
    def _norms(self) -> Iterable[Iterable[nn.Module]]:
        """Of each step, those before its attention and its convolutions."""
        return cast("Iterable[Iterable[nn.Module]]", self.norms)

    def gathered(self, y: Tensor, before: Tensor | None) -> tuple[Tensor, Tensor]:
        """``y`` with what its pixels have in common, and how alike they are.

        Args:
            y: ``(N, F, H, W)``.
            before: ``(N, H W, H W)``: how alike the step before found them; None: the first.
        """
        theta, phi, g = (conv(y).flatten(2) for conv in (self.theta, self.phi, self.g))
        likeness = theta.transpose(1, 2) @ phi  # (N, H W, H W)
        if self.propagates and before is not None:
            likeness = likeness + before
        mean = g @ likeness.softmax(dim=2).transpose(1, 2)  # (N, F, H W)
        return y + mean.view(y.shape), likeness


PATCH, STRIDE = 43, 7
TOLD = {"protocol", "conv_in.weight", "theta.weight", "norms.0.0.running_mean"}
RENAMED = (
    (re.compile(r"^rnn/non_local_(theta|phi|g)/"), r"\1."),
    (re.compile(r"^rnn/RB1_([ab])/"), r"conv_\1."),
    (re.compile(r"^batch_normalization/"), "norm_in."),
    (re.compile(r"^batch_normalization_1/"), "norm_out."),
    (re.compile(r"^conv1/"), "conv_in."),
    (re.compile(r"^conv_end/"), "conv_out."),
    (re.compile(r"(kernel|gamma)$"), "weight"),
    (re.compile(r"beta$"), "bias"),
    (re.compile(r"moving_mean$"), "running_mean"),
    (re.compile(r"moving_variance$"), "running_var"),
)
STEP = re.compile(r"^rnn/batch_normalization(?:_(\d+))?/")


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the keys of :class:`NLRN`, be they the authors' TensorFlow variables."""
    if "rnn/RB1_a/kernel" not in tensors:
        return dict(tensors)
    renamed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        # (H, W, in, out) to (out, in, H, W)
        kernel = name.endswith("kernel") and value.ndim == 4
        renamed[_renamed(name)] = value.permute(3, 2, 0, 1).contiguous() if kernel else value
    for name in [name for name in renamed if name.endswith("running_var")]:
        renamed[name.replace("running_var", "num_batches_tracked")] = torch.tensor(0)
    # Of the authors' releases those of 12 steps propagate, and those of 15 do not.
    propagates = count(renamed, "norms.") == 12
    renamed["protocol"] = torch.tensor([PATCH, STRIDE, propagates])
    return renamed


def _renamed(name: str) -> str:
    match = STEP.match(name)
    if match:
        # TensorFlow numbers them as they are made: three for each step.
        step, place = divmod(int(match[1] or 0), 3)
        name = f"norms.{step}.{place}.{name[match.end() :]}"
    for pattern, replacement in RENAMED:
        name = pattern.sub(replacement, name)
    return name


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an NLRN."""
    state = canonical(tensors)
    return (
        state.keys() >= TOLD and state["protocol"].shape == (3,) and state["theta.weight"].ndim > 0
    )


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any NLRN.
    """
    state = canonical(tensors)
    patch, stride, propagates = state["protocol"].tolist()
    hyperparameters: dict[str, Any] = {
        "channels": state["conv_in.weight"].shape[1],
        "features": len(state["conv_in.weight"]),
        "inner": len(state["theta.weight"]),
        "steps": count(state, "norms."),
        "propagates": bool(propagates),
        "patch": patch,
        "stride": stride,
    }
    with torch.device("meta"):
        module = NLRN(**hyperparameters)
    load(module, state, "NLRN")
    return Network(
        module=module.eval(),
        architecture="nlrn",
        scale=1,
        channels=hyperparameters["channels"],
        receptive_field=patch - 1,
        overlap=2 * (patch - 1),
        tile=64 * stride,
        size_requirements=SizeRequirements(patch, stride),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: Any) -> nn.Module:
    """An NLRN as training begins, as in the authors' program: Glorot's weights, g gives nothing."""
    module = NLRN(**hyperparameters)
    for layer in module.modules():
        initialise(layer, nn.init.xavier_uniform_)
    nn.init.zeros_(module.g.weight)
    return module


ARCHITECTURE = Architecture("nlrn", detect, build, untrained=untrained)
