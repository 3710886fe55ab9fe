from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from made_profiles import (
    CURVES,
    SRGB_CURVE,
    container,
    gamma,
    grey_profile,
    para,
    rgb_profile,
    sampled,
)
from PIL import Image, ImageCms

from restorekit.images.icc import Parametric, Profile, Sampled, profile_of, srgb_decode, srgb_encode
from restorekit.images.quantize import to_integers

GRID = np.linspace(0, 1, 1024)
OTHER_CURVES = {
    "gamma 1.8": gamma(1.8),
    "gamma 2.2": gamma(2.2),
    "linear": b"curv" + bytes(8),
    "table": sampled(GRID**2.2),
    "para 0": para(0, 2.2),
    "para 1": para(1, 2.2, 0.95, 0.05),
    "para 2": para(2, 2.2, 0.9, 0.05, 0.02),
    "para 3": SRGB_CURVE,
    "para 4": para(4, 2.2, 0.9, 0.05, 0.2, 0.1, 0.02, 0.01),
}


def parsed(icc: bytes) -> Profile:
    profile, note = profile_of(icc, 3)
    assert profile is not None
    assert note is None
    return profile


def cube(levels: np.ndarray, dtype: type) -> np.ndarray:
    return np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3).astype(dtype)


CUBE_8 = cube(np.r_[0:6, 6:250:11, 250:256], np.uint8)
SHADOWS = np.r_[0:8, 20, 100, 300, 1000, 2651, 9000, 30000, 60000, 65000, 65533:65536]
CUBE_16 = cube(SHADOWS, np.uint16)


def assert_back_exactly(profile: Profile, pixels: np.ndarray, bits: int) -> None:
    color, excess = profile.to_srgb(pixels)
    assert color.dtype == np.float32
    assert color.min() >= 0
    assert color.max() <= 1
    np.testing.assert_array_equal(to_integers(profile.from_srgb(color, excess), bits), pixels)


@pytest.mark.parametrize("name", ["p3", "adobe", "prophoto"])
def test_wide_gamut_comes_back_to_the_bit(name: str) -> None:
    profile = parsed(rgb_profile(name))
    assert_back_exactly(profile, CUBE_8, 8)
    assert_back_exactly(profile, CUBE_16, 16)


@pytest.mark.parametrize("curve", OTHER_CURVES)
def test_every_kind_of_curve_comes_back_to_the_bit(curve: str) -> None:
    profile = parsed(rgb_profile("adobe", OTHER_CURVES[curve]))
    assert_back_exactly(profile, CUBE_8, 8)
    assert_back_exactly(profile, CUBE_16, 16)


def test_every_grey_of_16_bits_comes_back() -> None:
    ramp = np.repeat(np.arange(65536, dtype=np.uint16)[None, :, None], 3, axis=2)
    assert_back_exactly(parsed(rgb_profile("prophoto")), ramp, 16)


@pytest.mark.parametrize("name", ["p3", "adobe", "prophoto"])
def test_colours_agree_with_littlecms(name: str) -> None:
    pixels = np.random.default_rng(5).integers(90, 170, (30, 30, 3), dtype=np.uint8)
    source = ImageCms.ImageCmsProfile(io.BytesIO(rgb_profile(name)))
    reference = ImageCms.profileToProfile(
        Image.fromarray(pixels), source, ImageCms.createProfile("sRGB"), 1, outputMode="RGB"
    )
    color, excess = parsed(rgb_profile(name)).to_srgb(pixels)
    assert excess is None or name != "p3"
    assert np.abs(color * 255 - np.asarray(reference)).max() < 1.1


def test_greys_stay_grey_and_white_stays_white() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    for name in ("p3", "adobe", "prophoto"):
        color, excess = parsed(rgb_profile(name)).to_srgb(greys)
        assert np.ptp(color, axis=2).max() < 1e-6
        assert color[0, -1] == pytest.approx(1.0, abs=1e-6)
        assert excess is None or np.abs(excess).max() < 1e-6


def test_excess_is_what_clipping_took() -> None:
    pixels = np.array([[[255, 0, 0], [128, 128, 128]]], np.uint8)
    color, excess = parsed(rgb_profile("p3")).to_srgb(pixels)
    assert excess is not None
    # Display P3's red in sRGB, as CSS Color 4 converts it.
    np.testing.assert_allclose((color + excess)[0, 0], [1.0930, -0.2267, -0.1501], atol=2e-4)
    assert (color[0, 0] == [1, 0, 0]).all()
    assert (excess[0, 1] == 0).all()
    assert excess.dtype == np.float32


def test_srgb_by_any_profile_needs_no_conversion() -> None:
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    table = sampled(srgb_decode(GRID))
    for icc in (b"", own, rgb_profile("srgb"), rgb_profile("srgb", table)):
        assert profile_of(icc, 3) == (None, None)


def test_what_cannot_be_converted_is_told() -> None:
    whole = rgb_profile("p3")
    tables = container({b"A2B0": b"mft2" + bytes(60)})
    falling = rgb_profile("p3", sampled(GRID[::-1]))
    for icc, word in (
        (grey_profile(), "broken"),
        (tables, "tables"),
        (whole[:60], "broken"),
        (whole[:200], "broken"),
        (b"nonsense" * 40, "broken"),
        (falling, "broken"),
        (rgb_profile("p3", gamma(0)), "broken"),
        (rgb_profile("p3", b"para\0\0\0\0" + struct.pack(">HH", 9, 0) + bytes(40)), "broken"),
    ):
        profile, note = profile_of(icc, 3)
        assert profile is None
        assert note is not None
        assert word in note


def test_grey_photos_keep_their_profile_untouched() -> None:
    profile, note = profile_of(grey_profile(), 1)
    assert profile is None
    assert note is not None
    assert "grey profile" in note
    assert profile_of(rgb_profile("srgb"), 1) == (None, None)


def test_curves_invert_themselves() -> None:
    curves = [
        *(parsed(rgb_profile("adobe", curve)).curves[0] for curve in OTHER_CURVES.values()),
        parsed(rgb_profile("p3", CURVES["prophoto"])).curves[1],
    ]
    assert {type(curve) for curve in curves} == {Parametric, Sampled}
    for curve in curves:
        np.testing.assert_allclose(curve.encode(curve.decode(GRID)), GRID, atol=1e-9)


def test_srgb_curve_goes_on_outside_of_the_range() -> None:
    values = np.linspace(-0.6, 1.4, 401)
    np.testing.assert_allclose(srgb_encode(srgb_decode(values)), values, atol=1e-7)
    assert srgb_decode(np.array([0.5]))[0] == pytest.approx(0.21404114, abs=1e-8)
