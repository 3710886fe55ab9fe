"""The path of a trembling hand, and the blur that it makes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from restorekit import kernels
from restorekit.degradations import camera_shake
from restorekit.degradations.camera_shake import CameraShake


def test_a_hand_stays_within_its_path() -> None:
    for seed in range(20):
        psf = CameraShake(60, seed=seed).psf()
        assert psf.sum() == pytest.approx(1, abs=1e-12)
        assert psf.min() >= 0
        # No place is farther from the mean place than half of the path.
        assert len(psf) <= 61
        offsets = np.arange(len(psf)) - len(psf) // 2
        np.testing.assert_allclose([offsets @ psf.sum(axis) for axis in (0, 1)], 0, atol=1e-9)
        again = CameraShake(60, seed=seed).psf()
        np.testing.assert_array_equal(again, psf)
    straight = CameraShake(60, anxiety=0, seed=3).psf()
    down, right = np.nonzero(straight > 1e-3)
    assert math.hypot(np.ptp(down), np.ptp(right)) == pytest.approx(60, abs=2)


def test_a_path_has_its_length_at_any_anxiety() -> None:
    for anxiety in (0.0, 0.005, 0.01, 1.0):
        places = camera_shake.hand_path(np.random.default_rng(1), 60, anxiety)
        assert len(places) == 2000
        assert places[0] == 0
        np.testing.assert_allclose(np.abs(np.diff(places)), 60 / 1999, rtol=1e-9)
    calm, anxious = (
        np.mean(
            [_extent(camera_shake.hand_path(np.random.default_rng(it), 60, a)) for it in range(40)]
        )
        for a in (0.003, 0.01)
    )
    # Twice 200 paths of the published update: 27.6 and 16.6 pixels.
    assert calm == pytest.approx(27.6, rel=0.15)
    assert anxious == pytest.approx(16.6, rel=0.15)


def _extent(places: np.ndarray) -> float:
    return math.hypot(np.ptp(places.real), np.ptp(places.imag))


def test_a_shorter_exposure_shows_the_beginning_of_the_path() -> None:
    places = camera_shake.hand_path(np.random.default_rng(4), 60, 0.005)[:200]
    places = places - places.mean()
    expected = kernels.path(-places.imag, places.real)
    np.testing.assert_array_equal(CameraShake(60, exposure=0.1, seed=4).psf(), expected)
    assert len(expected) <= 7


def test_clipped_highlights_are_wider_in_light() -> None:
    lamp = np.full((41, 41, 1), 0.1, np.float32)
    lamp[20, 20] = 1
    psf = kernels.resized(CameraShake(10, seed=2).psf(), 41)[0][:, :, None]
    light = 0.1**2.2
    for h in (0.0, 20 / 3):
        shaken = CameraShake(10, gamma=2.2, highlights=h, seed=2)(lamp)
        expected = np.minimum(light + psf * (1 + h - light), 1) ** (1 / 2.2)
        np.testing.assert_allclose(shaken, expected, atol=2e-4)
    assert CameraShake(10, highlights=10, seed=2)(np.ones((9, 9, 1), np.float32)).max() == 1
