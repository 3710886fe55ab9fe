from __future__ import annotations

import numpy as np

from restorekit.contracts import Size
from restorekit.images.alpha import bleed
from restorekit.images.resize import resize


def red_disk() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:61, 0:83]
    alpha = ((x - 40) ** 2 + (y - 30) ** 2 < 400).astype(np.float32)[:, :, None]
    color = np.where(alpha > 0, np.float32([0.9, 0.2, 0.1]), np.float32([0, 1, 0]))
    return color.astype(np.float32), alpha


def test_a_disk_of_one_colour_fills_everything() -> None:
    color, alpha = red_disk()
    np.testing.assert_allclose(
        bleed(color, alpha), np.broadcast_to([0.9, 0.2, 0.1], color.shape), atol=1e-6
    )


def test_what_shows_keeps_its_colour_and_the_input_is_not_changed() -> None:
    color, alpha = red_disk()
    color += np.random.default_rng(0).random(color.shape, dtype=np.float32) / 20
    alpha[30, 35:45] = 1 / 255
    before = color.copy()
    filled = bleed(color, alpha)
    np.testing.assert_array_equal(filled[alpha[:, :, 0] > 0], color[alpha[:, :, 0] > 0])
    np.testing.assert_array_equal(color, before)


def test_the_nearest_colour_wins() -> None:
    color = np.zeros((8, 64, 3), np.float32)
    alpha = np.zeros((8, 64, 1), np.float32)
    color[:, :4], color[:, -4:] = (1, 0, 0), (0, 0, 1)
    alpha[:, :4] = alpha[:, -4:] = 1
    filled = bleed(color, alpha)
    np.testing.assert_allclose(filled[:, 4:20], np.broadcast_to([1, 0, 0], (8, 16, 3)), atol=1e-6)
    np.testing.assert_allclose(filled[:, -20:-4], np.broadcast_to([0, 0, 1], (8, 16, 3)), atol=1e-6)


def test_edges_do_not_fringe_when_enlarged() -> None:
    color, alpha = red_disk()
    size = Size(244, 332)
    visible = resize(alpha, size, "bicubic")[:, :, 0] > 0.5
    fringed = np.abs(resize(color, size, "bicubic")[visible] - [0.9, 0.2, 0.1]).max()
    clean = np.abs(resize(bleed(color, alpha), size, "bicubic")[visible] - [0.9, 0.2, 0.1]).max()
    assert fringed > 0.2
    assert clean < 1e-5


def test_nothing_to_fill_or_nothing_to_fill_with_gives_the_picture_back() -> None:
    color = np.random.default_rng(0).random((5, 7, 1), dtype=np.float32)
    assert bleed(color, np.ones((5, 7, 1), np.float32)) is color
    assert bleed(color, np.zeros((5, 7, 1), np.float32)) is color
