"""What a network is told beside the picture: the blur kernel and the strength of the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from restorekit.contracts import Size
from restorekit.down_scaling import blur_before_bicubic
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.contracts import DownScaling, Image, Network, Psf


def told(x: Tensor, network: Network, psf: Psf, noise: float) -> Tensor:
    """``x`` with the channels that tell the network what it can be told.

    Args:
        x: ``(N, C, H, W)``, the picture.
        network: Whose input it is to be.
        psf: The blur kernel.
        noise: Its standard deviation, 1 being the whole range.
    """
    parts = [x]
    if network.kernel_maps is not None:
        maps = torch.tensor(network.kernel_maps(psf, Size(*x.shape[2:])), device=x.device)
        parts.append(maps.expand(len(x), *maps.shape))
    if network.noise_map:
        parts.append(torch.full_like(x[:, :1], noise))
    return torch.cat(parts, dim=1) if len(parts) > 1 else x


def nothing_to_do(network: Network, noise: float) -> bool:
    """Whether it is a denoiser, and there is no noise."""
    return network.noise_map and not noise and network.scale == 1 and network.kernel_maps is None


def check_kernel(network: Network, name: str, psf: Psf) -> None:
    """Refuse a kernel that a network cannot be told.

    Raises:
        UsageError: It takes none, or knows none like this.
    """
    if network.kernel_maps is None:
        raise cannot_be_told(name)
    network.kernel_maps(psf, Size(1, 1))


def blur_told(network: Network, name: str, kernel: DownScaling) -> Psf:
    """The blur before bicubic that is most like all of how a photo became small.

    Raises:
        UsageError: The network takes no kernel, has another scale, or there is no such blur.
    """
    if network.kernel_maps is None:
        raise cannot_be_told(name)
    kernel.check_scale(network.scale)
    return blur_before_bicubic(kernel)


def cannot_be_told(name: str) -> UsageError:
    """What to say of a restorer that takes no kernel."""
    can = "srmd-x4 for sr and wiener for deblur can"
    return UsageError(f"{name} cannot be told the blur", hint=f"leave out --kernel; {can}")


def level_of(image: Image, sigma: float | None, channels: int = 1) -> float:
    """The noise's standard deviation, 1 being the whole range: ``sigma`` levels, or estimated.

    Args:
        image: ``(H, W, 1 or 3)``.
        sigma: In levels of 255; None: estimated.
        channels: Of the network that is told. One for colour knows noise that is independent in
            each channel, which along grey is weaker than in each by the root of three. Grey photos
            have the same noise in all three: that of a colour photo as noisy along grey is told.
    """
    if sigma is None:
        from restorekit.images.noise_level import noise_level

        sigma = noise_level(image)
    shared = channels > 1 and bool((image == image[:, :, :1]).all())
    return sigma / 255 * (channels**0.5 if shared else 1)
