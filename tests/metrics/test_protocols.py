"""The figures of the papers come out, and each step of the protocol that is left out is seen."""

from __future__ import annotations

import numpy as np
import pytest
from outside_pictures import outside, pair, pixels

from restorekit.errors import UnknownNameError, UsageError
from restorekit.images.imresize import imresize
from restorekit.images.protocols import Protocol, exact_luma, grey, luma, protocol
from restorekit.images.quantize import to_integers
from restorekit.metrics.psnr import psnr
from restorekit.metrics.ssim import ssim


def rounded(y: np.ndarray) -> np.ndarray:
    return to_integers((y / 255).astype(np.float32), 8)


def bicubic_pairs(
    data: str, scale: int, *, round_low: bool = False
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Luma brought down, up again and rounded, beside the true one; nothing cut off yet."""
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for path in sorted(outside(f"bench/{data}").iterdir()):
        picture = pixels(path)
        height, width = (length // scale * scale for length in picture.shape[:2])
        y = luma(picture[:height, :width])
        low = imresize(y, 1 / scale)
        found.append((rounded(imresize(rounded(low) if round_low else low, scale)), y))
    return found


def mean_psnr(pairs: list[tuple[np.ndarray, np.ndarray]], border: int) -> float:
    measured = Protocol("y-crop", border)
    return float(np.mean([psnr(measured(x), measured(y)) for x, y in pairs]))


@pytest.mark.parametrize(
    ("data", "scale", "figure"),
    [
        ("set5", 2, 33.66),
        ("set5", 3, 30.39),
        ("set5", 4, 28.42),
        ("set14", 2, 30.23),
        ("set14", 3, 27.54),
        ("set14", 4, 26.00),
    ],
)
def test_bicubic_of_the_papers(data: str, scale: int, figure: float) -> None:
    assert round(mean_psnr(bicubic_pairs(data, scale), scale), 2) == figure


def test_the_border_counts() -> None:
    pairs = bicubic_pairs("set5", 2)
    assert round(mean_psnr(pairs, 2), 2) == 33.66  # the papers'
    assert round(mean_psnr(pairs, 0), 2) == 33.67


def test_rounding_the_low_resolution_counts() -> None:
    # 33.65 is what tables say whose inputs were stored as files.
    assert round(mean_psnr(bicubic_pairs("set5", 2, round_low=True), 2), 2) == 33.65


def test_the_range_counts() -> None:
    restored, reference = pair("I08")
    # Studio luma has 219 of the 255 levels: errors are smaller and the figure is higher.
    studio, full = psnr(luma(restored), luma(reference)), psnr(grey(restored), grey(reference))
    assert studio - full == pytest.approx(20 * np.log10(255 / 219), abs=0.05)


def test_rounding_counts() -> None:
    restored, reference = pair("I03")
    exact = [p @ np.array([[0.298936], [0.587043], [0.114021]]) for p in (restored, reference)]
    unrounded = ssim(*((p / 255).clip(0, 1).astype(np.float32) for p in exact))
    assert round(unrounded, 4) == 0.7006
    assert round(ssim(grey(restored), grey(reference)), 4) == 0.6993  # the official figure


@pytest.mark.parametrize(
    ("rgb", "y", "g"),
    # rgb2ycbcr and rgb2gray of MATLAB
    [
        ((255, 255, 255), 235, 255),
        ((0, 0, 0), 16, 0),
        ((255, 0, 0), 81, 76),
        ((0, 255, 0), 145, 150),
        ((0, 0, 255), 41, 29),
    ],
)
def test_corners_of_the_cube(rgb: tuple[int, int, int], y: int, g: int) -> None:
    picture = np.full((2, 3, 3), rgb, np.uint8)
    assert (luma(picture) == y).all()
    assert (grey(picture) == g).all()
    assert luma(picture).shape == (2, 3, 1)


def test_exact_luma_is_luma_before_it_is_rounded() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    levels = 255 * exact_luma(picture).astype(np.float64)
    by_hand = 16 + picture @ np.array([[65.481], [128.553], [24.966]]) / 255
    np.testing.assert_allclose(levels, by_hand, atol=1e-5)
    np.testing.assert_array_equal(np.floor(levels + 0.5), luma(picture))


@pytest.mark.parametrize("name", ["y-crop", "y-exact", "rgb", "grey"])
def test_depths_are_one_picture(name: str) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (30, 20, 3), dtype=np.uint8)
    measured = protocol(name, scale=2)
    for other in (picture.astype(np.uint16) * np.uint16(257), (picture / np.float32(255))):
        np.testing.assert_array_equal(measured(other), measured(picture))
    exact = name == "y-exact"
    assert measured(picture).dtype == (np.float32 if exact else np.uint8)
    plane = picture[:, :, :1]
    border = measured.border
    inside = plane[border : 30 - border, border : 20 - border]
    np.testing.assert_array_equal(measured(plane), inside / np.float32(255) if exact else inside)


def test_its_name_is_told() -> None:
    assert str(protocol("y-crop", scale=4)) == "y-crop (border 4)"
    assert str(protocol("y-exact", scale=3)) == "y-exact (border 3)"
    assert str(protocol("rgb", scale=4)) == "rgb"
    with pytest.raises(UnknownNameError, match="did you mean y-crop"):
        protocol("ycrop")


def test_no_picture() -> None:
    with pytest.raises(UsageError, match=r"rgb takes pictures .* got \(9, 8\)"):
        protocol("rgb")(np.zeros((9, 8), np.uint8))
    with pytest.raises(UsageError, match="grey takes floats of one range: expected 0 to 1, got 0"):
        protocol("grey")(np.full((9, 8, 3), (0, 1, 255), np.float32))


def test_nothing_inside_the_border() -> None:
    with pytest.raises(UsageError, match="8x9 pixels: expected more than 8 pixels"):
        protocol("y-crop", scale=4)(np.zeros((9, 8, 3), np.uint8))
