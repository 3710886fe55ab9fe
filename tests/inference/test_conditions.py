"""A restorer that is told the blur kernel and the noise, and one that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from toy_networks import blurred, network, restorer, whole

from restorekit import kernels
from restorekit.contracts import Deblurrer, DownScaling, Enlarger, Size
from restorekit.down_scaling import blur_before_bicubic
from restorekit.errors import UsageError
from restorekit.inference.conditions import told

if TYPE_CHECKING:
    from restorekit.contracts import Psf


def maps(psf: Psf, size: Size) -> np.ndarray:
    """Two channels: the kernel's middle, and its side in hundreds."""
    values = np.array([psf[len(psf) // 2, len(psf) // 2], len(psf) / 100], np.float32)
    if len(psf) > 20:
        raise UsageError("no such kernel")
    return np.broadcast_to(values[:, None, None], (2, *size))


def middle(x: torch.Tensor) -> torch.Tensor:
    """What the channel of the kernel's middle says, in the place of the picture."""
    return x[:, 3:4].expand(-1, 3, -1, -1)


PICTURE = np.random.default_rng(0).random((14, 17, 3)).astype(np.float32)


def test_the_channels_follow_those_of_the_picture() -> None:
    made = network(kernel_maps=maps, noise_map=True)
    x = told(torch.zeros(2, 3, 4, 5), made, kernels.gaussian(1, size=5), 0.25)
    assert x.shape == (2, 6, 4, 5)
    assert x[:, 3].unique().item() == pytest.approx(kernels.gaussian(1, size=5)[2, 2])
    assert x[:, 4].unique().item() == pytest.approx(0.05)
    assert x[:, 5].unique().item() == 0.25
    plain = torch.zeros(1, 3, 4, 5)
    assert told(plain, network(), kernels.delta(), 0.25) is plain


def test_a_restorer_is_told_the_kernel_and_its_copy_is_another() -> None:
    made = restorer(network(middle, kernel_maps=maps), tile=10)
    assert isinstance(made, Deblurrer)
    assert made.takes_kernel
    psf = kernels.gaussian(1, size=5)
    np.testing.assert_allclose(whole(made.with_kernel(psf), PICTURE), psf[2, 2], rtol=1e-6)
    np.testing.assert_allclose(whole(made, PICTURE), 1, rtol=1e-6)  # told nothing: no blur


def test_what_cannot_be_told_is_refused_before_any_work() -> None:
    with pytest.raises(UsageError, match="toy cannot be told the blur"):
        restorer(network(blurred)).with_kernel(kernels.delta())
    assert not restorer(network(blurred)).takes_kernel
    made = restorer(network(middle, kernel_maps=maps))
    with pytest.raises(UsageError, match="no such kernel"):
        made.with_kernel(kernels.gaussian(1, size=21))
    with pytest.raises(UsageError, match="larger than the result: expected at most 14 pixels"):
        whole(made.with_kernel(kernels.gaussian(1, size=15)), PICTURE)


def test_all_of_how_a_photo_became_small_is_told_as_the_blur_before_bicubic() -> None:
    made = restorer(network(lambda x: middle(x).repeat(1, 1, 2, 2), scale=2, kernel_maps=maps))
    assert isinstance(made, Enlarger)
    blur = kernels.gaussian(1.8, size=15)
    kernel = DownScaling(kernels.after(blur, kernels.bicubic(2)), 2)
    found = made.with_down_scaling(kernel)
    np.testing.assert_array_equal(found.psf, blur_before_bicubic(kernel))
    np.testing.assert_allclose(whole(found, PICTURE), blur[7, 7], rtol=0.05)
    with pytest.raises(UsageError, match="expected --scale 3, got 2"):
        made.with_down_scaling(DownScaling(kernels.bicubic(3), 3))
    with pytest.raises(UsageError, match="toy cannot be told the blur"):
        restorer(network(blurred)).with_down_scaling(kernel)


def test_without_noise_a_network_of_another_job_still_works() -> None:
    """A denoiser has nothing to do then; one that enlarges, or takes blur away, has."""
    doubled = restorer(network(lambda x: x[:, :3] * 0.5, scale=2, noise_map=True)).with_sigma(0)
    assert whole(doubled, PICTURE).shape == (28, 34, 3)
    denoiser = restorer(network(lambda x: x[:, :3] * 0.5, noise_map=True)).with_sigma(0)
    np.testing.assert_array_equal(whole(denoiser, PICTURE), PICTURE)
