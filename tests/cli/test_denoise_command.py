"""``restorekit denoise``: photos in, the same photos without noise out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hand_placed import place_denoisers
from PIL import Image

import restorekit
from restorekit.errors import UsageError
from restorekit.tasks.denoise import Denoising, denoise

if TYPE_CHECKING:
    from conftest import Command

CLEAN = np.full((48, 64, 3), (90, 140, 200), np.uint8)
CLEAN[12:36, 16:48] = (200, 60, 40)


def noisy(sigma: float = 20, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, sigma, CLEAN.shape)
    return (CLEAN + noise).round().clip(0, 255).astype(np.uint8)


def error(name: str) -> float:
    pixels = np.asarray(Image.open(name).convert("RGB")).astype(float)
    return float(np.sqrt(np.mean((pixels - CLEAN) ** 2)))


@pytest.fixture(autouse=True)
def _photo(_elsewhere: None) -> None:
    Image.fromarray(noisy()).save("a.png")


def test_the_default_finds_and_takes_the_noise(command: Command, tmp_path: Path) -> None:
    place_denoisers(tmp_path / "cache")
    done = command("denoise", "a.png", "--offline")
    assert done.status == 0
    assert "model ffdnet" in done.err
    (told,) = [it for it in done.err.splitlines() if "estimated" in it]
    assert 17 < float(told.split()[3].rstrip(",")) < 23
    assert error("a_denoised.png") < 0.3 * error("a.png")
    with Image.open("a_denoised.png") as result:
        assert result.size == (64, 48)


@pytest.mark.parametrize(
    ("options", "last", "left"),
    [((), "restorekit-denoise", 0.45), (("--sigma", "20"), "bm3d", 0.4)],
)
def test_without_weights_the_next_best_serves_and_that_is_said(
    command: Command, options: tuple[str, ...], last: str, left: float
) -> None:
    """What comes with the program, but where the noise is told: it finds that by itself."""
    done = command("denoise", "a.png", "--offline", *options)
    assert done.status == 0
    told = [it for it in done.err.splitlines() if "serves instead" in it]
    assert len(told) == 2
    assert told[0].endswith(": ffdnet-ipol serves instead")
    assert told[1].endswith(f": {last} serves instead")
    assert f"model {last}" in done.err
    assert error("a_denoised.png") < left * error("a.png")


def test_a_model_that_was_named_does_not_give_way(command: Command) -> None:
    done = command("denoise", "a.png", "-m", "ffdnet", "--offline")
    assert done.status == 1
    assert "the weights of ffdnet are not on this machine" in done.complaint
    assert not Path("a_denoised.png").exists()


@pytest.mark.parametrize("model", ["gaussian", "median", "wavelet", "bm3d"])
def test_every_kind_of_method(command: Command, model: str) -> None:
    done = command("denoise", "a.png", "-m", model, "--sigma", "20", "-o", "b.png")
    assert done.status == 0
    assert "estimated" not in done.err
    assert error("b.png") < 0.75 * error("a.png")


def test_no_strength_is_the_photo_itself(command: Command) -> None:
    assert (
        command("denoise", "a.png", "-m", "gaussian", "--strength", "0", "-o", "b.png").status == 0
    )
    np.testing.assert_array_equal(np.asarray(Image.open("b.png")), noisy())


def test_more_strength_less_noise(command: Command) -> None:
    errors = [error("a.png")]
    for strength in ("0.3", "0.6", "1"):
        command(
            "denoise",
            "a.png",
            "-m",
            "wavelet",
            "--strength",
            strength,
            "-o",
            "b.png",
            "--overwrite",
        )
        errors.append(error("b.png"))
    assert errors == sorted(errors, reverse=True)


def test_grain_and_the_colours_of_the_photo(command: Command) -> None:
    common = ("denoise", "a.png", "-m", "gaussian", "--sigma", "40", "--color-lock")
    assert command(*common, "-o", "b.png").status == 0
    assert command(*common, "--grain", "6", "-o", "c.png").status == 0
    smooth, grainy = (np.asarray(Image.open(it)).astype(float) for it in ("b.png", "c.png"))
    np.testing.assert_allclose(smooth.mean((0, 1)), noisy().mean((0, 1)), atol=0.5)
    grain = grainy - smooth
    assert 3 < grain.std() < 6.5
    assert np.corrcoef(grain[..., 0].ravel(), grain[..., 2].ravel())[0, 1] > 0.8


def test_no_noise_is_the_photo_itself(command: Command) -> None:
    assert command("denoise", "a.png", "-m", "bm3d", "--sigma", "0", "-o", "b.png").status == 0
    np.testing.assert_array_equal(np.asarray(Image.open("b.png")), noisy())


def test_transparency_stays_as_it_is(command: Command) -> None:
    alpha = np.random.default_rng(1).integers(0, 256, (48, 64, 1)).astype(np.uint8)
    Image.fromarray(np.concatenate([noisy(), alpha], axis=2)).save("t.png")
    assert command("denoise", "t.png", "-m", "gaussian", "--sigma", "20").status == 0
    result = np.asarray(Image.open("t_denoised.png"))
    np.testing.assert_array_equal(result[..., 3:], alpha)
    assert np.abs(result[..., :3].astype(int) - noisy()).max() > 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--sigma", "loud"), "--sigma: expected auto, or 0 to 255, got 'loud'"),
        (("--sigma", "-1"), "--sigma: expected 0 to 255, got -1"),
        (("--sigma", "nan"), "--sigma: expected 0 to 255, got nan"),
        (("--strength", "2"), "strength: expected 0 to 1, got 2"),
        (("-m", "bicubic"), "bicubic is for sr: expected a model for denoise"),
        (("-m", "gausian"), "did you mean gaussian"),
    ],
)
def test_what_cannot_be_meant(command: Command, arguments: tuple[str, ...], words: str) -> None:
    done = command("denoise", "a.png", *arguments)
    assert done.status == 2
    assert words in done.complaint
    assert not Path("a_denoised.png").exists()


def test_networks_that_find_the_noise_are_not_told(command: Command, tmp_path: Path) -> None:
    place_denoisers(tmp_path / "cache")
    done = command("denoise", "a.png", "-m", "dncnn", "--sigma", "20", "--offline")
    assert done.status == 2
    assert "dncnn cannot be told the noise (leave out --sigma)" in done.err


def test_from_python() -> None:
    picture = restorekit.read("a.png").color
    options = Denoising(model="wavelet", sigma=20)
    result = denoise(picture, options)
    assert result.shape == picture.shape
    assert result.dtype == np.float32
    assert np.abs(result * 255 - CLEAN).mean() < 0.5 * np.abs(picture * 255 - CLEAN).mean()
    with pytest.raises(UsageError, match="another range"):
        denoise(picture * 255, options)
