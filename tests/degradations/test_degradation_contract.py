"""Every degradation of the folder keeps the promises of the contract."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from pictures import picture

from restorekit.contracts import Composite
from restorekit.degradations import family, names, parse
from restorekit.degradations._parameters import Parameters, kinds
from restorekit.degradations._step import RandomStep
from restorekit.errors import UsageError

SIZES = [(40, 56), (7, 3), (1, 1), (1, 9)]
SMALLER = {
    **dict.fromkeys(("bsrgan", "classical", "real_esrgan"), (20, 29)),
    **dict.fromkeys(("downscale", "learned", "resize"), (10, 14)),
    "crop_to_multiple": (32, 32),
    "kernel_downscale": (20, 29),
}
"""What the typical ones make of 41 x 59 pixels; the others keep the size."""

COMPOSITES = {"bsrgan", "classical", "mixed_blur", "mixed_noise", "real_esrgan", "rsblur"}

pytestmark = [
    pytest.mark.parametrize("name", names()),
    pytest.mark.usefixtures("degrader", "one_thread"),
]


def chains(name: str) -> list[str]:
    it = family(name)
    return [it.typical, it.drawn, *([it.neutral] if it.neutral else [])]


def test_it_says_what_it_is(name: str) -> None:
    it = family(name)
    assert it.title
    assert not it.title.endswith(".")
    assert it.typical.startswith(f"{name}(")
    assert it.drawn.startswith(f"{name}(")
    assert it.neutral is None or it.neutral.startswith(f"{name}(")
    make = it.make
    assert isinstance(make, type)
    assert issubclass(make, Parameters)
    assert make.__dataclass_params__.frozen
    assert make.__doc__
    assert "``" in make.__doc__ or "section" in make.__doc__, "its equation or its source"


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_the_result_is_a_picture(name: str, size: tuple[int, int], channels: int) -> None:
    image = picture(*size, channels)
    before = image.copy()
    for seed, text in enumerate(chains(name)):
        result = parse(text).draw(np.random.default_rng(seed))(image)
        assert result.dtype == np.float32
        assert result.ndim == 3
        assert result.shape[2] == channels
        assert np.isfinite(result).all()
        assert result.min() >= 0
        assert result.max() <= 1
        np.testing.assert_array_equal(image, before, "the input was changed")


def test_the_size_is_what_is_asked_for(name: str) -> None:
    result = parse(family(name).typical).draw(np.random.default_rng(0))(picture(41, 59))
    assert result.shape[:2] == SMALLER.get(name, (41, 59))


def test_what_is_neutral_changes_nothing(name: str) -> None:
    text = family(name).neutral
    if text is None:
        never = {*COMPOSITES, "jpeg", "webp", "quantize", "learned"}
        assert name in never
        return
    image = picture()
    np.testing.assert_array_equal(parse(text).draw(np.random.default_rng(0))(image), image)


def test_what_is_typical_is_seen(name: str) -> None:
    image = picture(65, 65)
    result = parse(family(name).typical).draw(np.random.default_rng(0))(image)
    if result.shape == image.shape:
        assert np.abs(result - image).mean() * 255 > 1


def test_a_drawn_chain_replays_from_its_text(name: str) -> None:
    image = picture()
    for seed in range(5):
        chain = parse(family(name).drawn).draw(np.random.default_rng(seed))
        again = parse(str(chain)).draw(np.random.default_rng(seed + 100))
        assert again == chain
        assert str(again) == str(chain)
        np.testing.assert_array_equal(again(image), chain(image))


def test_the_same_seed_draws_the_same(name: str) -> None:
    recipe = parse(family(name).drawn)
    assert recipe.draw(np.random.default_rng(3)) == recipe.draw(np.random.default_rng(3))
    drawn = {str(recipe.draw(np.random.default_rng(seed))) for seed in range(6)}
    assert len(drawn) > 1, "nothing is drawn"


def test_another_seed_is_another_picture(name: str) -> None:
    step = parse(family(name).typical).draw(np.random.default_rng(0)).steps[0]
    if issubclass(family(name).make, Composite) or not isinstance(step, RandomStep):
        return
    if name == "motion_blur":
        step = dataclasses.replace(step, wander=0.5)
    image = picture()
    other = dataclasses.replace(step, seed=5)
    assert (other(image) != dataclasses.replace(step, seed=6)(image)).any()
    with pytest.raises(UsageError, match="has no seed"):
        dataclasses.replace(step, seed=None)(image)


def test_ranges_hold_at_their_ends_and_not_beyond(name: str) -> None:
    it = family(name)
    given = parse(it.typical).terms[0].values
    for parameter, kind in kinds(it.make).items():
        if kind.range is None or parameter == "seed":
            continue
        low, high = kind.range[:2]
        for value in (low, high):
            it.make(**{**given, parameter: value})
        for value in (low - 1, high + 1, float("nan"), "much", True):
            with pytest.raises(UsageError, match=f"{name}: {parameter}: expected"):
                it.make(**{**given, parameter: value})


def test_other_arrays_are_refused(name: str) -> None:
    chain = parse(family(name).typical).draw(np.random.default_rng(0))
    for wrong in (
        picture().astype(np.float64),
        picture()[:, :, 0],
        np.zeros((4, 4, 4), np.float32),
        np.zeros((0, 4, 3), np.float32),
    ):
        with pytest.raises(UsageError, match=r"expected \(H, W, 1 or 3\) float32"):
            chain(wrong)
