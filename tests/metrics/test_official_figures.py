"""The five TID2013 pairs against the figures that the metrics' authors' own code gives for them.

PSNR and SSIM agree to the last published digit. NIQE agrees within 0.6 % and MS-SSIM within 0.0045;
for NIQE, flat parts decide, where rounding errors of the window are all the signal there is.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from metric_weights import METRICS, ready, true_file
from outside_pictures import PAIRS, pair
from PIL import Image

from restorekit.images.protocols import protocol
from restorekit.metrics.ms_ssim import ms_ssim
from restorekit.metrics.psnr import psnr
from restorekit.metrics.psnr_b import psnr_b
from restorekit.metrics.ssim import ssim

if TYPE_CHECKING:
    from pathlib import Path

GREY, RGB = protocol("grey"), protocol("rgb")


def for_each_pair(*figures: float) -> list[tuple[str, float]]:
    return list(zip(PAIRS, figures, strict=True))


@pytest.mark.parametrize(("name", "figure"), for_each_pair(21.11, 20.99, 27.01, 23.30, 21.62))
def test_psnr(name: str, figure: float) -> None:
    restored, reference = pair(name)
    assert round(psnr(RGB(restored), RGB(reference)), 2) == figure


@pytest.mark.parametrize(("name", "figure"), for_each_pair(0.6993, 0.9978, 0.9989, 0.9669, 0.6519))
def test_ssim(name: str, figure: float) -> None:
    restored, reference = pair(name)
    assert round(ssim(GREY(restored), GREY(reference)), 4) == figure


@pytest.mark.parametrize(("name", "figure"), for_each_pair(0.6733, 0.9996, 0.9998, 0.9566, 0.8462))
def test_ms_ssim(name: str, figure: float) -> None:
    restored, reference = pair(name)
    assert ms_ssim(GREY(restored), GREY(reference)) == pytest.approx(figure, abs=0.0045)


@pytest.mark.parametrize(("name", "figure"), for_each_pair(0.6707, 0.9996, 0.9998, 0.9567, 0.8418))
def test_ms_ssim_is_that_of_pyiqa(name: str, figure: float) -> None:
    # pyiqa, as it says itself, is as far from the official figures; it also takes negative values
    # of the map for 0 one by one, and we only their mean.
    restored, reference = pair(name)
    assert ms_ssim(GREY(restored), GREY(reference)) == pytest.approx(figure, abs=0.0008)


@pytest.mark.parametrize(("name", "figure"), for_each_pair(15.7536, 3.6549, 3.2355, 3.1840, 8.6352))
def test_niqe(name: str, figure: float) -> None:
    measured = ready("niqe")(pair(name)[0])
    assert measured == pytest.approx(figure, rel=0.006)


def test_niqe_of_a_picture_without_flat_parts_agrees_to_the_last_digit() -> None:
    assert round(ready("niqe")(pair("I04")[0]), 4) == 3.6549


@pytest.mark.parametrize(
    ("metric", "weights", "original", "figures"),
    [
        (
            "lpips-alex",
            "alexnet",
            "alexnet-owt-7be5be79.pth",
            (0.7237, 0.2572, 0.0508, 0.0520, 0.4253),
        ),
        ("dists", "vgg16", "vgg16-397923af.pth", (0.4742, 0.1424, 0.0683, 0.0287, 0.3123)),
    ],
)
def test_metrics_of_networks(
    metric: str, weights: str, original: str, figures: tuple[float, ...], tmp_path: Path
) -> None:
    measure = METRICS[metric].with_weights({weights: true_file(weights, original, tmp_path)})
    found = [measure(*pair(name)) for name in PAIRS]
    assert found == pytest.approx(figures, abs=2e-4)


def test_ssim_of_colour_is_that_of_scikit_image() -> None:
    # skimage 0.26, structural_similarity(reference, restored, channel_axis=2,
    # gaussian_weights=True, use_sample_covariance=False)
    assert ssim(*pair("I03")) == pytest.approx(0.67317287, abs=1e-8)
    assert ssim(*pair("I19")) == pytest.approx(0.63072900, abs=1e-8)


@pytest.mark.parametrize(("name", "figure"), [("I03", 22.266589240), ("I08", 23.741980897)])
def test_psnr_b_without_blocks_is_that_of_torchmetrics(name: str, figure: float) -> None:
    # torchmetrics 1.9, peak_signal_noise_ratio_with_blocked_effect(..., data_range=255.0)
    restored, reference = pair(name)
    assert psnr_b(GREY(restored), GREY(reference)) == pytest.approx(figure, abs=1e-8)


def test_psnr_b_of_blocks_is_near_that_of_torchmetrics() -> None:
    # It counts the pairs across a border as H W / 8 - 1, of which there are H (W / 8 - 1).
    restored, reference = (GREY(picture) for picture in pair("I19"))
    assert psnr_b(restored, reference) == pytest.approx(20.782, abs=0.06)
    assert psnr_b(restored, reference) < psnr(restored, reference) - 0.8


def test_psnr_b_falls_with_the_quality_of_jpeg() -> None:
    reference = GREY(pair("I08")[1])
    figures: list[tuple[float, float]] = []
    for quality in (10, 30, 90):
        file = io.BytesIO()
        Image.fromarray(reference[:, :, 0]).save(file, "jpeg", quality=quality)
        restored = np.asarray(Image.open(file))[:, :, None]
        figures.append((psnr_b(restored, reference), psnr(restored, reference)))
    assert figures == sorted(figures)
    penalties = [plain - blocks for blocks, plain in figures]
    assert penalties[0] > 2
    assert penalties == sorted(penalties, reverse=True)
