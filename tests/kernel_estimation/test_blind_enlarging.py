"""The kernel that made a photo small found, and told to what enlarges it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
import torch
from noisy_pictures import clean_piece, psnr, result_of

from restorekit import kernels
from restorekit.contracts import (
    Blind,
    Deblurrer,
    Denoiser,
    DownScaling,
    InternalLearner,
    KernelEstimate,
    Scalable,
    Size,
)
from restorekit.degradations.kernel_downscale import KernelDownscale
from restorekit.errors import UnknownNameError, UsageError
from restorekit.images.convolution import down_scaled
from restorekit.images.imresize import imresize
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read
from restorekit.internal_learning._lesson import Budget
from restorekit.internal_learning.zssr import ZSSR
from restorekit.kernel_estimation._blind_enlarging import BlindEnlarging
from restorekit.kernel_estimation._down_scaling_kernel import twice
from restorekit.kernel_estimation.kernelgan import KernelGAN
from restorekit.zoo.families import member, own_scale
from restorekit.zoo.listing import facts, listing, names_for
from restorekit.zoo.methods import method_named
from restorekit.zoo.restorers import WeightsOptions, load_restorers

sys.path.insert(0, str(Path(__file__).parents[1] / "inference"))
from toy_networks import network, restorer

if TYPE_CHECKING:
    from restorekit.contracts import Image, OnTile

pytestmark = pytest.mark.usefixtures("one_thread")

SHORT = Budget(iterations=60, crop=32, features=16, convolutions=4)
TRUTH = kernels.gaussian(1.9, 0.9, 30, size=13, shift=-0.5)
CLEAN = clean_piece("coffee")[:64, :64]
SMALL = down_scaled(CLEAN, DownScaling(TRUTH, 2))


@dataclass(frozen=True)
class Knowing:
    """Finds the true kernel, as surely as it is told."""

    reliable: bool = True
    psf: kernels.Psf | None = None
    scale: int = 2
    seeds: tuple[int, ...] = (0, 1)
    device: torch.device | None = None
    name: str = "knowing"
    title: str = "knows"
    kind: Literal["downscale"] = "downscale"

    def at_scale(self, scale: int) -> Knowing:
        return replace(self, scale=scale)

    def with_seeds(self, seeds: tuple[int, ...]) -> Knowing:
        return replace(self, seeds=seeds)

    def on_device(self, device: torch.device) -> Knowing:
        return replace(self, device=device)

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        if min(image.shape[:2]) < 10:
            raise UsageError("the photo is too small to find its kernel")
        psf = TRUTH if self.psf is None else self.psf
        psf = twice(psf) if self.scale == 4 else psf
        return KernelEstimate(psf, 0.9, reliable=self.reliable, scale=self.scale)


def blind(**options: object) -> BlindEnlarging:
    return BlindEnlarging(Knowing(**options), ZSSR(budget=SHORT))  # type: ignore[arg-type]


def test_a_kernel_that_is_found_is_told() -> None:
    restorer, told = blind().prepared(SMALL)
    assert isinstance(restorer, ZSSR)
    assert isinstance(restorer.kernel, DownScaling)
    assert told == "made 2 times smaller, over 6.6 x 3.1 pixels, confidence 0.90"
    plain = psnr(result_of(ZSSR(budget=SHORT), SMALL), CLEAN)
    assert psnr(result_of(blind(), SMALL), CLEAN) > plain + 1.5


def test_scale_four_has_its_own_kernel() -> None:
    restorer, told = blind().at_scale(4).prepared(SMALL)
    assert told.startswith("made 4 times smaller")
    assert restorer.scale == 4
    assert isinstance(restorer, ZSSR)
    assert isinstance(restorer.kernel, DownScaling)
    assert restorer.kernel.psf.shape == (37, 37)


@pytest.mark.parametrize(
    ("options", "image", "says"),
    [
        ({"reliable": False}, SMALL, "not reliable, taken as bicubic made it"),
        ({}, SMALL[:9], "too small to find its kernel: taken as bicubic made it"),
    ],
)
def test_otherwise_bicubics_kernel_serves(
    options: dict[str, object], image: Image, says: str
) -> None:
    found = blind(**options)
    restorer, told = found.prepared(image)
    assert restorer is found.enlarger
    assert told.endswith(says)


def test_it_is_told_all_that_it_takes_but_the_kernel() -> None:
    found = blind()
    assert isinstance(found, Blind)
    assert isinstance(found, Scalable)
    assert isinstance(found, InternalLearner)
    assert isinstance(found, Denoiser)
    assert not isinstance(found, Deblurrer)
    changed = found.with_seed(3).with_sigma(5).on_device(torch.device("cpu"))
    assert changed.estimator.seeds == (6, 7)
    assert (changed.enlarger.seed, changed.sigma) == (3, 5)
    assert changed.estimator.device == changed.enlarger.device == torch.device("cpu")
    assert changed.tiles(Size(40, 40)) == changed.enlarger.tiles(Size(40, 40))


def test_a_network_keeps_its_scale_and_is_told_a_blur() -> None:
    def maps(psf: kernels.Psf, size: Size) -> np.ndarray:
        return np.full((1, *size), psf.max(), np.float32)

    def two_times(x: torch.Tensor) -> torch.Tensor:
        return x[:, 3:].expand(-1, 3, -1, -1).repeat(1, 1, 2, 2)

    toy = restorer(network(two_times, scale=2, kernel_maps=maps))
    found = BlindEnlarging(Knowing(), toy)
    assert found.at_scale(4) is found
    assert found.with_sigma(3).enlarger.sigma == 3
    told, _ = found.prepared(SMALL)
    assert told.psf.max() == pytest.approx(result_of(found, SMALL).max())
    narrow = BlindEnlarging(Knowing(psf=kernels.gaussian(0.4, size=13, shift=-0.5)), toy)
    unmoved, note = narrow.prepared(SMALL)
    assert unmoved is toy
    assert "no blur before bicubic is like this kernel" in note
    assert note.endswith("taken as bicubic made it")


@pytest.mark.parametrize("scale", [1, 3, 8])
def test_other_scales_are_refused(scale: int) -> None:
    with pytest.raises(UsageError, match=f"--scale 2 or --scale 4, got {scale}"):
        blind().at_scale(scale)


def test_names_are_found() -> None:
    found = method_named("kernelgan-zssr")
    assert isinstance(found, BlindEnlarging)
    assert isinstance(found.estimator, KernelGAN)
    assert (found.name, found.task, found.scale) == ("kernelgan-zssr", "sr", 2)
    assert method_named("consensus-zssr") is None
    assert method_named("kernelgan-bicubic") is None
    assert member("kernelgan-srmd", 2) == "kernelgan-srmd-x2"
    assert member("kernelgan-zssr", 2) == "kernelgan-zssr"
    assert own_scale("kernelgan-srmd-x4") == 4
    names = {"kernelgan-zssr", "kernelgan-srmd-x2", "kernelgan-srmd-x4", "kernelgan-srmdnf-x2"}
    assert names <= set(names_for("sr"))
    assert "kernelgan-srmd-x3" not in names_for("sr")
    rows = {row.name: row for row in listing()}
    assert (rows["kernelgan-srmd-x2"].scale, rows["kernelgan-srmd-x2"].licence) == ("x2", "MIT")
    assert (rows["kernelgan-zssr"].scale, rows["kernelgan-zssr"].licence) == (
        "x2, x4",
        "none needed",
    )
    assert facts("kernelgan-srmd-x2")["architecture"] == "srmd"


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("kernelgan-srmd-x3", "--scale 2 or --scale 4, got 3"),
        ("kernelgan-srmd-x9", "unknown model 'kernelgan-srmd-x9'"),
        ("kernelgan-imdn-x2", "unknown model 'kernelgan-imdn-x2'"),
    ],
)
def test_names_that_are_none_are_refused_before_any_download(model: str, says: str) -> None:
    with pytest.raises((UsageError, UnknownNameError), match=says):
        load_restorers(model, task="sr", weights=WeightsOptions(offline=True))


@pytest.mark.parametrize("model", ["kernelgan-zssr", "kernelgan-srmd-x2"])
def test_a_kernel_is_not_told_to_what_finds_it(model: str) -> None:
    with pytest.raises(UsageError, match="cannot be told the blur"):
        load_restorers(model, task="sr", psf=kernels.delta(), weights=WeightsOptions(offline=True))


def test_noise_is_what_a_network_must_take() -> None:
    with pytest.raises(UsageError, match="cannot be told the noise"):
        load_restorers("kernelgan-srmdnf-x2", task="sr", sigma=5, strict=True)


@pytest.mark.slow
def test_the_order_of_the_published_table() -> None:
    path = Path(__file__).parents[3] / "shared/bench/kodak24_500/kodim18.png"
    if not path.exists():
        pytest.skip(f"needs {path.name} of ../shared/bench/kodak24_500")
    clean = read(path).color[150:350, 150:350]
    kernel = KernelDownscale(2, seed=17).kernel()
    photo = to_float(to_integers(down_scaled(clean, kernel), 8))
    zssr = ZSSR(budget=SHORT)
    results = (
        imresize(photo, 2),
        result_of(zssr, photo),
        result_of(BlindEnlarging(KernelGAN(iterations=800), zssr), photo),
        result_of(zssr.with_down_scaling(kernel), photo),
    )
    found = [psnr(it[8:-8, 8:-8], clean[8:-8, 8:-8]) for it in results]
    assert found == sorted(found)
    assert found[2] > found[1] + 0.7
