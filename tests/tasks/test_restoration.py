"""Colour, transparency, strength and size, with interpolation and with a real network."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_photos import saved, smooth
from made_profiles import rgb_profile

from restorekit.classical.lanczos import RESTORER as LANCZOS
from restorekit.contracts import Finishing, Size
from restorekit.images.photo import Encoding, Photo
from restorekit.images.quantize import to_float
from restorekit.images.reading import read
from restorekit.tasks.restoring import Restoration

if TYPE_CHECKING:
    from restorekit.contracts import OnTile, Pixels, Restorer

SIDE = 32


@pytest.fixture(params=["lanczos", "network"])
def restorer(request: pytest.FixtureRequest) -> Restorer:
    if request.param == "lanczos":
        return LANCZOS
    found: Restorer = request.getfixturevalue("network")
    return found


def photo_of(pixels: np.ndarray, profile: str | None = None) -> Photo:
    icc = rgb_profile(profile) if profile else None
    return read(saved(pixels, "PNG", icc_profile=icc), name="photo")


def enlarged(
    photo: Photo,
    restorer: Restorer,
    *,
    scale: float = 4,
    strength: float = 1.0,
    on_tile: OnTile | None = None,
) -> Pixels:
    size = Size(round(photo.size.height * scale), round(photo.size.width * scale))
    return Restoration(photo, restorer, size, 8, Finishing(strength)).run(on_tile)


def disc() -> np.ndarray:
    """A red disc with a soft edge on transparent black."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
    alpha = np.clip(SIDE / 3 - np.hypot(y, x) + 0.5, 0, 1)
    pixels = np.zeros((SIDE, SIDE, 4), np.uint8)
    pixels[..., 0] = np.where(alpha > 0, 255, 0)
    pixels[..., 3] = np.rint(alpha * 255)
    return pixels


def test_strength_0_is_the_plain_resize(network: Restorer) -> None:
    photo = photo_of(smooth(SIDE, SIDE + 9))
    for scale in (2.5, 4, 6):
        nothing = enlarged(photo, network, scale=scale, strength=0)
        np.testing.assert_array_equal(nothing, enlarged(photo, LANCZOS, scale=scale))


def test_strength_mixes(network: Restorer) -> None:
    # Far from black and white, where clipping would bend the mixture.
    photo = photo_of(np.random.default_rng(1).integers(80, 176, (SIDE, SIDE, 3), np.uint8))
    none, part, full = (
        enlarged(photo, network, strength=strength).astype(float) for strength in (0, 0.25, 1)
    )
    assert np.abs(full - none).mean() > 5
    assert np.abs(part - (0.25 * full + 0.75 * none)).max() <= 1


def test_transparent_edges_do_not_fringe(restorer: Restorer) -> None:
    result = enlarged(photo_of(disc()), restorer)
    color, alpha = result[..., :3].astype(int), result[..., 3]
    edge = (alpha > 127) & (alpha < 255)
    assert edge.sum() > 100
    assert color[..., 0][alpha > 127].min() >= 250
    assert color[..., 1:][alpha > 127].max() <= 5
    # The same picture without its alpha does darken there: the edge is one that could fringe.
    naked = enlarged(photo_of(disc()[..., :3]), restorer)
    assert naked[..., 0][edge].min() < 230


def test_alpha_is_enlarged_like_a_picture(restorer: Restorer) -> None:
    alpha = enlarged(photo_of(disc()), restorer)[..., 3].astype(float)
    area = disc()[..., 3].sum() * 16.0
    assert alpha.sum() == pytest.approx(area, rel=0.02)
    assert alpha[0].max() <= 4
    assert alpha[SIDE * 2, SIDE * 2] >= 254


def test_opaque_alpha_stays_opaque(restorer: Restorer) -> None:
    pixels = np.dstack([smooth(SIDE, SIDE), np.full((SIDE, SIDE), 255, np.uint8)])
    assert (enlarged(photo_of(pixels), restorer)[..., 3] == 255).all()


def primaries() -> np.ndarray:
    """Fields of pure red, green and blue, side by side."""
    fields = np.repeat(np.eye(3, dtype=np.uint8) * 255, SIDE, axis=0)
    return np.broadcast_to(fields, (SIDE, 3 * SIDE, 3))


def middles(result: np.ndarray) -> list[np.ndarray]:
    """The middle of each of the three fields, enlarged by 4."""
    fields = np.split(result, 3, axis=1)
    return [it[2 * SIDE - 8 : 2 * SIDE + 8, 2 * SIDE - 8 : 2 * SIDE + 8] for it in fields]


def test_colours_outside_srgb_survive_interpolation() -> None:
    result = enlarged(photo_of(primaries(), "p3"), LANCZOS).astype(int)
    for channel, field in enumerate(middles(result)):
        assert np.abs(field - np.eye(3)[channel] * 255).max() <= 1


def test_colours_outside_srgb_survive_a_network(network: Restorer) -> None:
    """What a network does to a primary of sRGB it does to that of P3, and not much more."""
    result = enlarged(photo_of(primaries(), "p3"), network)
    usual = enlarged(photo_of(primaries()), network)
    for channel, (wide, plain) in enumerate(zip(middles(result), middles(usual), strict=True)):
        pure = np.eye(3)[channel] * 255
        wide_error, plain_error = np.abs(wide - pure), np.abs(plain - pure)
        assert np.median(wide_error, (0, 1)).max() <= np.median(plain_error, (0, 1)).max() + 3
        assert np.median(wide_error, (0, 1)).max() <= 6


@pytest.mark.parametrize("profile", [None, "srgb", "p3", "adobe"])
def test_colours_do_not_shift(restorer: Restorer, profile: str | None) -> None:
    pixels = smooth(48, 56) // 2 + 60
    result = enlarged(photo_of(pixels, profile), restorer)
    before, after = pixels.mean((0, 1)), result.mean((0, 1))
    assert np.abs(after - before).max() <= (1 if restorer is LANCZOS else 3)


def test_grey_stays_grey(restorer: Restorer) -> None:
    pixels = smooth(SIDE, SIDE)[..., :1]
    result = enlarged(photo_of(pixels), restorer)
    assert result.shape == (4 * SIDE, 4 * SIDE, 1)
    assert abs(result.mean() - pixels.mean()) <= 3


def test_the_depth_is_that_of_the_result(restorer: Restorer) -> None:
    photo = Photo("photo", to_float(smooth(8, 9)), Encoding("png", 16, lossless=True))
    deep = Restoration(photo, restorer, Size(32, 36), 16).run()
    flat = Restoration(photo, restorer, Size(32, 36), 8).run()
    assert (deep.dtype, flat.dtype) == (np.uint16, np.uint8)
    assert len(np.unique(deep)) > 256
    assert np.abs(deep / 257 - flat).max() <= 0.51


def test_tiles_of_colour_and_alpha_are_counted_together(restorer: Restorer) -> None:
    heard: list[tuple[int, int]] = []
    photo = photo_of(disc())
    enlarged(photo, restorer, on_tile=lambda done, every: heard.append((done, every)))
    every = 2 * restorer.tiles(photo.size)
    assert heard == [(done, every) for done in range(1, every + 1)]


def test_what_lies_under_transparency_stays_at_the_photos_own_size() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (9, 7, 4), np.uint8)
    pixels[:4, :, 3] = 0
    np.testing.assert_array_equal(enlarged(photo_of(pixels), LANCZOS, scale=1), pixels)
    stream = io.BytesIO(saved(pixels, "TIFF"))
    same = Restoration(read(stream.getvalue()), LANCZOS, Size(9, 7), 8).run()
    np.testing.assert_array_equal(same, pixels)
