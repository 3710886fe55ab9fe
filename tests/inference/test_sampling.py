"""Networks that are sampled: what the steps are, that seeds hold, that seams do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from toy_networks import CPU, network, whole

from restorekit.architectures._noise_schedules import SCHEDULES
from restorekit.contracts import Diffusion, Network, Sampling, Size
from restorekit.errors import NumericalError, UsageError
from restorekit.inference.diffusion import DiffusionRestorer, less_noisy, levels, noised
from restorekit.inference.make import make_restorer
from restorekit.inference.restorer import NetworkRestorer

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Image

    Told = Callable[[Tensor, Tensor, Tensor], Tensor]

pytestmark = pytest.mark.usefixtures("one_thread")


def taught(schedule: str = "linear", *, augmented: bool = False) -> Diffusion:
    left = torch.cumprod(1 - SCHEDULES[schedule](2000), 0)
    return Diffusion((1.0, *left.tolist()), augmented)


class Toy(nn.Module):
    """``tells`` the noise of a noisy picture beside another picture."""

    def __init__(self, tells: Told) -> None:
        super().__init__()
        self.tells = tells

    def forward(self, picture: Tensor, noisy: Tensor, left: Tensor) -> Tensor:
        return self.tells(picture, noisy, left[:, :, None, None, None])


def knowing(picture: Tensor, noisy: Tensor, left: Tensor) -> Tensor:
    """The noise, where the picture is the true one already."""
    root = left[:, 0]
    return (noisy - root * (2 * picture - 1)) / (1 - root.square()).sqrt()


SPREAD = 0.2


def of_noise(_: Tensor, noisy: Tensor, left: Tensor) -> Tensor:
    """The best guess at the noise where true pictures are normal with a spread of 0.2."""
    gamma = left[:, 0].square()
    return (1 - gamma).sqrt() * noisy / (gamma * SPREAD**2 + 1 - gamma)


def local(picture: Tensor, noisy: Tensor, left: Tensor) -> Tensor:
    """Something that mixes both pictures with their neighbours' pixels."""
    seen = torch.cat([picture, noisy], dim=1)
    kernel = torch.randn(
        noisy.shape[1], seen.shape[1], 3, 3, generator=torch.Generator().manual_seed(1)
    )
    return noisy + 0.1 * torch.tanh(F.conv2d(seen, kernel, padding=1)) * left[:, 0]


def sampled(
    tells: Told, tile: int = 0, channels: int = 3, diffusion: Diffusion | None = None, **asked: Any
) -> DiffusionRestorer:
    made = network(channels=channels, diffusion=diffusion or taught())
    made = Network(**{**vars(made), "module": Toy(tells)})
    found = make_restorer(
        made,
        name="toy",
        device=CPU,
        precision="fp32",
        tile=tile,
        sampling=Sampling(**{"steps": 8, **asked}),
    )
    assert isinstance(found, DiffusionRestorer)
    return found


def picture(height: int, width: int, channels: int = 3) -> Image:
    return np.random.default_rng(0).random((height, width, channels), dtype=np.float32)


@pytest.mark.parametrize("sampler", ["ddpm", "ddim"])
@pytest.mark.parametrize("steps", [2, 7, 50])
@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_who_knows_the_picture_finds_it(sampler: str, steps: int, schedule: str) -> None:
    image = picture(9, 13)
    made = sampled(knowing, sampler=sampler, steps=steps, diffusion=taught(schedule))
    assert np.abs(whole(made, image) - image).max() < 1e-3


@pytest.mark.parametrize("sampler", ["ddpm", "ddim"])
def test_samples_have_the_spread_of_what_was_taught(sampler: str) -> None:
    made = sampled(of_noise, sampler=sampler, steps=400, diffusion=taught("cosine"))
    values = 2 * whole(made, picture(60, 60)).astype(np.float64) - 1
    assert values.mean() == pytest.approx(0, abs=0.006)
    # Fewer steps than the schedule has make samples a little narrower: all 2000 give 0.2.
    assert values.std() == pytest.approx(SPREAD, rel=0.03)
    neighbours = np.corrcoef(values[:, 1:].ravel(), values[:, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.04


@pytest.mark.parametrize("sampler", ["ddpm", "ddim"])
@pytest.mark.parametrize("channels", [1, 3])
def test_tiled_is_whole(sampler: str, channels: int) -> None:
    image = picture(70, 45)
    one = whole(sampled(local, channels=channels, sampler=sampler), image)
    assert one.std() > 0.1
    for tile in (24, 33):
        many = sampled(local, tile, channels, sampler=sampler)
        assert many.plan(70, 45).tiles > 4
        assert np.abs(whole(many, image) - one).max() < 1e-4


def test_tiles_of_their_own_noise_would_not_be_the_whole() -> None:
    """What the shared noise is good for: the same tile, sampled by itself, is another picture."""
    image = picture(70, 45)
    one = whole(sampled(local), image)
    part = whole(sampled(local), image[30:54])
    assert np.abs(part - one[30:54]).max() > 0.3


def test_the_seed_is_the_picture() -> None:
    image = picture(20, 30)
    first, again, other = (whole(sampled(local, seed=seed), image) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.05
    made = sampled(local, seed=5)
    np.testing.assert_array_equal(whole(made, image), whole(made, image))


def test_ddim_adds_no_noise_and_ddpm_does() -> None:
    clean, noise = torch.linspace(-1, 1, 1000), torch.randn(1000)
    noisy = noised(clean, 0.3, noise)
    torch.testing.assert_close(
        less_noisy(noisy, clean, 0.3, 0.6, None), noised(clean, 0.6, noise), rtol=0, atol=1e-5
    )
    stirred = less_noisy(noisy, clean, 0.3, 0.6, torch.zeros(1000))
    assert (stirred - noised(clean, 0.6, noise)).abs().max() > 0.1


def test_a_step_of_ddpm_has_the_papers_mean() -> None:
    """SR3, algorithm 2, line 4, without its last term."""
    clean, noise = torch.linspace(-1, 1, 100).double(), torch.randn(100).double()
    gamma, following = 0.42, 0.45
    noisy, alpha = noised(clean, gamma, noise), gamma / following
    expected = (noisy - (1 - alpha) / (1 - gamma) ** 0.5 * noise) / alpha**0.5
    found = less_noisy(noisy, clean, gamma, following, torch.zeros(100).double())
    torch.testing.assert_close(found, expected)


def test_steps_are_spread_over_the_schedule() -> None:
    taught_so = taught()
    found = levels(taught_so, 4)
    assert found == [taught_so.gammas[it] for it in (2000, 1500, 1000, 500, 0)]
    assert found[0] == pytest.approx(4.386e-5, rel=1e-3)
    assert found[-1] == 1
    assert levels(taught_so, 2000) == [*reversed(taught_so.gammas)]
    with pytest.raises(UsageError, match="steps: expected 2000 at most, got 2001"):
        sampled(local, steps=2001)


def test_what_is_left_after_a_share_of_the_steps() -> None:
    three = Diffusion((1.0, 0.5, 0.1, 0.0))
    assert [three.gamma(it) for it in (0, 1 / 3, 0.5, 1)] == pytest.approx([1, 0.5, 0.3, 0])
    assert taught("cosine").gamma(0.5) == pytest.approx(0.494, abs=0.001)


def test_the_picture_itself_is_given_noise_where_that_was_taught() -> None:
    seen: list[Tensor] = []

    def watching(given: Tensor, noisy: Tensor, left: Tensor) -> Tensor:
        seen.extend([given, left])
        return noisy

    image = picture(60, 60)
    how = taught("cosine", augmented=True)
    whole(sampled(watching, diffusion=how, augmentation=0.3, steps=2), image)
    given, left = seen[:2]
    assert torch.equal(given, seen[2])
    gamma = how.gamma(0.3)
    assert left[0, 1].item() == pytest.approx(gamma**0.5)
    noise = (2 * given - 1).double() - gamma**0.5 * (2 * torch.from_numpy(image) - 1).permute(
        2, 0, 1
    )
    assert noise.var().item() == pytest.approx(1 - gamma, rel=0.05)
    seen.clear()
    whole(sampled(watching, diffusion=how, augmentation=0, steps=2), image)
    assert seen[1][0, 1] == 1
    torch.testing.assert_close(seen[0][0].permute(1, 2, 0), torch.from_numpy(image))


def test_grey_stays_grey_and_tiles_are_counted() -> None:
    for channels in (1, 3):
        made, calls = sampled(knowing, 24, channels), list[tuple[int, int]]()
        image = picture(30, 40, 1)
        result = whole(made, image, on_tile=lambda *call, to=calls: to.append(call))
        assert result.shape == image.shape
        assert np.abs(result - image).max() < 1e-3
        count = made.tiles(Size(30, 40))
        assert count == 8 * made.plan(30, 40).tiles
        assert calls == [(it + 1, count) for it in range(count)]


def test_numbers_that_are_not_finite_are_told() -> None:
    with pytest.raises(NumericalError, match="toy gave numbers that are not finite"):
        whole(sampled(lambda _, noisy, left: noisy / 0), picture(9, 9))


def test_a_network_is_run_or_sampled() -> None:
    plain = network()
    how: dict[str, Any] = {"name": "toy", "device": CPU, "precision": "fp32"}
    assert type(make_restorer(plain, **how)) is NetworkRestorer
    with pytest.raises(UsageError, match=r"toy is run once.*no steps, seed or sampler"):
        make_restorer(plain, sampling=Sampling(), **how)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"steps": 0}, "steps: expected 1 or more, got 0"),
        ({"seed": -1}, "seed: expected 0 or more"),
        ({"sampler": "euler"}, "sampler: expected ddpm or ddim, got 'euler'"),
        ({"augmentation": 1.5}, "augmentation: expected 0 to 1, got 1.5"),
    ],
)
def test_what_cannot_be_meant(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Sampling(**wrong)
