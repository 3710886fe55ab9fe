"""USRNet: its two steps against what they are meant to solve, its release, a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hand_placed import SHARED_WEIGHTS, place_usrnet
from PIL import Image as PillowImage

from restorekit import kernels
from restorekit.architectures.usrnet import DataStep, _around_origin, kernel_maps
from restorekit.contracts import Network, Size
from restorekit.errors import UsageError
from restorekit.images.convolution import convolve
from restorekit.images.imresize import imresize
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.load import load_network

if TYPE_CHECKING:
    from pathlib import Path

BIRD = SHARED_WEIGHTS.parent / "bench/set5/bird_GT.bmp"

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_the_data_step_is_the_minimum_of_equation_7(scale: int) -> None:
    """There the gradient of ``|y - (k * x) sampled|^2 / 2 + alpha |x - z|^2 / 2`` is nothing."""
    torch.manual_seed(0)
    z = torch.rand(2, 3, 12, 18, dtype=torch.double)
    y = torch.rand(2, 3, 12 // scale, 18 // scale, dtype=torch.double)
    psf = torch.from_numpy(kernels.gaussian(1.5, 0.7, 30, size=5) * [[1.2, 1, 1, 0.8, 1]])
    alpha = torch.tensor([0.3, 2.0], dtype=torch.double).view(2, 1, 1, 1)
    blur = torch.fft.fft2(_around_origin(psf.expand(2, 1, 5, 5), 12, 18))
    spread = torch.zeros_like(z)
    spread[..., ::scale, ::scale] = y
    x = DataStep(blur, blur.conj() * torch.fft.fft2(spread), scale)(z, alpha).requires_grad_()
    padded = torch.nn.functional.pad(x, (2, 2, 2, 2), mode="circular")
    weight = psf.flip(0, 1).expand(3, 1, 5, 5)  # a convolution, and no correlation
    blurred = torch.nn.functional.conv2d(padded, weight, groups=3)
    off = blurred[..., ::scale, ::scale] - y
    energy = (off**2).sum() / 2 + (alpha * (x - z) ** 2).sum() / 2
    (gradient,) = torch.autograd.grad(energy, x)
    assert gradient.abs().max() < 1e-12
    assert energy > 0.1


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_the_kernel_that_it_is_told_holds_bicubics(scale: int) -> None:
    plane = kernel_maps(scale, kernels.delta(), Size(60, 71))[0]
    assert plane.shape == (60, 71)
    assert plane.sum() == pytest.approx(1, abs=1e-6)
    rng = np.random.default_rng(0)
    sharp = rng.random((24 * scale, 25 * scale, 1)).astype(np.float32)
    taps = plane[30 - 24 : 30 + 25, 35 - 24 : 35 + 25].astype(np.float64)
    small = convolve(sharp, taps)[::scale, ::scale]
    inside = np.s_[6:-6, 6:-6]
    np.testing.assert_allclose(small[inside], imresize(sharp, 1 / scale)[inside], atol=1e-5)


def test_a_small_plane_holds_what_fits() -> None:
    whole = kernel_maps(2, kernels.gaussian(1.6), Size(61, 61))
    for size in (Size(1, 1), Size(7, 10), Size(49, 50)):
        part = kernel_maps(2, kernels.gaussian(1.6), size)
        top, left = 30 - size.height // 2, 30 - size.width // 2
        kept = whole[:, top : top + size.height, left : left + size.width]
        np.testing.assert_array_equal(part, kept)


def test_a_kernel_that_is_too_wide_is_refused() -> None:
    with pytest.raises(UsageError, match=r"all but 1% of it within 25x25 pixels, got \d+% outside"):
        kernel_maps(2, kernels.line(30), Size(64, 64))


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_usrnet(tmp_path / "cache")))
    return load_network("usrnet-tiny-x3", offline=True)


def test_the_release(tiny: Network) -> None:
    assert (tiny.scale, tiny.channels, tiny.noise_map) == (3, 3, True)
    assert sum(it.numel() for it in tiny.module.parameters()) == 590_332  # the paper: 0.59 M
    hyperparameters = {"features": (16, 32, 64, 64), "blocks": 2, "steps": 6, "hidden": 32}
    assert tiny.hyperparameters == {"channels": 3, **hyperparameters}
    assert tiny.at_scale is not None
    two = tiny.at_scale(2)
    assert two.scale == 2
    x = torch.rand(1, 5, 50, 52)
    with torch.no_grad():
        assert two.module(x).shape == (1, 3, 100, 104)
    with pytest.raises(UsageError, match="expected 1, 2, 3 or 4, got 5"):
        tiny.at_scale(5)


def test_told_the_true_kernel_it_beats_bicubic_by_far(tiny: Network) -> None:
    """A quarter of a Set5 picture: of all of Set5 it is 34.06 dB without blur (bicubic 30.40)."""
    if not BIRD.is_file():
        pytest.skip("needs ../shared/bench/set5")
    sharp = np.asarray(PillowImage.open(BIRD))[60:204, 60:204] / np.float32(255)
    psf = kernels.gaussian(1.6)
    small = np.rint(255 * imresize(convolve(sharp, psf), 1 / 3)).clip(0, 255) / np.float32(255)
    small = small.astype(np.float32)
    restorer = NetworkRestorer(
        tiny, name="tiny", device=torch.device("cpu"), precision="fp32", tile=0, sigma=0
    )

    def psnr(picture: np.ndarray) -> float:
        inside = np.s_[6:-6, 6:-6]
        return float(-10 * np.log10(np.mean((picture[inside] - sharp[inside]) ** 2)))

    told, untold = (
        psnr(np.concatenate([np.asarray(it.rows) for it in one.bands(small)]))
        for one in (restorer.with_kernel(psf), restorer)
    )
    bicubic = psnr(imresize(small, 3).clip(0, 1))
    assert told > bicubic + 4
    assert told > untold + 3
