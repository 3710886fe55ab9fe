"""Plug-and-play deconvolution: what it asks of its denoiser, and what comes of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hand_placed import place_denoisers
from noisy_pictures import psnr, result_of
from test_deconvolution import METHODS, SHAKE, blurred, sharp

from restorekit.errors import UsageError, WeightsError
from restorekit.kernels import gaussian
from restorekit.tasks.deblur import Deblurring, deblur, load
from restorekit.zoo.restorers import DeviceOptions, WeightsOptions, load_restorers

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import Image

PLAIN = METHODS["plug-and-play"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(tmp_path / "cache"))


def told(denoiser: str) -> WeightsOptions:
    return WeightsOptions(offline=True, denoiser=denoiser)


class Watched:
    """A denoiser that remembers what it was told and shown."""

    def __init__(self, log: list[tuple[float, Image]], sigma: float = 0) -> None:
        self.log, self.sigma = log, sigma

    def with_sigma(self, sigma: float) -> Watched:
        return Watched(self.log, sigma)

    def bands(self, image: Image) -> Any:
        self.log.append((self.sigma, image))
        return METHODS["total-variation"].with_sigma(self.sigma).bands(image)


def test_the_noise_falls_in_equal_ratios_to_that_of_the_photo() -> None:
    photo, truth = blurred(sharp(64), SHAKE, 3)
    log: list[tuple[float, Image]] = []
    method = PLAIN.with_denoiser(Watched(log)).with_kernel(SHAKE).with_sigma(3)
    result = result_of(method, photo)
    np.testing.assert_allclose([it[0] for it in log], np.geomspace(49, 3, 8), rtol=1e-5)
    for _, shown in log:
        assert shown.dtype == np.float32
        assert shown.min() >= 0
        assert shown.max() <= 1
    assert psnr(result, truth) > psnr(photo, truth) + 2.5


@pytest.mark.parametrize("denoiser", ["total-variation", "wavelet"])
def test_any_denoiser_serves(denoiser: str) -> None:
    photo, truth = blurred(sharp(), SHAKE, 3)
    loaded = load_restorers(
        "plug-and-play", task="deblur", psf=SHAKE, sigma=3, weights=told(denoiser)
    )
    assert loaded.identity == f"plug-and-play:{denoiser}"
    assert (loaded.description["model"], loaded.description["denoiser"]) == (
        "plug-and-play",
        denoiser,
    )
    assert psnr(result_of(loaded.restorers[0], photo), truth) > psnr(photo, truth) + 2.5


def test_the_default_of_denoising_serves_where_none_is_named() -> None:
    loaded = load_restorers("plug-and-play", task="deblur", weights=WeightsOptions(offline=True))
    assert loaded.description["denoiser"] == "bm3d"  # no network is here


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Deblurring("plug-and-play", weights=told("bm3d")), "must be told the blur"),
        (
            Deblurring("plug-and-play", "gaussian:1", weights=told("dncnn")),
            "dncnn cannot be told how strong the noise is .--denoiser ffdnet",
        ),
        (Deblurring("plug-and-play", "gaussian:1", weights=told("wiener")), "wiener is for deblur"),
        (Deblurring("plug-and-play", "gaussian:1", weights=told("ffdnot")), "unknown model"),
        (Deblurring("wiener", "gaussian:1", weights=told("bm3d")), "wiener takes no denoiser"),
        (Deblurring("consensus", weights=told("bm3d")), "consensus takes no denoiser"),
        (
            Deblurring("plug-and-play", "gaussian:1", linear=True, weights=told("bm3d")),
            "works in sRGB, as its denoiser does",
        ),
    ],
)
def test_one_clear_line(options: Deblurring, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        load(options)
    assert "\n" not in str(caught.value)


def test_a_network_that_is_not_here_is_asked_for() -> None:
    with pytest.raises(WeightsError, match="fdncnn"):
        load(Deblurring("plug-and-play", "gaussian:1", weights=told("fdncnn")))


def test_without_a_denoiser_it_is_refused() -> None:
    with pytest.raises(UsageError, match="has no denoiser"):
        result_of(PLAIN.with_kernel(SHAKE), sharp(32))


def test_a_network_that_denoises_deblurs_better_than_total_variation(
    tmp_path: Path,
) -> None:
    place_denoisers(tmp_path / "cache")
    photo, truth = blurred(sharp(), SHAKE, 3)
    where = DeviceOptions("cpu", "fp32")
    ours, plain = (
        load_restorers(name, task="deblur", psf=SHAKE, sigma=3, devices=it)
        for name, it in (("plug-and-play", where), ("tv-l2", None))
    )
    assert ours.description["denoiser"] == "ffdnet"
    found = (psnr(result_of(it.restorers[0], photo), truth) for it in (ours, plain))
    assert next(found) > next(found) + 2


def test_the_task_joins_method_and_denoiser() -> None:
    photo, truth = blurred(sharp(64)[:, :, :1], gaussian(1.2), 2)
    options = Deblurring("plug-and-play", "gaussian:1.2", sigma=2, weights=told("wavelet"))
    result = deblur(photo, options)
    assert result.shape == photo.shape
    assert psnr(result, truth) > psnr(photo, truth) + 1
