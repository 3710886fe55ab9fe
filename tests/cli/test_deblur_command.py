"""``restorekit deblur``: photos in, the same photos without blur out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from restorekit import kernels
from restorekit.images.convolution import convolve
from restorekit.images.reading import read

if TYPE_CHECKING:
    from conftest import Command

SHARP = read(Path(__file__).parents[2] / "photos/astronaut.jpg").color[60:156, 150:278]


@pytest.fixture(autouse=True)
def _photo(_elsewhere: None) -> None:
    blurred = convolve(SHARP, kernels.line(7, 30))
    Image.fromarray((blurred * 255).round().clip(0, 255).astype(np.uint8)).save("a.png")


def error(name: str) -> float:
    pixels = np.asarray(Image.open(name).convert("RGB")) / 255
    inner = np.s_[8:-8, 8:-8]
    return float(np.sqrt(np.mean((pixels[inner] - SHARP[inner]) ** 2)))


def test_a_known_blur_is_undone(command: Command) -> None:
    done = command("deblur", "a.png", "-k", "motion:7:30", "-m", "hyper-laplacian")
    assert done.status == 0
    assert "model hyper-laplacian" in done.err
    assert error("a_deblurred.png") < 0.7 * error("a.png")


def test_a_denoiser_is_plugged_in(command: Command) -> None:
    arguments = ("-k", "motion:7:30", "-m", "plug-and-play", "--denoiser", "total-variation")
    done = command("deblur", "a.png", *arguments)
    assert done.status == 0
    assert "model plug-and-play" in done.err
    assert "denoiser total-variation" in done.err
    assert error("a_deblurred.png") < 0.7 * error("a.png")


def test_no_strength_is_the_photo_itself(command: Command) -> None:
    assert command("deblur", "a.png", "-k", "motion:7:30", "--strength", "0").status == 0
    assert (np.asarray(Image.open("a_deblurred.png")) == np.asarray(Image.open("a.png"))).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--offline", "-m", "maxim-deblurring"], "-m restorekit-deblur is on this machine"),
        (["-m", "dmphn", "--offline"], "dmphn"),
        (["-k", "motion:7:30", "-m", "maxim-deblurring", "--offline"], "maxim-deblurring"),
        (["-k", "nothing.npy"], "nothing.npy"),
        (["--grid", "3x3"], "--grid is for models that find the blur: got maxim-deblurring"),
        (["--grid", "9by9"], "--grid: expected rows by columns, such as 3x3"),
        (["-m", "bicubic"], "bicubic is for sr"),
        (["-m", "wiener"], "wiener must be told the blur (--kernel"),
        (["-m", "consensus", "--work-scale", "0.5"], "--work-scale is for networks"),
        (["--linear", "--offline"], "is a network, which knows photos in sRGB alone"),
        (["--work-scale", "2"], "--work-scale: expected 0.1 to 1, got 2"),
    ],
)
def test_one_clear_line(command: Command, arguments: list[str], words: str) -> None:
    done = command("deblur", "a.png", *arguments)
    assert done.status == 2 or "weights" in done.err
    assert words in done.err
    assert "Traceback" not in done.err
    assert not Path("a_deblurred.png").exists()


def test_a_sharp_photo_is_left_as_it_was(command: Command) -> None:
    Image.fromarray((SHARP * 255).round().astype(np.uint8)).save("sharp.png")
    done = command("deblur", "sharp.png", "-m", "l0-gradient")
    assert done.status == 0
    assert "left as it was" in done.err
    assert "no measurable change" in done.err
    before, after = (np.asarray(Image.open(it)) for it in ("sharp.png", "sharp_deblurred.png"))
    assert (before == after).all()


def test_the_noise_that_a_kernel_needs_is_assumed(command: Command) -> None:
    from restorekit import Deblurring, deblur

    assert command("deblur", "a.png", "-k", "motion:7:30", "-m", "tv-l2").status == 0
    array = deblur(read(Path("a.png")).color, Deblurring(model="tv-l2", kernel="motion:7:30"))
    file = read(Path("a_deblurred.png")).color
    assert float(np.abs(file - array).max()) < 1 / 255
