"""Kernels by what sharp pictures are like: few edges, black somewhere, few gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import ndimage, signal
from shaken import SHAKE, blurred, sharp

from restorekit import kernels
from restorekit.images.reading import read
from restorekit.kernel_estimation import dark_channel, l0_gradient, normalized_sparsity
from restorekit.kernel_estimation._coarse_to_fine import observed
from restorekit.kernel_estimation._few_edges import FewEdges
from restorekit.kernel_estimation._kernel_fit import sparse_kernel
from restorekit.kernel_estimation._measures import likeness, spread
from restorekit.kernel_estimation._shake import Shake

if TYPE_CHECKING:
    from types import ModuleType

    from restorekit.contracts import Image, Psf

SIDE = 190
METHODS = [dark_channel, l0_gradient, normalized_sparsity]


@pytest.mark.parametrize("method", METHODS, ids=lambda it: it.__name__.split(".")[-1])
@pytest.mark.parametrize("psf", [SHAKE, kernels.line(9, 30)], ids=["shake", "line"])
def test_a_known_kernel_is_found(method: ModuleType, psf: Psf) -> None:
    found = method.estimate_kernel(blurred(sharp(SIDE), psf), 13)
    assert found.shape == (13, 13)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert likeness(found, psf) > 0.9


@pytest.mark.parametrize("method", METHODS, ids=lambda it: it.__name__.split(".")[-1])
def test_a_sharp_photo_has_nearly_a_point(method: ModuleType) -> None:
    found = method.estimate_kernel(sharp(), 9)
    assert found[3:6, 3:6].sum() > 0.9
    assert spread(found).length < 3


@pytest.mark.parametrize("method", METHODS, ids=lambda it: it.__name__.split(".")[-1])
def test_no_edges_are_a_point(method: ModuleType) -> None:
    for found in method.ESTIMATOR.attempts(np.full((40, 50, 1), 0.5, np.float32), 7):
        np.testing.assert_array_equal(found, np.pad([[1.0]], 3))


def test_the_picture_of_few_edges_is_flat_between_them() -> None:
    photo = blurred(sharp(), kernels.delta(), 2).mean(axis=2)
    few = FewEdges(observed(photo, 3), kernels.delta(), 0.02)
    flat = few.seen.photo(l0_gradient.few_edges(few))[0]
    steps = np.abs(np.diff(flat, axis=1))
    assert (steps < 1e-3).mean() > 0.6 > 4 * (np.abs(np.diff(photo, axis=1)) < 1e-3).mean()
    assert steps.max() > 0.1  # edges stay as steep as they were


def test_a_picture_can_be_held_near_another() -> None:
    """With a weight that outweighs all else it is that other one."""
    photo = blurred(sharp(80), kernels.delta(), 2).mean(axis=2)
    few = FewEdges(observed(photo, 3), kernels.line(3), 1e-4)
    near = np.random.default_rng(1).random(few.seen.planes.shape, np.float32)
    np.testing.assert_allclose(few.picture(near, near, 1e7), near, atol=0.02)


def test_black_is_made_of_what_the_adjoint_of_the_dark_channel_reaches() -> None:
    """The dark channel as a matrix of one 1 a row, written out."""
    picture = np.random.default_rng(3).random((1, 14, 17), np.float32)
    places = np.arange(picture.size).reshape(picture.shape[1:])
    selection = np.zeros((picture.size, picture.size), np.float32)
    for (row, column), place in np.ndenumerate(places):
        patch = places[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3]
        selection[place, patch.flat[picture.flat[patch].argmin()]] = 1
    dark = (selection @ picture.ravel()).reshape(picture.shape)
    np.testing.assert_array_equal(dark, ndimage.minimum_filter(picture, (1, 5, 5)))
    reached = selection.T @ np.ones(picture.size, np.float32) > 0
    np.testing.assert_array_equal(dark_channel.darkest(picture, 5).ravel(), reached)
    other = np.random.default_rng(4).random(picture.size, np.float32)
    forth, back = np.vdot(dark, other), np.vdot(picture, selection.T @ other)
    assert forth == pytest.approx(back, rel=1e-5)


def test_a_dark_picture_is_darker_where_it_is_dark() -> None:
    photo = blurred(sharp(), kernels.gaussian(1.5)).mean(axis=2)
    few = FewEdges(observed(photo, 9), kernels.gaussian(1.5))
    dark, plain = (
        ndimage.minimum_filter(few.seen.photo(it(few)), (1, 35, 35))
        for it in (dark_channel.dark_picture, l0_gradient.few_edges)
    )
    assert np.abs(dark).min() < 0.6 * np.abs(plain).min()


def test_few_values_of_a_kernel_are_not_0() -> None:
    edges = np.zeros((2, 60, 70), np.float32)
    edges[:, 10:-10, 10:-10] = np.random.default_rng(1).standard_normal((2, 40, 50))
    seen = np.stack([signal.convolve(it, SHAKE, mode="same") for it in edges])
    seen += np.random.default_rng(2).normal(0, 0.5, seen.shape)
    before = np.full(SHAKE.shape, 1 / SHAKE.size)
    found, faint = (sparse_kernel(edges, seen.astype(np.float32), before, it) for it in (1e-4, 0.1))
    assert likeness(np.maximum(found, 0), SHAKE) > 0.95
    assert np.abs(faint).sum() < 0.2 * np.abs(found).sum()  # what values cost is what shrinks them


def twice(image: Image, size: int) -> list[Psf]:
    """Says of parts of up to 384 x 384 pixels that it was a line, and is sure of it."""
    assert max(image.shape) <= 384
    return [kernels.resized(kernels.line(9, 30), size)[0]] * 2


def test_a_photo_out_of_focus_is_not_taken_for_a_shaken_one() -> None:
    method = Shake("twice", title="", attempts=twice, reliable=0.9)
    photo = read("photos/astronaut.jpg").color
    shaken = method.estimate(blurred(photo, kernels.line(15, 30), 1))
    assert shaken.reliable
    assert shaken.confidence == pytest.approx(1)
    disk = method.estimate(blurred(photo, kernels.disk(5), 1))
    assert not disk.reliable
    assert disk.confidence < 0.5
