"""Compression, sizes, age and movement do what their equations say."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pictures import flat, picture
from PIL import Image

from restorekit.contracts import Size
from restorekit.degradations._moving import middle_of, moved
from restorekit.degradations._sampling import Filter, sampled, shared
from restorekit.degradations.defocus import Defocus
from restorekit.degradations.downscale import Downscale
from restorekit.degradations.dust import Dust
from restorekit.degradations.fading import BLACK, LOSS, STAIN, Fading
from restorekit.degradations.frame_average import FrameAverage
from restorekit.degradations.gaussian_blur import GaussianBlur
from restorekit.degradations.jpeg import Jpeg
from restorekit.degradations.motion_blur import MotionBlur
from restorekit.degradations.quantize import Quantize
from restorekit.degradations.resize import Resize
from restorekit.degradations.scratches import Scratches
from restorekit.degradations.webp import Webp
from restorekit.errors import OutputError
from restorekit.images.imresize import imresize
from restorekit.images.quantize import to_integers


def pillow(image: np.ndarray) -> Image.Image:
    pixels = to_integers(image, 8)
    return Image.fromarray(pixels[:, :, 0] if image.shape[2] == 1 else pixels)


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
@pytest.mark.parametrize("quality", [1, 40, 75, 100])
@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_is_pillows_to_the_byte(channels: int, quality: int, subsampling: str) -> None:
    image = picture(45, 62, channels)
    stream = io.BytesIO()
    options = {"subsampling": subsampling} if channels == 3 else {}
    pillow(image).save(stream, "JPEG", quality=quality, **options)
    step = Jpeg(quality, subsampling)  # type: ignore[arg-type]
    assert step.encoded(image) == stream.getvalue()
    with Image.open(stream) as decoded:
        expected = np.asarray(decoded, np.float32).reshape(image.shape) / np.float32(255)
    np.testing.assert_array_equal(step(image), expected)


def test_webp_is_pillows() -> None:
    image = picture(45, 62)
    stream = io.BytesIO()
    pillow(image).save(stream, "WEBP", quality=30)
    with Image.open(stream) as decoded:
        expected = np.asarray(decoded.convert("RGB"), np.float32) / np.float32(255)
    # Pillow compresses with another effort: the same loss, not the same bytes.
    error, other = (np.abs(it - image).mean() for it in (Webp(30)(image), expected))
    assert error == pytest.approx(other, rel=0.1)
    errors = [np.abs(Webp(quality)(image) - image).mean() for quality in (5, 40, 95)]
    assert errors == sorted(errors, reverse=True)
    grey = picture(45, 62, 1)
    assert np.abs(Webp(95)(grey) - grey).mean() < 0.01


def test_rounding() -> None:
    image = picture()
    rounded = Quantize(8)(image)
    np.testing.assert_array_equal(to_integers(image, 8), np.round(rounded * 255))
    assert np.abs(rounded - image).max() <= 0.5 / 255 + 1e-6
    assert set(np.unique(Quantize(1)(image))) == {0, 1}
    noisy = image * 3 - 1
    assert Quantize(8)(noisy).min() == 0
    assert Quantize(8)(noisy).max() == 1


def test_matlab_is_matlabs() -> None:
    image = picture(48, 64)
    expected = imresize(image, 1 / 4).clip(0, 1)
    np.testing.assert_allclose(Downscale(4, "matlab")(image), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["nearest", "bilinear", "bicubic", "area", "lanczos", "matlab"])
@pytest.mark.parametrize("antialias", [True, False])
def test_filters_keep_flat_pictures_and_places(kind: Filter, antialias: bool) -> None:
    result = sampled(flat(0.3, side=37), Size(11, 23), kind, antialias=antialias)
    np.testing.assert_allclose(result, 0.3, atol=1e-6)
    ramp = np.repeat(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], 8, axis=0)
    for width in (16, 23, 100):
        small = sampled(ramp, Size(8, width), kind, antialias=antialias)[3, :, 0]
        expected = ((np.arange(width) + 0.5) * 64 / width - 0.5) / 63
        inside = slice(width // 5, -width // 5)
        # Nearest is half a pixel off at most; the others see the slope where it is.
        bound = 0.51 / 63 if kind == "nearest" else 0.27 / 63 if kind == "area" else 2e-3
        assert np.abs(small - expected)[inside].max() < bound


def test_area_is_the_mean_of_what_is_covered() -> None:
    image = picture(24, 36)
    blocks = image.reshape(8, 3, 9, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(
        sampled(image, Size(8, 9), "area", antialias=False), blocks, atol=1e-6
    )
    row = np.array([0, 1, 2, 3, 4], np.float32).reshape(1, 5, 1)
    halves = sampled(row, Size(1, 2), "area", antialias=False)[0, :, 0]
    np.testing.assert_allclose(halves, [(0 + 1 + 0.5 * 2) / 2.5, (0.5 * 2 + 3 + 4) / 2.5])


def test_without_antialiasing_it_aliases() -> None:
    stripes = np.zeros((32, 32, 1), np.float32)
    stripes[:, ::4] = 1
    wide = sampled(stripes, Size(8, 8), "bilinear", antialias=True)
    bare = sampled(stripes, Size(8, 8), "bilinear", antialias=False)
    np.testing.assert_allclose(wide[2:-2, 2:-2], 0.25, atol=0.05)
    np.testing.assert_allclose(bare, 0, atol=1e-6)


def test_bicubic_is_that_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    image = picture(40, 56)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None]
    kinds: tuple[Filter, ...] = ("bilinear", "bicubic")
    for kind in kinds:
        for size in ((13, 21), (70, 90)):
            expected = torch.nn.functional.interpolate(tensor, size, mode=kind)[0]
            got = sampled(image, Size(*size), kind, antialias=False)
            np.testing.assert_allclose(got, expected.permute(1, 2, 0).numpy(), atol=2e-6)


def test_shares_are_exact() -> None:
    for length in range(1, 400):
        for scale in range(1, 17):
            assert shared(Size(length, 7), 1 / scale).height == max(1, length // scale)


def test_down_up_sampling_loses_more() -> None:
    image = picture(64, 64)
    straight = Downscale(2, "bilinear", antialias=False)(image)
    around = Downscale(2, "bilinear", antialias=False, via=8)(image)
    assert around.shape == straight.shape
    assert np.abs(np.diff(around, axis=1)).mean() < 0.8 * np.abs(np.diff(straight, axis=1)).mean()


def test_resize_is_neutral_only_at_its_size() -> None:
    image = picture(40, 56)
    assert Resize(1)(image) is image
    assert Resize(1)(image, Size(20, 28)).shape == (20, 28, 3)


def test_a_shifted_blur_moves_the_picture() -> None:
    row = np.zeros((1, 41, 1), np.float32)
    row[0, 20] = 1
    middle = (GaussianBlur(2, shift=0.5, size=25)(row)[0, :, 0] * np.arange(41)).sum()
    assert middle == pytest.approx(20.5, abs=1e-3)


def test_defocus_blurs_more_with_the_radius() -> None:
    image = picture(64, 64)
    sharpness = [np.abs(np.diff(Defocus(r)(image), axis=1)).mean() for r in (0, 1, 2, 4)]
    assert sharpness == sorted(sharpness, reverse=True)
    assert Defocus(0.5)(image) is image


def test_motion_blurs_along_its_direction_only() -> None:
    stripes = np.zeros((32, 32, 1), np.float32)
    stripes[:, ::2] = 1
    np.testing.assert_allclose(MotionBlur(9, 90)(stripes), stripes, atol=1e-5)
    np.testing.assert_allclose(MotionBlur(9, 0)(stripes), 0.5, atol=0.06)


def test_a_wandering_path_is_bent_and_keeps_its_length_at_most() -> None:
    straight = MotionBlur(30, 40).psf()
    for seed in range(5):
        bent = MotionBlur(30, 40, 1.0, seed=seed).psf()
        assert bent.sum() == pytest.approx(1)
        assert len(bent) <= 61
        assert np.count_nonzero(bent) > 10
        assert bent.shape != straight.shape or np.abs(bent - straight).max() > 1e-3
    nearly = MotionBlur(30, 40, 1e-6, seed=1).psf()
    np.testing.assert_allclose(nearly[nearly > 0.01].sum(), 1, atol=0.2)
    assert abs(len(nearly) - len(straight)) <= 2


def test_frames_of_a_shift_are_a_motion_blur() -> None:
    image = picture(48, 48)
    frames = FrameAverage(9, right=8, gamma=1)(image)
    # Nine frames a pixel apart: a box of nine pixels.
    box = np.stack([np.roll(image, shift, axis=1) for shift in range(-4, 5)]).mean(axis=0)
    np.testing.assert_allclose(frames[:, 6:-6], box[:, 6:-6], atol=1e-5)


def test_frames_add_up_in_linear_light() -> None:
    row = np.zeros((1, 20, 1), np.float32)
    row[0, 10:] = 1
    row = np.repeat(row, 20, axis=0)
    edge = FrameAverage(3, right=2)(row)[10, :, 0]
    np.testing.assert_allclose(edge[9:11], [(1 / 3) ** (1 / 2.2), (2 / 3) ** (1 / 2.2)], atol=1e-5)


def test_turning_blurs_the_corners_and_not_the_middle() -> None:
    image = np.random.default_rng(0).random((65, 65, 1), np.float32)
    change = np.abs(FrameAverage(9, turn=6, gamma=1)(image) - image)
    assert change[31:34, 31:34].mean() < 0.3 * change[:8, :8].mean()
    point = np.zeros((41, 41, 1), np.float32)
    point[20, 35] = 1
    # The last frame is turned counter-clockwise: what is on the right has gone up.
    last = moved(point, 20, np.zeros(2), middle_of(point))
    assert np.argwhere(last[..., 0] > 0.2)[:, 0].max() < 17


def test_fading_follows_beer_and_lambert() -> None:
    image = np.full((1, 1, 3), 0.25, np.float32)
    for strength in (0.3, 1):
        expected = 0.25 ** (1 - strength * np.array(LOSS)) * (1 - strength * np.array(STAIN))
        np.testing.assert_allclose(Fading(strength)(image)[0, 0], expected, rtol=1e-5)
    red, green, blue = Fading(1)(image)[0, 0]
    assert red > green > 0.25
    assert red > blue
    black = Fading(1)(np.zeros((1, 1, 3), np.float32))[0, 0]
    assert black[0] == pytest.approx(BLACK ** (1 - LOSS[0]) * (1 - STAIN[0]), rel=1e-5)
    slight = Fading(1e-6)(picture())
    np.testing.assert_allclose(slight, picture(), atol=2e-5)


@pytest.mark.parametrize("color", ["white", "black"])
def test_specks_and_scratches_have_their_colour_and_leave_the_rest(color: str) -> None:
    grey = flat(0.5, 1, side=128)
    for step in (
        Scratches(5, 2, color=color, seed=1),  # type: ignore[arg-type]
        Dust(30, 3, color=color, seed=1),  # type: ignore[arg-type]
    ):
        change = (step(grey) - 0.5) * (1 if color == "white" else -1)
        assert change.min() >= -1e-6
        assert 0.2 < change.max() <= 0.45 + 1e-6
        assert 0.4 < (change < 1e-4).mean() < 0.99


def test_more_and_larger_specks_cover_more() -> None:
    grey = flat(0.5, 1)

    def covered(step: Dust | Scratches) -> float:
        return float((np.abs(step(grey) - 0.5) > 0.05).mean())

    assert covered(Dust(20, seed=1)) < covered(Dust(200, seed=1)) < covered(Dust(200, 5, seed=1))
    assert covered(Scratches(3, seed=1)) < covered(Scratches(30, seed=1))
    assert covered(Scratches(3, seed=1)) < covered(Scratches(3, 6, seed=1))
    # An exponential of mean r has a second moment of 2 r^2: the mean area of a speck.
    assert covered(Dust(40, 4, 1.0, seed=2)) == pytest.approx(40 * 2 * np.pi * 16 / 256**2, rel=0.4)


def test_what_a_format_has_no_room_for_is_told() -> None:
    with pytest.raises(OutputError, match="too large for WEBP: expected at most 16383 pixels"):
        Webp(30)(np.zeros((1, 16384, 1), np.float32))
    with pytest.raises(OutputError, match="too large for JPEG"):
        Jpeg(30)(np.zeros((1, 70_000, 1), np.float32))
