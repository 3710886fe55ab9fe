"""The recipes draw what their papers say, read off 2000 draws each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from restorekit.degradations import parse
from restorekit.degradations.camera_noise import CameraNoise
from restorekit.degradations.camera_shake import CameraShake
from restorekit.degradations.correlated_noise import CorrelatedNoise
from restorekit.degradations.defocus import Defocus
from restorekit.degradations.gaussian_blur import GaussianBlur
from restorekit.degradations.gaussian_noise import GaussianNoise
from restorekit.degradations.generalized_gaussian_blur import GeneralizedGaussianBlur
from restorekit.degradations.jpeg import Jpeg
from restorekit.degradations.motion_blur import MotionBlur
from restorekit.degradations.plateau_blur import PlateauBlur
from restorekit.degradations.poisson_noise import PoissonNoise
from restorekit.degradations.resize import Resize
from restorekit.degradations.sinc import Sinc

if TYPE_CHECKING:
    from restorekit.contracts import Degradation

DRAWS = 2000
BLURS = (GaussianBlur, GeneralizedGaussianBlur, PlateauBlur, Sinc)

Steps = tuple["Degradation", ...]


def drawn(text: str) -> list[Steps]:
    recipe, rng = parse(text), np.random.default_rng(11)
    return [recipe.draw(rng).steps for _ in range(DRAWS)]


@pytest.fixture(scope="module")
def bsrgan() -> list[Steps]:
    return drawn("bsrgan(4)")


@pytest.fixture(scope="module")
def real_esrgan() -> list[Steps]:
    return drawn("real_esrgan(4)")


def share(events: list[bool]) -> float:
    return sum(events) / len(events)


def near(probability: float, count: int = DRAWS) -> object:
    """Four standard deviations of a share among ``count`` draws."""
    return pytest.approx(probability, abs=4 * np.sqrt(probability * (1 - probability) / count))


def of(steps: Steps, kind: type) -> list:
    return [it for it in steps if isinstance(it, kind)]


def within(values: list[float], low: float, high: float) -> None:
    """Evenly drawn from low to high, as far as ends and mean tell."""
    span = high - low
    assert low <= min(values) < low + 0.05 * span
    assert high - 0.05 * span < max(values) <= high
    spread = span / np.sqrt(12 * len(values))
    assert np.mean(values) == pytest.approx((low + high) / 2, abs=4 * spread)


def test_bsrgan_compresses_last_and_most_often_before(bsrgan: list[Steps]) -> None:
    assert all(isinstance(steps[-1], Jpeg) for steps in bsrgan)
    assert share([len(of(steps, Jpeg)) == 2 for steps in bsrgan]) == near(0.75)
    assert share([len(of(steps, CameraNoise)) == 1 for steps in bsrgan]) == near(0.25)
    qualities = [it.quality for steps in bsrgan for it in of(steps, Jpeg)]
    assert {min(qualities), max(qualities)} == {30, 95}
    assert np.mean(qualities) == pytest.approx(62.5, abs=1.5)


def test_bsrgan_noise(bsrgan: list[Steps]) -> None:
    noises = [it for steps in bsrgan for it in of(steps, GaussianNoise)]
    assert len(noises) == DRAWS
    within([it.sigma for it in noises], 1, 25)
    counts = Counter(it.channels for it in noises)
    for channels, probability in {"mixed": 0.2, "independent": 0.4, "same": 0.4}.items():
        assert counts[channels] / DRAWS == near(probability)
    shots = [it.shot for steps in bsrgan for it in of(steps, CameraNoise)]
    within(list(np.log(shots)), np.log(0.0001), np.log(0.012))


def test_bsrgan_blurs_round_and_drawn_out(bsrgan: list[Steps]) -> None:
    whole = [s for s in bsrgan if not isinstance(s[0], Resize) or s[0].share != 0.5]
    blurs = [it for steps in whole for it in of(steps, GaussianBlur) if it.size != 25 or it.sigma_y]
    long = [it for it in blurs if it.sigma_y is not None]
    within([it.sigma**2 for it in long], 0.5, 8)
    within([it.sigma_y**2 for it in long if it.sigma_y], 0.5, 8)
    within([it.angle for it in long], 0, 180)
    assert {it.size for it in long} == set(range(7, 26, 2))
    within([it.sigma for it in blurs if it.sigma_y is None and it.shift == 0], 0.1, 2.8)


def test_bsrgan_loses_pixels_in_four_ways(bsrgan: list[Steps]) -> None:
    ways: Counter[str] = Counter()
    halved = [False] * DRAWS
    for at, steps in enumerate(bsrgan):
        sizes = of(steps, Resize)
        assert sizes[-1].share == 0.25
        # A chain that begins with exactly half of the size is one of two stages.
        halved[at] = sizes[0].share == 0.5 and isinstance(steps[0], Resize)
        rest = sizes[halved[at] :]
        name = "down-up" if len(rest) == 2 else rest[0].filter
        ways[name] += 1
        assert (name == "nearest") == any(it.shift == 0.5 for it in of(steps, GaussianBlur))
    assert share(halved) == near(0.25)
    assert set(ways) == {"nearest", "bilinear", "bicubic", "down-up"}
    for count in ways.values():
        assert count / DRAWS == near(0.25)


def test_bsrgan_shuffles(bsrgan: list[Steps]) -> None:
    first = Counter(type(steps[0]).__name__ for steps in bsrgan if not isinstance(steps[0], Resize))
    assert set(first) == {"GaussianBlur", "GaussianNoise", "Jpeg", "CameraNoise"}
    orders = {
        tuple(type(it).__name__ for it in steps if not isinstance(it, Jpeg)) for steps in bsrgan
    }
    assert len(orders) > 60
    full = [s for s in bsrgan if not (isinstance(s[0], Resize) and s[0].share == 0.5)]
    noise_first = [
        next(isinstance(it, GaussianNoise) for it in s if isinstance(it, (GaussianNoise, Resize)))
        for s in full
    ]
    assert share(noise_first) == near(0.5, len(full))


def test_real_esrgan_has_two_halves(real_esrgan: list[Steps]) -> None:
    for steps in real_esrgan:
        assert len(of(steps, Jpeg)) == 2
        assert len(of(steps, GaussianNoise) + of(steps, PoissonNoise)) == 2
        assert of(steps, Resize)[-1].share == 0.25
        assert isinstance(steps[0], BLURS)
        assert isinstance(steps[-1], (Jpeg, Sinc, Resize))
    last = share([isinstance(steps[-1], Jpeg) for steps in real_esrgan])
    assert last == near(0.5)
    end = [isinstance(it, Sinc) for it in (_after_end(steps) for steps in real_esrgan)]
    assert share(end) == near(0.8)


def _after_end(steps: Steps) -> Degradation | None:
    """What follows the end size, where that is no JPEG."""
    at = max(n for n, it in enumerate(steps) if isinstance(it, Resize))
    return steps[at + 1] if at + 1 < len(steps) else None


def test_real_esrgan_blurs(real_esrgan: list[Steps]) -> None:
    first = [steps[0] for steps in real_esrgan]
    assert share([isinstance(it, Sinc) for it in first]) == near(0.1)
    shapes = [it for it in first if not isinstance(it, Sinc)]
    kinds = Counter(_kind(it) for it in shapes)
    expected = {
        ("GaussianBlur", True): 0.45,
        ("GaussianBlur", False): 0.25,
        ("GeneralizedGaussianBlur", True): 0.12,
        ("GeneralizedGaussianBlur", False): 0.03,
        ("PlateauBlur", True): 0.12,
        ("PlateauBlur", False): 0.03,
    }
    for kind, probability in expected.items():
        assert kinds[kind] / len(shapes) == near(probability, len(shapes))
    within([it.sigma for it in shapes if not isinstance(it, Sinc)], 0.2, 3)
    sides = {it.size for it in first if not isinstance(it, Sinc)}
    assert sides == set(range(7, 22, 2))
    second = [_second_half(steps) for steps in real_esrgan]
    assert share([isinstance(half[0], BLURS) for half in second]) == near(0.8)
    widths = [half[0].sigma for half in second if isinstance(half[0], GaussianBlur)]
    within(widths, 0.2, 1.5)


def _kind(blur: object) -> tuple[str, bool]:
    assert isinstance(blur, (GaussianBlur, GeneralizedGaussianBlur, PlateauBlur))
    return type(blur).__name__, blur.sigma_y in {None, blur.sigma}


def _second_half(steps: Steps) -> Steps:
    """What comes after the first JPEG."""
    return steps[next(n for n, it in enumerate(steps) if isinstance(it, Jpeg)) + 1 :]


def test_real_esrgan_sizes(real_esrgan: list[Steps]) -> None:
    first = [_share_of(steps[: len(steps) - len(_second_half(steps))]) for steps in real_esrgan]
    second = [4 * _share_of(_second_half(steps)) for steps in real_esrgan]
    for shares, (up, down), (low, high) in (
        (first, (0.2, 0.7), (0.15, 1.5)),
        (second, (0.3, 0.4), (0.3, 1.2)),
    ):
        assert share([it > 1 for it in shares]) == near(up)
        assert share([it < 1 for it in shares]) == near(down)
        within([it for it in shares if it > 1], 1, high)
        within([it for it in shares if it < 1], low, 1)
    filters = Counter(it.filter for steps in real_esrgan for it in of(steps, Resize))
    assert set(filters) == {"area", "bilinear", "bicubic"}
    total = sum(filters.values())
    for count in filters.values():
        assert count / total == near(1 / 3, total)


def _share_of(half: Steps) -> float:
    """The size that a half goes to before its noise; 1 where it stays."""
    before = next(n for n, it in enumerate(half) if isinstance(it, (GaussianNoise, PoissonNoise)))
    sizes = of(half[:before], Resize)
    return sizes[0].share if sizes else 1.0


def test_real_esrgan_noise(real_esrgan: list[Steps]) -> None:
    for at, (sigmas, scales) in enumerate([((1, 30), (0.05, 3)), ((1, 25), (0.05, 2.5))]):
        noises = [
            [it for it in steps if isinstance(it, (GaussianNoise, PoissonNoise))][at]
            for steps in real_esrgan
        ]
        white = [it for it in noises if isinstance(it, GaussianNoise)]
        photons = [it for it in noises if isinstance(it, PoissonNoise)]
        assert len(white) / DRAWS == near(0.5)
        assert share([it.channels == "same" for it in noises]) == near(0.4)
        within([it.sigma for it in white], *sigmas)
        within([it.scale for it in photons], *scales)


def test_real_esrgan_sincs(real_esrgan: list[Steps]) -> None:
    last = [it for it in (_after_end(steps) for steps in real_esrgan) if isinstance(it, Sinc)]
    within([it.cutoff for it in last], np.pi / 3, np.pi)
    first = [steps[0] for steps in real_esrgan if isinstance(steps[0], Sinc)]
    for it in first:
        assert it.cutoff >= (np.pi / 3 if it.size < 13 else np.pi / 5)


def test_classical_is_blur_then_size_then_noise() -> None:
    chains = drawn("classical(3, noise=15)")
    for blur, size, noise in chains:
        assert isinstance(blur, GaussianBlur)
        assert size == Resize(1 / 3, "matlab")
        assert isinstance(noise, GaussianNoise)
    within([steps[0].sigma for steps in chains], 0.2, 3)  # type: ignore[attr-defined]
    within([steps[2].sigma for steps in chains], 0, 15)  # type: ignore[attr-defined]
    assert share([steps[0].sigma_y is None for steps in chains]) == near(0.5)  # type: ignore[attr-defined]


def test_mixed_blur_has_three_causes_each_as_often() -> None:
    chains = drawn("mixed_blur(noise=3)")
    causes = Counter(type(steps[0]).__name__ for steps in chains)
    assert set(causes) == {"CameraShake", "MotionBlur", "Defocus"}
    for count in causes.values():
        assert count / DRAWS == near(1 / 3)
    assert {len(steps) for steps in chains} == {2}
    assert {it.sigma for steps in chains for it in of(steps, GaussianNoise)} == {3}
    hands = [it for steps in chains for it in of(steps, CameraShake)]
    assert {it.length for it in hands} == {60}
    assert {it.anxiety for it in hands} == {0.01, 0.009, 0.008, 0.007, 0.005, 0.003}
    assert {it.exposure for it in hands} == {0.1, 0.5, 1}
    movements = [it for steps in chains for it in of(steps, MotionBlur)]
    within([it.length for it in movements], 5, 30)
    within([it.angle for it in movements], 0, 180)
    within([it.radius for steps in chains for it in of(steps, Defocus)], 1.5, 6)


def test_mixed_blur_leaves_a_share_of_the_photos_sharp() -> None:
    chains = drawn("mixed_blur(2, 0.15)")
    assert share([len(steps) == 1 for steps in chains]) == near(0.15)
    assert all(isinstance(steps[-1], GaussianNoise) for steps in chains)


def test_mixed_noise_is_white_in_two_fifths_of_the_photos_and_jpeg_in_a_third() -> None:
    chains = drawn("mixed_noise(40)")
    causes = Counter(type(steps[0]).__name__ for steps in chains)
    assert causes["GaussianNoise"] / DRAWS == near(2 / 5)
    for kind in ("PoissonNoise", "CameraNoise", "CorrelatedNoise"):
        assert causes[kind] / DRAWS == near(1 / 5)
    assert share([len(steps) == 2 for steps in chains]) == near(0.35)
    white = [it for steps in chains for it in of(steps, GaussianNoise)]
    within([it.sigma for it in white], 0, 40)
    assert not any(it.clip for it in white)
    within([it.quality for steps in chains for it in of(steps, Jpeg)], 40, 95)
    scales = np.log([it.scale for steps in chains for it in of(steps, PoissonNoise)])
    within(list(scales), np.log(0.05), np.log(3))
    cameras = [it for steps in chains for it in of(steps, CameraNoise)]
    within(list(np.log([it.shot for it in cameras])), np.log(1e-4), np.log(1.2e-2))
    within([it.read / it.shot for it in cameras], 0, 0.02)
    left = [it for steps in chains for it in of(steps, CorrelatedNoise)]
    within(list(np.log([it.luma for it in left])), 0, np.log(15))
    within([it.chroma / it.luma for it in left], 0.2, 0.8)
    within([it.luma_size for it in left], 0, 1.1)
    within([it.chroma_size for it in left], 0.8, 4)


def test_rsblur_draws_one_of_a_thousand_kernels() -> None:
    chains = drawn("rsblur()")
    shakes, noises = ([steps[at] for steps in chains] for at in (0, 1))
    assert {it.seed for it in shakes} <= set(range(1000))  # type: ignore[attr-defined]
    # Of 1000, 2000 draws leave out e^-2.
    assert len({it.seed for it in shakes}) == pytest.approx(865, abs=45)  # type: ignore[attr-defined]
    within([it.highlights for it in shakes], 0.25, 1.75)  # type: ignore[attr-defined]
    assert {(it.length, it.gamma) for it in shakes} == {(70, 2.2)}  # type: ignore[attr-defined]
    assert {(it.shot, it.read) for it in noises} == {(8.8915e-05, 2.943e-05)}  # type: ignore[attr-defined]
    within([it.red for it in noises], 1.9, 2.4)  # type: ignore[attr-defined]
    within([it.blue for it in noises], 1.5, 1.9)  # type: ignore[attr-defined]
    assert max(len(it.psf()) for it in shakes[:20]) <= 71  # type: ignore[attr-defined]
