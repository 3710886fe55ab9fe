"""USRNet: super-resolution of blurred and noisy photos by the steps of an optimiser, unfolded.

Zhang, Van Gool, Timofte, Deep unfolding network for image super-resolution, CVPR 2020, section 4.
Two steps take turns: the picture nearest to the last one that explains the photo, in closed form by
Fourier transforms (equation 7), and a denoiser, DRUNet's U-Net without any change (equation 5). A
small network tells both how strong they are, from the noise and the scale (section 4.4).

The kernel that the data step knows includes the one of bicubic, as for every network here. A
Fourier transform takes a photo for periodic: it is continued until one end passes into the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit import kernels
from restorekit.architectures._convolutions import count, load
from restorekit.architectures.drunet import DRUNet
from restorekit.contracts import Architecture, Network, SizeRequirements
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from restorekit.contracts import Psf, Size

SCALES = (1, 2, 3, 4)
"""That it was trained for (section 5.1)."""
LARGEST = 25
"""Side of the kernels that it was trained for."""
REACH = 24
"""How far from its middle the kernel goes at most, bicubic's of the largest scale included."""
LARGEST_LOSS = 0.01
"""The share of a kernel that may lie outside of the largest side."""
CONTINUED = 16
"""Pixels of the photo, at least, over which it passes into its other end."""
SHARED = 32
"""Pixels of the photo that tiles share. Tiles of a photo then differ from the whole by 0.3 levels
of 255 (root of the mean square) and 7 at most; with twice as many it is 0.3 and 5."""


class Strengths(nn.Module):
    """How strong each step of both kinds is, from the noise and the scale."""

    def __init__(self, steps: int, features: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Conv2d(2, features, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(features, features, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(features, 2 * steps, 1),
            nn.Softplus(),
        )

    def forward(self, noise: Tensor, scale: int) -> Tensor:
        """``(N, 1, 1, 1)`` to ``(N, 2 * steps, 1, 1)``: of the data steps, then of the denoiser."""
        return self.mlp(torch.cat([noise, torch.full_like(noise, scale)], dim=1)) + 1e-6


class DataStep(NamedTuple):
    """``argmin_x |y - (k * x) sampled|^2 + alpha |x - z|^2``, in closed form (equation 7)."""

    blur: Tensor
    """The kernel's Fourier transform, ``(N, 1, H, W)``."""
    explained: Tensor
    """Of the photo, spread over the pixels from which it was sampled, blurred the other way."""
    scale: int

    def __call__(self, z: Tensor, alpha: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same; ``alpha``, ``(N, 1, 1, 1)``, is how much z counts."""
        right = self.explained + torch.fft.fft2(alpha * z)
        sampled = _folded(self.blur * right, self.scale)
        power = _folded(self.blur.abs().square(), self.scale)
        excess = (sampled / (power + alpha)).repeat(1, 1, self.scale, self.scale)
        return torch.fft.ifft2((right - self.blur.conj() * excess) / alpha).real


class USRNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the denoiser at each of its four scales.
        blocks: Of the denoiser, at each scale.
        steps: Of each kind.
        hidden: Width of the network that tells their strengths.
        scale: Of the result; no weight depends on it.
    """

    def __init__(
        self,
        *,
        channels: int,
        features: tuple[int, int, int, int],
        blocks: int,
        steps: int,
        hidden: int,
        scale: int = 4,
    ) -> None:
        super().__init__()
        self.steps = steps
        self.scale = scale
        self.p = DRUNet(channels, features, blocks)
        self.h = Strengths(steps, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C + 2, H, W)`` in [0, 1] to ``(N, C, H * scale, W * scale)``.

        H and W are at least ``2 * REACH + 1``. The last channel but one has the kernel, in pixels
        of the result, in its middle; the last one is the noise map.
        """
        picture, kernel, noise = x[:, :-2], x[:, -2:-1], x[:, -1:, :1, :1]
        whole = _continued(_continued(picture, 2), 3)
        y = self._solved(whole, _middle(kernel), noise)
        return y[..., : x.shape[2] * self.scale, : x.shape[3] * self.scale]

    def _solved(self, y: Tensor, kernel: Tensor, noise: Tensor) -> Tensor:
        """The picture ``(N, C, H * scale, W * scale)`` behind a periodic photo ``y``."""
        x = y.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)
        blur = torch.fft.fft2(_around_origin(kernel, x.shape[2], x.shape[3]))
        spread = torch.zeros_like(x)
        spread[..., :: self.scale, :: self.scale] = y
        data = DataStep(blur, blur.conj() * torch.fft.fft2(spread), self.scale)
        alpha, beta = self.h(noise, self.scale).split(self.steps, dim=1)
        for step in range(self.steps):
            x = data(x, alpha[:, step : step + 1])
            strength = beta[:, step : step + 1].expand(-1, 1, *x.shape[2:])
            x = self.p(torch.cat([x, strength], dim=1))
        return x


def _folded(spectrum: Tensor, scale: int) -> Tensor:
    """What sampling every ``scale``-th pixel does to a spectrum: the mean of its blocks."""
    n, c, height, width = spectrum.shape
    blocks = spectrum.view(n, c, scale, height // scale, scale, width // scale)
    return blocks.mean(dim=(2, 4))


def _continued(x: Tensor, axis: int) -> Tensor:
    """``x``, longer: its end, mirrored, passes into its beginning, mirrored."""
    length = x.shape[axis]
    # The denoiser takes multiples of 8.
    more = CONTINUED + -(length + CONTINUED) % 8
    after, before = (
        x.flip(axis).narrow(axis, 0, more),
        x.flip(axis).narrow(axis, length - more, more),
    )
    shape = [1] * x.ndim
    shape[axis] = more
    share = ((torch.arange(more, device=x.device, dtype=x.dtype) + 0.5) / more).view(shape)
    return torch.cat([x, torch.lerp(after, before, share)], dim=axis)


def _middle(plane: Tensor) -> Tensor:
    """The part of the kernel's channel where the kernel is: ``2 * REACH + 1`` pixels a side."""
    top, left = (side // 2 - REACH for side in plane.shape[2:])
    return plane[..., top : top + 2 * REACH + 1, left : left + 2 * REACH + 1]


def _around_origin(kernel: Tensor, height: int, width: int) -> Tensor:
    """The kernel on ``(height, width)`` periodic pixels, its middle at the first one."""
    side = kernel.shape[-1]
    padded = F.pad(kernel, (0, width - side, 0, height - side))
    return padded.roll((-(side // 2), -(side // 2)), dims=(2, 3))


def kernel_maps(scale: int, psf: Psf, size: Size) -> npt.NDArray[np.float32]:
    """The kernel, bicubic's included, in the middle of ``(1, H, W)``; what does not fit is cut off.

    Raises:
        UsageError: It is larger than the kernels that the network was trained for.
    """
    kept, lost = kernels.resized(psf, min(LARGEST, len(psf)))
    if lost > LARGEST_LOSS:
        raise UsageError(
            "the kernel is too wide for this network",
            expected=f"all but {LARGEST_LOSS:.0%} of it within {LARGEST}x{LARGEST} pixels",
            got=f"{lost:.0%} outside",
        )
    whole, _ = kernels.resized(kernels.after(kept, kernels.bicubic(scale)), 2 * REACH + 1)
    plane = np.zeros((1, size.height + 2 * REACH, size.width + 2 * REACH), np.float32)
    top, left = size.height // 2, size.width // 2
    plane[0, top : top + len(whole), left : left + len(whole)] = whole
    return plane[:, REACH : REACH + size.height, REACH : REACH + size.width]


WIDTHS = ("p.m_head.weight", "p.m_down2.0.res.0.weight", "p.m_down3.0.res.0.weight")
BODY, TAIL, LAST = "p.m_body.0.res.0.weight", "p.m_tail.weight", "h.mlp.4.weight"


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a USRNet."""
    return all(key in tensors and tensors[key].ndim == 4 for key in (*WIDTHS, BODY, TAIL, LAST))


def build(tensors: Mapping[str, Tensor], scale: int = 4) -> Network:
    """The network that these tensors belong to, with them loaded.

    Args:
        tensors: As its authors released them.
        scale: 1 to 4; the tensors serve all.

    Raises:
        CheckpointError: The tensors do not fit any USRNet.
        UsageError: Another scale.
    """
    if scale not in SCALES:
        raise UsageError("the scale of a USRNet", expected="1, 2, 3 or 4", got=str(scale))
    hyperparameters: dict[str, Any] = {
        "channels": len(tensors[TAIL]),
        "features": tuple(len(tensors[key]) for key in (*WIDTHS, BODY)),
        "blocks": count(tensors, "p.m_body."),
        "steps": len(tensors[LAST]) // 2,
        "hidden": tensors[LAST].shape[1],
    }
    with torch.device("meta"):
        module = USRNet(**hyperparameters, scale=scale)
    load(module, tensors, "USRNet")
    return Network(
        module=module,
        architecture="usrnet",
        scale=scale,
        channels=hyperparameters["channels"],
        # Fourier transforms see the whole picture.
        receptive_field=None,
        overlap=SHARED,
        tile=192,
        size_requirements=SizeRequirements(2 * REACH + 1),
        precisions=frozenset({"fp32"}),
        kernel_maps=lambda psf, size: kernel_maps(scale, psf, size),
        noise_map=True,
        at_scale=lambda other: build(tensors, other),
        hyperparameters=hyperparameters,
    )


ARCHITECTURE = Architecture("usrnet", detect, build)
