"""KernelGAN: its parts by their definitions, then what it finds in photos whose kernel is known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from noisy_pictures import clean_piece, psnr

from restorekit import kernels
from restorekit.down_scaling import centred
from restorekit.errors import UsageError
from restorekit.images.convolution import convolve
from restorekit.images.imresize import imresize
from restorekit.images.reading import read
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.kernel_estimation import _kernel_losses as losses
from restorekit.kernel_estimation._adversarial import MIDDLE, SMALL_CROP, Crops
from restorekit.kernel_estimation._down_scaling_kernel import agreement, finished, twice
from restorekit.kernel_estimation._linear_generator import SIZE, LinearGenerators, made_smaller
from restorekit.kernel_estimation._patch_critic import PatchCritics
from restorekit.kernel_estimation.kernelgan import KernelGAN

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf

pytestmark = pytest.mark.usefixtures("one_thread")

KODAK = Path(__file__).parents[3] / "shared" / "bench" / "kodak24_500"


def draws(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def downscaled(image: Image, psf: Psf) -> Image:
    """As the photos of DIV2KRK are made: blurred, every second pixel, and rounded."""
    small = convolve(image, psf)[::2, ::2]
    return (small * 255).round().clip(0, 255).astype(np.float32) / 255


def centre_of(psf: Psf) -> tuple[float, float]:
    places = np.arange(len(psf)) - len(psf) // 2
    return float(psf.sum(axis=1) @ places), float(psf.sum(axis=0) @ places)


def test_it_is_found_by_its_name() -> None:
    assert "kernelgan" in ESTIMATORS.names()
    assert ESTIMATORS["kernelgan"].name == "kernelgan"


def layers_run(generators: LinearGenerators, seed: int, crop: torch.Tensor) -> torch.Tensor:
    """The paper's way: each layer over the picture, channels one by one, the last of stride 2."""
    x = crop[:, None]
    for number, layer in enumerate(generators.layers):
        filters = layer.chunk(generators.seeds)[seed]
        x = F.conv2d(x, filters, stride=2 if number == len(generators.layers) - 1 else 1)
    return x[:, 0]


def test_the_kernel_is_the_layers_one_after_the_other() -> None:
    generators = LinearGenerators(draws(3, 4), features=8).double()
    with torch.no_grad():
        for layer in generators.layers:
            layer.mul_(10)  # as large as learned ones
    crops = torch.rand(2, 3, 31, 28, dtype=torch.float64, generator=draws(0)[0])
    weighing = torch.rand(2, 3, 10, 8, dtype=torch.float64, generator=draws(1)[0])
    at_once = generators(crops)
    by_layers = torch.stack([layers_run(generators, seed, crops[seed]) for seed in (0, 1)])
    torch.testing.assert_close(at_once, by_layers, rtol=1e-10, atol=1e-12)
    weights = list(generators.parameters())
    slopes = torch.autograd.grad((at_once * weighing).sum(), weights)
    for found, true in zip(
        slopes, torch.autograd.grad((by_layers * weighing).sum(), weights), strict=True
    ):
        torch.testing.assert_close(found, true, rtol=1e-9, atol=1e-12)


def test_the_generator_is_the_papers() -> None:
    generators = LinearGenerators(draws(0))
    shapes = [tuple(layer.shape) for layer in generators.layers]
    assert shapes == [
        (64, 1, 7, 7), (64, 64, 5, 5), (64, 64, 3, 3),
        (64, 64, 1, 1), (64, 64, 1, 1), (1, 64, 1, 1),
    ]  # fmt: skip
    assert generators.kernels().shape == (1, 13, 13)
    assert generators(torch.zeros(1, 3, 64, 64)).shape == (1, 3, SMALL_CROP, SMALL_CROP)


def test_bicubics_kernel_makes_crops_smaller_as_bicubic_does() -> None:
    picture = clean_piece("astronaut")[:64, :64]
    taps, cut = kernels.resized(kernels.bicubic(2), SIZE)
    turned = torch.from_numpy(taps[::-1, ::-1].astype(np.float32))[None]
    found = made_smaller(torch.from_numpy(picture).permute(2, 0, 1)[None], turned)
    inner = imresize(picture, 0.5)[3:29, 3:29]
    assert cut == 0
    np.testing.assert_allclose(found[0].permute(1, 2, 0).numpy(), inner, atol=1e-6)


def test_critics_have_filters_of_norm_one_and_seven_layers() -> None:
    critics = PatchCritics(draws(0, 1), 3)
    for _ in range(200):
        critics.advance()
    for layer in critics.layers:
        true = torch.linalg.matrix_norm(layer.matrix, 2)
        found = (layer.left.mT @ layer.matrix @ layer.right).flatten()
        torch.testing.assert_close(found, true, rtol=5e-3, atol=0)
    judged = critics(torch.rand(2, 3, 26, 26, generator=draws(0)[0])).detach()
    assert judged.shape == (2, 1, 400)
    assert 0 < float(judged.min()) < float(judged.max()) < 1
    for_one = 64 * 147 + 64 + 5 * (64 * 64 + 3 * 64) + 64 + 1
    assert sum(it.numel() for it in critics.parameters()) == 2 * for_one


def test_what_is_asked_of_kernels_has_known_values() -> None:
    ideal, corner, even = torch.zeros(3, SIZE, SIZE)
    ideal[6:8, 6:8] = 0.25
    corner[0, 0] = 2
    even += 1 / SIZE**2
    three = torch.stack([ideal, corner, even])
    close = torch.testing.assert_close
    close(losses.sum_to_one(three), torch.tensor([0.0, 1.0, 0.0]))
    close(losses.sparse(three), torch.tensor([2.0, 2**0.5, SIZE]) / SIZE**2)
    close(losses.center(three, MIDDLE), torch.tensor([0, 6.5 * 2**0.5, 0.5**0.5]))
    far = losses.boundaries(three)
    close(far[1], torch.tensor(2 * 30 / SIZE**2))
    growth = [math.expm1(r / 3) for r in (1, 2**0.5, 6 * 2**0.5)]
    expected = 30 * (2 * growth[0] + growth[1]) / 4 / growth[2] / SIZE**2
    close(far[0], torch.tensor(expected, dtype=torch.float32))


def test_slopes_are_finite_where_kernels_are_empty() -> None:
    kernel = torch.zeros(1, SIZE, SIZE)
    kernel[0, 6:8, 6:8] = 0.25
    kernel.requires_grad_()
    (losses.sparse(kernel) + losses.center(kernel, MIDDLE)).sum().backward()
    assert kernel.grad is not None
    assert torch.isfinite(kernel.grad).all()


def test_crops_come_from_where_detail_is() -> None:
    picture = np.zeros((80, 90, 1), np.float32)
    picture[60:70, 70:80] = 1
    crops = Crops(picture, 26, [np.random.default_rng(seed) for seed in range(50)])()
    assert crops.shape == (50, 1, 26, 26)
    # Where a crop ends just before the square the slope of its edge is still seen. Of all places
    # less than a third show any of it.
    assert int((crops.amax(dim=(1, 2, 3)) == 1).sum()) > 45
    assert float(crops.min()) == -1


def test_a_learned_kernel_is_turned_thinned_and_centred() -> None:
    truth = kernels.gaussian(0.9, 1.6, 30, size=SIZE, shift=-0.5)
    found = finished(truth[::-1, ::-1], 2)
    assert found.sum() == pytest.approx(1)
    assert centre_of(found) == pytest.approx((-0.5, -0.5), abs=2e-3)
    assert np.corrcoef(found.ravel(), truth.ravel())[0, 1] > 0.99
    aside = np.roll(truth, (1, -2), axis=(0, 1))
    assert centre_of(centred(aside, 2)) == pytest.approx((-0.5, -0.5), abs=5e-3)
    assert centre_of(centred(truth, 1)) == pytest.approx((0, 0), abs=1e-3)
    assert (finished(np.random.default_rng(0).random((SIZE, SIZE)), 2) >= 0).all()


def test_the_kernel_of_four_is_that_of_two_twice() -> None:
    psf = kernels.gaussian(0.9, 1.6, 30, size=SIZE, shift=-0.5)
    picture = clean_piece("coffee")
    once = convolve(picture, psf)[::2, ::2]
    expected = convolve(once, psf)[::2, ::2]
    found = convolve(picture, twice(psf))[::4, ::4]
    inner = slice(6, -6)
    np.testing.assert_allclose(found[inner, inner], expected[inner, inner], atol=1e-6)
    assert twice(psf).shape == (37, 37)
    assert centre_of(twice(psf)) == pytest.approx((-1.5, -1.5), abs=1e-3)


def test_agreement_is_the_light_in_common() -> None:
    one, other, half = np.zeros((3, 3, 3))
    one[0, 0] = other[2, 2] = 1
    half[0, 0] = half[2, 2] = 0.5
    assert agreement([one, one]) == 1
    assert agreement([one, other]) == 0
    assert agreement([one, other, half]) == pytest.approx(1 / 3)
    assert agreement([one]) == 0


@pytest.mark.parametrize("channels", [1, 3])
def test_few_iterations_give_the_same_kernel_again(channels: int) -> None:
    photo = np.ascontiguousarray(clean_piece("coffee")[:, :, :channels])
    told: list[tuple[int, int]] = []
    method = KernelGAN(iterations=3)
    found = method.estimate(photo, on_tile=lambda *it: told.append(it))
    assert told == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_array_equal(found.psf, method.estimate(photo).psf)
    assert found.psf.shape == (13, 13)
    assert found.psf.dtype == np.float64
    assert found.psf.sum() == pytest.approx(1)
    assert (found.psf >= 0).all()
    assert found.confidence == agreement(found.alternatives)
    assert not found.reliable
    other = method.with_seeds((5, 6)).estimate(photo)
    assert np.abs(other.psf - found.psf).max() > 1e-3


def test_seeds_do_not_know_of_each_other() -> None:
    crop = torch.from_numpy(clean_piece("coffee")[:40, :40]).permute(2, 0, 1)[None]
    crop = (crop - crop.mean()) * 1e7  # what is learned begins with kernels near 0

    def judged(*seeds: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        begin = draws(*seeds)
        generators, critics = LinearGenerators(begin), PatchCritics(begin, 3)
        found = critics(generators(crop.expand(len(seeds), -1, -1, -1)))[-1]
        return found.detach(), list(torch.autograd.grad(found.sum(), list(generators.layers)))

    alone, own = judged(7)
    beside, slopes = judged(0, 7)
    torch.testing.assert_close(beside, alone, rtol=0, atol=1e-5)
    for both, one in zip(slopes, own, strict=True):
        assert float(both.chunk(2)[0].abs().max()) == 0
        torch.testing.assert_close(
            both.chunk(2)[1] / one.abs().max(), one / one.abs().max(), rtol=0, atol=1e-3
        )
    assert float((judged(8)[0] - alone).abs().max()) > 1e-3


def test_scale_four_is_told() -> None:
    found = KernelGAN(iterations=2).at_scale(4).estimate(clean_piece("coffee"))
    assert found.scale == 4
    assert found.psf.shape == (37, 37)
    assert centre_of(found.psf) == pytest.approx((-1.5, -1.5), abs=0.2)


def test_a_flat_photo_tells_nothing() -> None:
    found = KernelGAN().estimate(np.full((70, 80, 3), 0.3, np.float32))
    assert (found.confidence, found.reliable) == (0, False)
    np.testing.assert_array_equal(found.psf, kernels.bicubic(2))


@pytest.mark.parametrize(
    ("method", "size", "words"),
    [
        (KernelGAN(), (63, 90), "at least 64 pixels a side, got 90x63"),
        (KernelGAN(scale=3), (64, 64), "expected 2 or 4, got 3"),
        (KernelGAN(seeds=()), (64, 64), "one or more that differ"),
        (KernelGAN(seeds=(1, 1)), (64, 64), "one or more that differ"),
        (KernelGAN(iterations=0), (64, 64), "at least 1, got 0"),
    ],
)
def test_what_cannot_be_is_refused(method: KernelGAN, size: tuple[int, int], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        method.estimate(np.zeros((*size, 3), np.float32))


@pytest.mark.slow
def test_it_comes_nearer_to_the_true_kernel_than_bicubic_is() -> None:
    truth = kernels.gaussian(0.8, 1.8, 120, size=SIZE, shift=-0.5)
    photo = KODAK / "kodim19.png"
    if not photo.exists():
        pytest.skip(f"needs {photo.name} of ../shared/bench/kodak24_500")
    small = downscaled(read(photo).color, truth)
    found = KernelGAN(iterations=800).estimate(small)
    bicubic, _ = kernels.resized(kernels.bicubic(2), SIZE)
    assert psnr(found.psf, truth) > psnr(bicubic, truth) + 6
    assert np.corrcoef(found.psf.ravel(), truth.ravel())[0, 1] > 0.88
    assert found.confidence > 0.7
