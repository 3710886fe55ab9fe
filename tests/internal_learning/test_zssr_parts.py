"""What ZSSR is made of, each part by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from noisy_pictures import clean_piece
from torch import nn

from restorekit import kernels
from restorekit.contracts import DownScaling, Size
from restorekit.images.convolution import convolve, down_scaled
from restorekit.images.imresize import imresize
from restorekit.inference.self_ensemble import TURNS
from restorekit.internal_learning._enlarging import (
    Degrading,
    Enlarging,
    resized,
)
from restorekit.internal_learning._examples import (
    FATHERS,
    WINDOW,
    WINDOWS,
    Crops,
    at_many_sizes,
    example,
    made_smaller,
    noise_lacking,
    windows,
)
from restorekit.internal_learning._learning import FIRST_RATE, Rate, learn
from restorekit.internal_learning._lesson import Budget, Lesson
from restorekit.internal_learning._taught import untrained

pytestmark = pytest.mark.usefixtures("one_thread")


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def as_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]


def as_image(x: torch.Tensor) -> np.ndarray:
    return x[0].permute(1, 2, 0).numpy()


def test_the_network_is_the_papers() -> None:
    """8 layers of 3 x 3, 64 wide: 225 091 weights in colour; at first it changes nothing."""
    network = untrained(Budget(), 3, draws())
    inner = 6 * (64 * 64 * 9 + 64)
    assert sum(it.numel() for it in network.parameters()) == 3 * 64 * 9 + 64 + inner + 64 * 27 + 3
    x = torch.rand(1, 3, 9, 11, generator=draws())
    assert torch.equal(network(x), x)


@pytest.mark.parametrize("size", [Size(40, 36), Size(10, 9), Size(27, 31)])
def test_matrices_are_matlabs_bicubic(size: Size) -> None:
    image = clean_piece("coffee")[:20, :18]
    found = as_image(resized(as_tensor(image), size))
    np.testing.assert_allclose(found, imresize(image, size), atol=1e-6)


def test_degrading_is_the_blur_and_bicubic() -> None:
    """The kernel is not symmetric: turned round, it would be another."""
    image = clean_piece("coffee")[:40, :60]
    psf = kernels.after(kernels.gaussian(2, 1, 30), kernels.gaussian(0.8, shift=1))
    found = as_image(Degrading(psf)(as_tensor(image), Size(20, 30)))
    np.testing.assert_allclose(found, imresize(convolve(image, psf), 0.5), atol=1e-5)


@pytest.mark.parametrize("scale", [2, 3])
def test_degrading_may_be_a_kernel_alone(scale: int) -> None:
    """The kernel is not symmetric: turned round, it would be another."""
    image = clean_piece("coffee")[: 20 * scale, : 30 * scale]
    kernel = DownScaling(kernels.gaussian(2, 1, 30, size=13, shift=-(scale - 1) / 2), scale)
    expected = down_scaled(image, kernel)
    assert expected.shape == (20, 30, 3)
    found = as_image(Degrading(kernel)(as_tensor(image), Size(20, 30)))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_array_equal(made_smaller(image, scale, kernel), expected)


def test_bicubics_own_kernel_is_bicubic() -> None:
    image = clean_piece("coffee")[:63, :62]
    small = down_scaled(image, DownScaling(kernels.bicubic(2), 2))
    assert small.shape == (31, 31, 3)
    inner = np.s_[3:-3, 3:-3]
    np.testing.assert_allclose(small[inner], imresize(image[:62], 0.5)[inner], atol=1e-6)


def test_examples_of_a_kernel_alone_have_sides_that_it_divides() -> None:
    kernel = DownScaling(kernels.gaussian(2, 1, 30, size=13, shift=-1.0), 3)
    image = clean_piece("coffee")[:32, :40]
    both = example(image, 3, kernel).both.numpy()
    assert both.shape == (30, 39, 6)
    np.testing.assert_array_equal(both[:, :, 3:], image[:30, :39])
    again = imresize(down_scaled(image[:30, :39], kernel), 3)
    np.testing.assert_allclose(both[:, :, :3], again, atol=1e-6)


def random_network(channels: int) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, channels, 1))


@torch.no_grad()
@pytest.mark.parametrize("scale", [2, 1.5])
def test_a_photo_turned_gives_the_result_turned(scale: float) -> None:
    x = torch.rand(1, 1, 12, 18, generator=draws())
    enlarging = Enlarging(random_network(1), scale, Degrading(), rounds=2)
    whole = enlarging(x)
    for turn in TURNS:
        turned = enlarging(turn.there(x[0, 0])[None, None])
        assert (turn.back(turned[0, 0]) - whole[0, 0]).abs().max() < 1e-5


@torch.no_grad()
@pytest.mark.parametrize("psf", [None, kernels.gaussian(1.2, 0.7, 30)])
def test_back_projection_explains_the_photo(psf: np.ndarray | None) -> None:
    x = as_tensor(clean_piece("coffee")[:40, :40])
    degrading = Degrading(psf)

    def unexplained(rounds: int) -> float:
        found = Enlarging(nn.Identity(), 2, degrading, rounds=rounds)(x)
        return float((degrading(found, Size(40, 40)) - x).abs().mean())

    assert unexplained(4) < 0.3 * unexplained(0)


def test_a_large_photo_is_learned_from_in_windows() -> None:
    rows = np.arange(3000, dtype=np.float32)[:, None, None]
    photo = rows + np.arange(4000, dtype=np.float32)[None, :, None] / 4000
    found = windows(photo)
    assert len(found) == WINDOWS
    assert {it.shape for it in found} == {(WINDOW, WINDOW, 1)}
    tops = sorted({float(it[0, 0, 0]) for it in found})
    assert tops[0] < 300
    assert tops[-1] > 2500
    whole = np.zeros((768, 768, 1), np.float32)
    assert windows(whole)[0] is whole


def test_scales_are_reached_step_by_step() -> None:
    def steps(scale: int, side: int = 64) -> tuple[float, ...]:
        return Lesson(scale, None, 0, 0, Budget()).steps(Size(99, side))

    assert steps(1) == ()
    assert steps(2) == (pytest.approx(2**0.5), 2)
    assert steps(3) == (pytest.approx(3 ** (1 / 3)), pytest.approx(3 ** (2 / 3)), 3)
    assert steps(4) == (pytest.approx(4 ** (1 / 3)), pytest.approx(4 ** (2 / 3)), 4)
    assert Lesson(1, kernels.gaussian(1), 0, 0, Budget()).steps(Size(99, 64)) == (1,)
    assert steps(4, side=15) == ()
    blurred = Lesson(4, kernels.gaussian(3.0), 0, 0, Budget())
    half = blurred.kernel_at(2)
    assert half is not None
    # Each pixel is the mean of what it covers, which widens the blur a little.
    expected, _ = kernels.resized(kernels.gaussian(1.53), len(half))
    np.testing.assert_allclose(half, expected, atol=2e-3)
    assert blurred.kernel_at(4) is blurred.kernel


def test_scales_of_a_kernel_alone_are_whole() -> None:
    def lesson(scale: int) -> Lesson:
        psf = kernels.gaussian(scale / 2, size=8 * scale + 1, shift=-(scale - 1) / 2)
        return Lesson(scale, DownScaling(psf, scale), 0, 0, Budget())

    size = Size(99, 64)
    assert [lesson(it).steps(size) for it in (2, 3, 4, 6)] == [(2,), (3,), (2, 4), (2, 6)]
    half = lesson(4).kernel_at(2)
    assert isinstance(half, DownScaling)
    assert half.scale == 2
    expected, _ = kernels.resized(kernels.gaussian(1.05, shift=-0.5), len(half.psf))
    np.testing.assert_allclose(half.psf, expected, atol=0.02)


def test_fathers_are_never_too_small() -> None:
    image = clean_piece("coffee")
    assert len(at_many_sizes(image, 16)) == len(FATHERS)
    assert [it.shape[:2] for it in at_many_sizes(image[:20, :40], 16)] == [
        (20, 40),
        (18, 36),
        (16, 32),
    ]


def test_crops_are_of_the_example() -> None:
    """Each is found in it, as it is or turned; and both halves belong together."""
    image = np.random.default_rng(0).random((20, 24, 1), np.float32)
    found = example(image, 2)
    crops = Crops([found], side=8, draw=draws())
    corners = set[float]()
    for _ in range(8):
        enlarged, sharp = crops()
        assert enlarged.shape == sharp.shape == (1, 1, 8, 8)
        row, column = (int(it) for it in np.argwhere(image[:, :, 0] == float(sharp[0, 0, 0, 0]))[0])
        assert float(found.both[row, column, 0]) == float(enlarged[0, 0, 0, 0])
        corners.add(float(sharp[0, 0, 0, 0]))
    assert len(corners) > 4


@pytest.mark.parametrize("psf", [None, kernels.gaussian(0.6)])
def test_smaller_pictures_become_as_noisy_as_the_photo(psf: np.ndarray | None) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (400, 400, 1))
    blurred = noise if psf is None else convolve(noise.astype(np.float32), psf)
    left = imresize(blurred, 0.5).std()
    assert np.hypot(left, noise_lacking(0.1, 2, psf)) == pytest.approx(0.1, rel=0.01)
    grey = example(np.full((64, 64, 1), 0.5, np.float32), 2, noise=0.1)
    enlarged, sharp = Crops([grey], side=64, draw=draws())()
    assert float((sharp - 0.5).abs().max()) < 1e-6
    assert 0.06 < float(enlarged.std()) < 0.1


def test_the_rate_falls_where_losses_do_not() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 2000)
    falling, stalled = Rate(100), Rate(100)
    for i in range(400):
        falling.heard(1 - 0.001 * i + noise[i])
    assert falling.value == FIRST_RATE
    heard = 0
    while not stalled.is_over:
        stalled.heard(0.1 + noise[heard])
        heard += 1
    # Three rates, and each is kept for a hundred losses at least.
    assert 300 <= heard < 1500


def test_learning_makes_the_loss_smaller_and_tells_how_far_it_is() -> None:
    image = imresize(clean_piece("coffee")[:96, :96], 0.5).astype(np.float32)
    budget = Budget(iterations=120, crop=32, features=16, convolutions=4)
    network = untrained(budget, 3, draws())
    found = example(image, 2)
    told: list[int] = []
    crops = Crops([found], side=32, draw=draws())
    learn(network, crops, budget, in_bfloat16=False, on_iteration=told.append)
    enlarged, sharp = found.both.permute(2, 0, 1)[None].chunk(2, dim=1)
    before, after = (
        float((it - sharp).detach().abs().mean()) for it in (enlarged, network(enlarged))
    )
    assert after < 0.97 * before
    assert told == [*range(1, 121), 120]
