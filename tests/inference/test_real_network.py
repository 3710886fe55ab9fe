"""Trained weights on a real photo: tiles, precisions and borders where it counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage

from restorekit.architectures.srvggnet_compact import ARCHITECTURE
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.ncnn import read_graph

if TYPE_CHECKING:
    from restorekit.contracts import Image, Network, Precision

TOP = Path(__file__).parents[2]
WEIGHTS = TOP.parent / "shared" / "weights" / "realesr-general-x4v3"
STEM = "RealESRGAN_General_x4_v3"
PHOTO = TOP / "photos" / "chelsea.jpg"

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(not WEIGHTS.is_dir(), reason="the shared weights are not here"),
]


@pytest.fixture(scope="module")
def general() -> Network:
    """realesr-general-x4v3: 34 convolutions, and so a receptive field of 34 pixels."""
    assert ARCHITECTURE.from_graph is not None
    layers = read_graph(WEIGHTS / f"{STEM}.param", WEIGHTS / f"{STEM}.bin")
    return ARCHITECTURE.build(ARCHITECTURE.from_graph(layers))


@pytest.fixture(scope="module")
def photo() -> Image:
    """The eyes of a cat, 113 x 125 pixels: no multiple of anything."""
    pixels = np.asarray(PillowImage.open(PHOTO).convert("RGB"))[80:193, 110:235]
    return (pixels / np.float32(255)).astype(np.float32)


def run(network: Network, image: Image, tile: int = 0, precision: Precision = "fp32") -> Image:
    made = NetworkRestorer(
        network, name="general", device=torch.device("cpu"), precision=precision, tile=tile
    )
    return np.concatenate([band.rows for band in made.bands(image)]).astype(np.float32)


def psnr(a: Image, b: Image) -> float:
    return float(-10 * np.log10(np.mean((a.astype(np.float64) - b) ** 2)))


@pytest.fixture(scope="module")
def whole(general: Network, photo: Image) -> Image:
    return run(general, photo)


def test_the_result_is_the_photo_enlarged(photo: Image, whole: Image) -> None:
    assert whole.shape == (4 * 113, 4 * 125, 3)
    small = whole.reshape(113, 4, 125, 4, 3).mean((1, 3))
    assert psnr(small, photo) > 28
    assert np.abs(whole.mean((0, 1)) - photo.mean((0, 1))).max() < 4 / 255
    assert np.ptp(whole) > 0.5


def test_tiled_is_whole(general: Network, photo: Image, whole: Image) -> None:
    assert general.receptive_field == 34
    assert np.abs(run(general, photo, tile=96) - whole).max() < 1e-5


def test_bfloat16_is_as_good_as_float32(general: Network, photo: Image, whole: Image) -> None:
    half = run(general, photo, precision="bf16")
    assert psnr(half, whole) >= 50
    assert np.abs(half - whole).max() > 0


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 40)])
def test_plain_pictures_stay_plain(general: Network, size: tuple[int, int], level: float) -> None:
    result = run(general, np.full((*size, 3), level, np.float32))
    assert np.isfinite(result).all()
    if size == (17, 40):
        assert np.abs(result - level).max() < 0.1


def test_grey_stays_grey_and_near_what_colour_makes(general: Network, photo: Image) -> None:
    grey = photo[:40, :40].mean(axis=2, keepdims=True)
    result = run(general, grey)
    assert result.shape == (160, 160, 1)
    colour = run(general, np.repeat(grey, 3, axis=2))
    assert np.abs(result[..., 0] - colour @ np.float32([0.299, 0.587, 0.114])).max() < 1e-5
