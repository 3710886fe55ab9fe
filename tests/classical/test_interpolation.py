"""The interpolations against the formulas of their papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from restorekit.catalog import Catalog
from restorekit.classical._interpolation import Interpolation
from restorekit.contracts import Size
from restorekit.images.resize import resize

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

METHODS: Catalog[Interpolation] = Catalog("restorekit.classical", "RESTORER", "method")
NAMES = ("nearest", "bilinear", "bicubic", "lanczos")


def triangle(x: Array) -> Array:
    return np.maximum(1 - np.abs(x), 0)


def keys(x: Array) -> Array:
    """Keys 1981, equation 15: a = -1/2."""
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def lanczos(x: Array) -> Array:
    """Duchon 1979: a sinc in the window of the wider sinc, three lobes."""
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


def weighted(line: Array, length: int, kernel: Callable[[Array], Array]) -> Array:
    """A line resized by the sum over its pixels, weights of each result normalised to one.

    Pixel i lies at i + 1/2. When shrinking, the kernel is as wide as the result's pixels are.
    """
    step = len(line) / length
    positions = (np.arange(length) + 0.5) * step
    distances = (positions[:, None] - (np.arange(len(line)) + 0.5)) / max(step, 1)
    weights = kernel(distances)
    return (weights / weights.sum(1, keepdims=True)) @ line


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_itself_is_left_alone(name: str) -> None:
    method = METHODS[name]
    assert isinstance(method, Interpolation)
    assert (method.resample, method.scale, method.task) == (name, 1, "sr")
    image = np.random.default_rng(3).random((8, 9, 3), dtype=np.float32)
    (band,) = method.bands(image)
    np.testing.assert_array_equal(band.rows, image)


@pytest.mark.parametrize("length", [48, 40, 29, 12, 7])
@pytest.mark.parametrize(
    ("name", "kernel"), [("bilinear", triangle), ("bicubic", keys), ("lanczos", lanczos)]
)
def test_weights_are_those_of_the_formula(
    name: str, kernel: Callable[[Array], Array], length: int
) -> None:
    line = np.random.default_rng(4).random(24)
    image = np.repeat(line.astype(np.float32)[None, :, None], 5, axis=0)
    expected = weighted(line, length, kernel)
    resample = METHODS[name].resample
    wide = resize(image, Size(5, length), resample)
    assert np.abs(wide[2, :, 0] - expected).max() < 1e-5
    high = resize(image.transpose(1, 0, 2), Size(length, 5), resample)
    assert np.abs(high[:, 2, 0] - expected).max() < 1e-5


def test_nearest_repeats_pixels() -> None:
    image = np.random.default_rng(5).random((4, 5, 3), dtype=np.float32)
    expected = image.repeat(3, axis=0).repeat(3, axis=1)
    result = resize(image, Size(12, 15), METHODS["nearest"].resample)
    np.testing.assert_array_equal(result, expected)


def test_a_smooth_wave_shows_the_order_from_soft_to_sharp() -> None:
    """Reconstructing a sine at six pixels a period: each filter is nearer than the one before."""
    positions = (np.arange(60) + 0.5, (np.arange(240) + 0.5) / 4)
    small, large = (0.5 + 0.4 * np.sin(p * 2 * np.pi / 6) for p in positions)
    image = small.astype(np.float32)[None, :, None]
    errors = [
        float(
            np.abs(
                resize(image, Size(1, 240), METHODS[n].resample)[0, 20:-20, 0] - large[20:-20]
            ).mean()
        )
        for n in NAMES
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 10
