"""Chains: read, drawn, written, and refused in one line."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import picture

from restorekit.degradations import Chain, parse
from restorekit.degradations.gaussian_noise import GaussianNoise
from restorekit.degradations.jpeg import Jpeg
from restorekit.degradations.motion_blur import MotionBlur
from restorekit.errors import UnknownNameError, UsageError
from restorekit.images.imresize import imresize
from restorekit.images.quantize import to_float, to_integers


def drawn(text: str, seed: int = 0) -> Chain:
    return parse(text).draw(np.random.default_rng(seed))


def test_steps_are_read_in_their_order() -> None:
    chain = drawn("motion_blur(15)|gaussian_noise(25, seed=3)|jpeg(40)")
    assert chain == Chain((MotionBlur(15), GaussianNoise(25, seed=3), Jpeg(40)))
    assert str(chain) == "motion_blur(15)|gaussian_noise(25, seed=3)|jpeg(40)"
    image = picture()
    by_hand = Jpeg(40)(GaussianNoise(25, seed=3)(MotionBlur(15)(image)))
    np.testing.assert_array_equal(chain(image), by_hand)


def test_names_and_places_are_the_same() -> None:
    by_name = drawn("gaussian_noise(seed=3, channels='same', sigma=25)")
    assert by_name == drawn(" gaussian_noise( 25,'same' , seed = 3 ) ")


def test_a_chain_of_nothing_changes_nothing() -> None:
    image = picture()
    assert drawn("") == drawn("  ") == Chain()
    assert str(Chain()) == ""
    assert Chain()(image) is image


@pytest.mark.parametrize("sigma", [0.1 + 0.2, 1 / 3, 1e-17, 1e16 % 255, 25])
def test_numbers_are_written_exactly(sigma: float) -> None:
    chain = Chain((GaussianNoise(sigma, seed=2**63 - 1),))
    (step,) = drawn(str(chain)).steps
    assert isinstance(step, GaussianNoise)
    assert (step.sigma, step.seed) == (sigma, 2**63 - 1)


def test_seeds_are_drawn_only_where_there_is_chance_and_no_seed() -> None:
    settled = "motion_blur(15)|gaussian_noise(25, seed=3)"
    rng = np.random.default_rng(9)
    assert str(parse(settled).draw(rng)) == settled
    assert rng.random() == np.random.default_rng(9).random(), "numbers were taken"
    blur, noise = drawn("motion_blur(15, wander=0.5)|gaussian_noise(25)", 1).steps
    assert isinstance(blur, MotionBlur)
    assert isinstance(noise, GaussianNoise)
    assert None not in {blur.seed, noise.seed}
    assert blur.seed != noise.seed


def test_two_numbers_are_a_range() -> None:
    steps = [drawn("gaussian_noise([5, 50], seed=1)", seed).steps[0] for seed in range(400)]
    sigmas = np.array([step.sigma for step in steps if isinstance(step, GaussianNoise)])
    assert len(sigmas) == 400
    assert 5 <= sigmas.min() < 6
    assert 49 < sigmas.max() <= 50
    assert sigmas.mean() == pytest.approx(27.5, abs=3 * 13 / 20)
    qualities = {drawn("jpeg([30, 33])", seed).steps[0] for seed in range(100)}
    assert qualities == {Jpeg(30), Jpeg(31), Jpeg(32), Jpeg(33)}
    assert all(isinstance(it, Jpeg) and isinstance(it.quality, int) for it in qualities)


def test_odd_sides_stay_odd() -> None:
    texts = {str(drawn("sinc(2, [7, 21])", seed)) for seed in range(200)}
    assert texts == {f"sinc(2, size={side})" for side in range(7, 22, 2)} - {"sinc(2, size=21)"} | {
        "sinc(2)"
    }


def test_other_lists_are_choices() -> None:
    texts = {str(drawn("downscale(2, ['area', 'lanczos'])", seed)) for seed in range(50)}
    assert texts == {"downscale(2, filter='area')", "downscale(2, filter='lanczos')"}
    three = {str(drawn("jpeg([20, 40, 90])", seed)) for seed in range(50)}
    assert three == {"jpeg(20)", "jpeg(40)", "jpeg(90)"}
    either = {str(drawn("gaussian_noise(5, clip=[True, False], seed=1)", s)) for s in range(50)}
    assert either == {"gaussian_noise(5, seed=1)", "gaussian_noise(5, clip=False, seed=1)"}


def test_sizes_count_from_the_start_of_the_chain() -> None:
    image = picture(45, 63)
    assert drawn("resize(0.37)|resize(1.4)|resize(0.3333333333333333)")(image).shape == (15, 21, 3)
    assert drawn("downscale(2)|downscale(2)")(image).shape == (11, 15, 3)
    assert drawn("resize(0.5)|resize(0.5)")(image).shape == (22, 31, 3)
    nested = Chain((*drawn("resize(0.5)").steps, Chain(drawn("resize(0.5)").steps)))
    assert nested(image).shape == (22, 31, 3)


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("name", ["classical", "bsrgan", "real_esrgan"])
def test_composites_end_at_their_size(name: str, scale: int) -> None:
    for seed, (height, width) in enumerate([(61, 83), (64, 64), (99, 49), (5, 9)]):
        result = drawn(f"{name}({scale})", seed)(picture(height, width))
        assert result.shape == (max(1, height // scale), max(1, width // scale), 3)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_chain_says_what_papers_on_super_resolution_measure_with(scale: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (61, 83, 3)).astype(np.uint8)
    low = np.floor(imresize(pixels[: 61 // scale * scale, : 83 // scale * scale], 1 / scale) + 0.5)
    chain = drawn(f"crop_to_multiple({scale})|downscale({scale}, 'matlab')|quantize(8)")
    np.testing.assert_array_equal(to_integers(chain(to_float(pixels)), 8), low.clip(0, 255))


def test_composites_are_written_as_their_steps() -> None:
    text = str(drawn("gaussian_blur(1)|real_esrgan(4)|jpeg(50)"))
    assert text.startswith("gaussian_blur(1)|")
    assert text.endswith("|jpeg(50)")
    assert "real_esrgan" not in text
    assert str(drawn("bsrgan", 3)) == str(drawn("bsrgan(4)", 3))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("motion_blr(15)", "unknown degradation 'motion_blr' (did you mean motion_blur or"),
        ("jpeg(qualty=3)", "unknown parameter of jpeg 'qualty' (did you mean quality?)"),
        ("jpeg", "jpeg needs quality"),
        ("jpeg()", "jpeg needs quality"),
        ("jpeg(101)", "jpeg: quality: expected a whole number from 1 to 100, got 101"),
        ("jpeg([30, 101])", "jpeg: quality: expected a whole number from 1 to 100, got 101"),
        ("jpeg(40.5)", "jpeg: quality: expected a whole number from 1 to 100, got 40.5"),
        ("jpeg('40')", "got '40'"),
        ("jpeg([])", "an empty list"),
        ("jpeg(40, quality=3)", "jpeg: quality is given twice"),
        ("jpeg(40, '4:4:4', 3)", "jpeg: expected at most 2 values, got 3"),
        ("downscale(4, 'cubic')", "downscale: filter: expected 'nearest' or 'bilinear'"),
        ("sinc(2, 8)", "size: expected a whole number from 1 to 255 in steps of 2, got 8"),
        ("gaussian_noise(1, clip=1)", "clip: expected True or False, got 1"),
        ("jpeg(40|", "the chain cannot be read"),
        ("jpeg(40)|", "the chain cannot be read"),
        ("jpeg(40);jpeg(4)", "the chain cannot be read"),
        ("jpeg(40) + jpeg(4)", "the chain cannot be read"),
        ("jpeg(4 * 10)", "the chain cannot be read"),
        ("jpeg(*[40])", "the chain cannot be read"),
        ("jpeg(**{'quality': 4})", "unknown parameter of jpeg"),
        ("os.system('ls')", "the chain cannot be read"),
        ("jpeg(__import__('os').getpid())", "the chain cannot be read"),
        ("(" * 500 + "jpeg(4)" + ")" * 500, "the chain cannot be read"),
        ("jpeg(40)\0", "the chain cannot be read"),
    ],
)
def test_what_cannot_be_meant(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, UnknownNameError) == ("unknown" in words)
