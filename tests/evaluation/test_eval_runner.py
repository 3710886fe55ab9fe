"""Whole evaluations against the figures of the papers, and files that are not as they should."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hand_placed import MODEL, place_usrnet, place_weights
from PIL import Image

from restorekit.degradations import parse
from restorekit.errors import PhotoError, UnknownNameError, UsageError, WeightsError
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.runner import measure_models, measure_pairs
from restorekit.evaluation.trial import Listeners, Measured
from restorekit.images.protocols import luma
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read
from restorekit.zoo.methods import CLASSICAL
from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.batch.events import TileDone
    from restorekit.evaluation.result import Evaluation

    Write = Callable[..., Path]


def mean(found: Evaluation, model: str | None = None, metric: str = "psnr") -> float:
    return next(it for it in found.summaries() if it.model == model).means[metric].mean


@pytest.mark.parametrize(("scale", "psnr"), [(2, 33.65), (3, 30.39), (4, 28.42)])
def test_bicubic_has_the_figure_of_the_papers(
    bench: Callable[[str], Path], scale: int, psnr: float
) -> None:
    found = measure_models(["bicubic"], bench("set5"), Measures(task="sr", scale=scale))
    assert found.is_whole
    assert mean(found, "bicubic") == pytest.approx(psnr, abs=0.005)
    assert [row.photo for row in found.rows] == ["baby", "bird", "butterfly", "head", "woman"]
    assert found.protocol == f"y-crop (border {scale})"
    assert (
        found.degradation == f"crop_to_multiple({scale})|downscale({scale}, 'matlab')|quantize(8)"
    )


def test_official_figures_of_pairs(bench: Callable[[str], Path]) -> None:
    folder = bench("pyiqa_calib")
    found = measure_pairs(folder / "dist_dir", folder / "ref_dir")
    values = [round(row.values["psnr"], 2) for row in found.rows]
    assert values == [21.11, 20.99, 27.01, 23.30, 21.62]
    assert found.protocol == "rgb"


def test_a_constant_error_has_its_psnr(photo: Write, tmp_path: Path) -> None:
    photo("gt/a.png")
    photo("out/a.png", offset=5)
    found = measure_pairs(tmp_path / "out", tmp_path / "gt", Measures(["psnr", "psnr"]))
    assert found.rows[0].values == {"psnr": pytest.approx(20 * math.log10(255 / 5), abs=1e-9)}
    assert found.rows[0].seconds is None


def test_one_missing_one_broken_one_differently_sized(photo: Write, tmp_path: Path) -> None:
    for number, name in enumerate(["a", "b", "c", "d"]):
        photo(f"gt/{name}_GT.png", number)
    photo("out/a_x2.png", 0)
    photo("out/b_x2.png", 1).write_bytes(photo("out/b_x2.png", 1).read_bytes()[:90])
    photo("out/c_x2.png", 2, size=(16, 18))
    photo("out/other.png", 9)
    found = measure_pairs(tmp_path / "out", tmp_path / "gt")
    whole, broken, sized = found.rows
    assert (whole.photo, whole.failure) == ("a", None)
    assert whole.values == {"psnr": math.inf, "ssim": 1.0}
    assert broken.failure is not None
    assert str(tmp_path / "out/b_x2.png") in broken.failure
    assert "damaged or cut off" in broken.failure
    assert sized.failure == (
        f"{tmp_path / 'out/c_x2.png'}: the result has another size than its reference: "
        "expected 20x16, got 18x16"
    )
    assert found.without_reference == (str(tmp_path / "out/other.png"),)
    assert found.without_prediction == (str(tmp_path / "gt/d_GT.png"),)
    assert (found.summaries()[0].measured, found.summaries()[0].failed) == (1, 2)
    assert not found.is_whole


def test_a_broken_reference_stops_no_model(photo: Write, tmp_path: Path) -> None:
    photo("set/a.png")
    photo("set/b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    photo("set/c.png", size=(1, 9))
    models = ["bicubic", "nearest", "bicubic"]
    found = measure_models(models, tmp_path / "set", Measures(task="sr", scale=2))
    assert [(row.model, row.photo, row.failure is None) for row in found.rows] == [
        (model, name, name == "a") for model in ("bicubic", "nearest") for name in "abc"
    ]
    assert "too small to be made smaller: expected at least 2x2" in str(found.rows[2].failure)
    assert mean(found, "bicubic") != mean(found, "nearest")


def test_a_grey_result_of_a_colour_photo_is_compared_as_colour(tmp_path: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (20, 20)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(np.repeat(grey[..., None], 3, axis=2)).save(tmp_path / "colour.png")
    for protocol in ("rgb", "grey", "y-crop"):
        measures = Measures(["psnr"], protocol, scale=1)
        found = measure_pairs(tmp_path / "grey.png", tmp_path / "colour.png", measures)
        assert found.rows[0].values == {"psnr": math.inf}


def test_transparency_is_refused(photo: Write, tmp_path: Path) -> None:
    photo("a.png", size=(16, 16, 4))
    found = measure_pairs(tmp_path / "a.png", photo("b.png", size=(16, 16)))
    assert "transparent in places" in str(found.rows[0].failure)


def test_the_input_is_made_as_it_is_told() -> None:
    reference = np.random.default_rng(0).integers(0, 256, (13, 11, 3)).astype(np.uint8)
    quarter = Degradation(4)
    kept = quarter.reference(reference)
    assert kept.shape == (12, 8, 3)
    np.testing.assert_array_equal(kept, reference[:12, :8])
    assert quarter(kept, "a").shape == (3, 2, 3)
    np.testing.assert_allclose(quarter(np.full((12, 8, 1), 77, np.uint8), "a"), 77 / 255, 1e-6)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_what_is_told_is_a_chain_that_repeats_it(scale: int) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (37, 31, 3)).astype(np.uint8)
    degradation = Degradation(scale)
    chain = parse(str(degradation)).draw(np.random.default_rng())
    once = degradation(degradation.reference(photo), "a")
    np.testing.assert_array_equal(chain(to_float(photo)), once)


def test_no_degradation_changes_nothing() -> None:
    reference = np.random.default_rng(0).integers(0, 256, (13, 11, 3)).astype(np.uint8)
    np.testing.assert_array_equal(Degradation()(reference, "a"), to_float(reference))
    assert str(Degradation()) == "quantize(8)"
    assert str(Degradation(rounded=False)) == "nothing"


def test_luma_first_and_no_rounding() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (13, 11, 3)).astype(np.uint8)
    papers = Degradation(2, luma=True, rounded=False)
    assert str(papers) == "luma|crop_to_multiple(2)|downscale(2, 'matlab')"
    reference = papers.reference(photo)
    np.testing.assert_array_equal(reference, luma(photo[:12, :10]))
    exact = papers(reference, "a") * 255
    rounded = Degradation(2, luma=True)(reference, "a") * 255
    np.testing.assert_allclose(rounded, np.floor(exact + 0.5), atol=1e-4)
    assert 0.2 < np.abs(rounded - exact).max() <= 0.5001


def test_noise_has_its_sigma_and_its_seed() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    noisy = Degradation(sigma=10, seed=3)
    first = noisy(grey, "a") * 255
    assert str(noisy) == "gaussian_noise(10, seed 3)|quantize(8)"
    assert first.std() == pytest.approx(math.sqrt(10**2 + 1 / 12), rel=0.01)  # and the rounding's
    assert first.mean() == pytest.approx(128, abs=0.1)
    np.testing.assert_array_equal(first, noisy(grey, "a") * 255)
    for other in (noisy(grey, "b"), Degradation(sigma=10, seed=4)(grey, "a")):
        assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.02
    with pytest.raises(UsageError, match=r"--sigma: expected 0 to 255, got -1"):
        Degradation(sigma=-1)


def test_noise_lowers_the_figure(photo: Write, tmp_path: Path) -> None:
    photo("a.png")
    sr = Measures(task="sr", scale=2)
    found = [
        measure_models(["bicubic"], tmp_path, sr, Degradation(2, sigma=sigma, seed=1))
        for sigma in (0, 10, 30)
    ]
    clean, noisy, noisiest = (mean(it, "bicubic") for it in found)
    assert clean > noisy > noisiest
    assert found[1].degradation is not None
    assert "gaussian_noise(10, seed 1)" in found[1].degradation


def test_several_folders_against_one_truth(photo: Write, tmp_path: Path) -> None:
    photo("gt/a.png", 1)
    photo("near/a_SR.png", 1, offset=1)
    photo("far/a.png", 1, offset=9)
    photo("far/b.png", 1)
    folders = [tmp_path / "near", tmp_path / "far"]
    found = measure_pairs(folders, tmp_path / "gt")
    near, far = found.summaries()
    assert (near.model, far.model) == tuple(map(str, folders))
    assert near.means["psnr"].mean == pytest.approx(20 * math.log10(255), abs=1e-9)
    assert near.means["psnr"].mean - far.means["psnr"].mean == pytest.approx(20 * math.log10(9))
    assert found.without_reference == (str(tmp_path / "far/b.png"),)


def test_an_interrupted_run_keeps_what_it_has(photo: Write, tmp_path: Path) -> None:
    for name in "abc":
        photo(f"{name}.png")
    shown: list[Measured] = []

    def on_photo(measured: Measured) -> None:
        shown.append(measured)
        if len(shown) == 2:
            raise KeyboardInterrupt

    found = measure_models(
        ["bicubic"],
        tmp_path,
        Measures(task="sr", scale=2),
        listeners=Listeners(on_photo=on_photo),
    )
    assert [row.photo for row in found.rows] == ["a"]
    assert found.interrupted
    assert not found.is_whole
    assert shown[0].degraded is not None
    assert shown[0].degraded.shape == (8, 10, 3)
    assert shown[0].restored.shape == shown[0].reference.shape == (16, 20, 3)


def test_a_network_with_placed_weights(
    photo: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_weights(tmp_path / "placed")))
    photo("set/a.png", size=(50, 67))
    tiles: list[TileDone] = []
    found = measure_models(
        [MODEL, "bicubic"],
        tmp_path / "set",
        Measures(task="sr", scale=2),
        weights=WeightsOptions(offline=True),
        listeners=Listeners(on_tile=tiles.append),
    )
    network, bicubic = found.rows
    assert found.is_whole
    assert 0 < network.values["psnr"] < bicubic.values["psnr"]  # noise is no photo to it
    assert network.seconds is not None
    assert network.seconds > 0
    assert tiles[0].source == tmp_path / "set/a.png"
    assert found.models[MODEL]["licence"] == "BSD-3-Clause"


def test_a_self_ensemble_has_its_plus_and_methods_are_measured_beside_it(
    photo: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_weights(tmp_path / "placed")))
    photo("set/a.png", size=(44, 52))

    def measured(*, turned: bool) -> Evaluation:
        return measure_models(
            [MODEL, "bicubic"],
            tmp_path / "set",
            Measures(task="sr", scale=4),
            weights=WeightsOptions(offline=True),
            devices=DeviceOptions("cpu", "fp32", self_ensemble=turned),
        )

    once, turned = measured(turned=False), measured(turned=True)
    assert [it.model for it in turned.summaries()] == [f"{MODEL}+", "bicubic"]
    assert turned.models[f"{MODEL}+"]["self_ensemble"] == "x8"
    assert "self_ensemble" not in turned.models["bicubic"]
    assert mean(turned, f"{MODEL}+") != mean(once, MODEL)
    assert mean(turned, "bicubic") == mean(once, "bicubic")


def test_what_cannot_be_meant_is_refused_before_the_work(photo: Write, tmp_path: Path) -> None:
    folder = photo("set/a.png").parent
    sr = Measures(task="sr", scale=2)
    with pytest.raises(UnknownNameError, match="unknown metric 'psn'"):
        Measures(["psn"])
    with pytest.raises(UnknownNameError, match="unknown protocol 'y'"):
        Measures(protocol="y", scale=2)
    with pytest.raises(UsageError, match="as wide as the scale: expected --scale"):
        Measures(protocol="y-crop")
    with pytest.raises(UsageError, match="1 to 16, got 17"):
        Measures(scale=17)
    with pytest.raises(UsageError, match="--seed: expected 0 or more, got -1"):
        Measures(seed=-1)
    with pytest.raises(UsageError, match="at least one metric"):
        Measures([])
    with pytest.raises(UsageError, match="from 2 up"):
        measure_models(["bicubic"], folder, Measures(task="sr", scale=1))
    with pytest.raises(UsageError, match="denoising is evaluated with noise: expected --sigma"):
        measure_models(["bicubic"], folder, Measures(task="denoise", scale=2))
    with pytest.raises(UsageError, match="at least one model"):
        measure_models([], folder, sr)
    with pytest.raises(PhotoError, match="no such file or folder"):
        measure_models(["bicubic"], tmp_path / "none", sr)
    photo("set/a.bmp")
    with pytest.raises(UsageError, match="mean the same photo"):
        measure_models(["bicubic"], folder, sr)


def test_weights_that_cannot_be_had_end_the_run(photo: Write) -> None:
    folder = photo("set/a.png").parent
    with pytest.raises(WeightsError):
        measure_models(
            ["bicubic", MODEL],
            folder,
            Measures(task="sr", scale=2),
            weights=WeightsOptions(offline=True),
        )


def test_what_one_metric_cannot_measure_another_may(photo: Write, tmp_path: Path) -> None:
    photo("gt/a.png", size=(7, 9))
    photo("out/a.png", size=(7, 9), offset=5)
    (row,) = measure_pairs(tmp_path / "out", tmp_path / "gt").rows
    assert row.values == {"psnr": pytest.approx(20 * math.log10(255 / 5), abs=1e-9)}
    assert row.failure is not None
    assert "ssim" in row.failure
    assert str(tmp_path / "out/a.png") in row.failure


def test_denoisers_are_told_the_noise(photo: Write, tmp_path: Path) -> None:
    photo("a.png", size=(48, 64))
    measures = Measures(["psnr"], task="denoise")
    for sigma in (10, 30):
        found = measure_models(
            ["gaussian"], tmp_path, measures, Degradation(sigma=sigma, rounded=False)
        )
        assert found.degradation == f"gaussian_noise({sigma}, seed 0)"
        told = CLASSICAL["gaussian"].with_sigma(sigma)
        reference = read(tmp_path / "a.png").color
        (band,) = told.bands(Degradation(sigma=sigma, rounded=False)(to_bytes(reference), "a"))
        error = to_bytes(band.rows).astype(float) - to_bytes(reference)
        expected = 20 * math.log10(255 / np.sqrt(np.mean(error**2)))
        assert mean(found, "gaussian", "psnr") == pytest.approx(expected, abs=1e-9)


def test_the_input_is_measured_like_a_model(photo: Write, tmp_path: Path) -> None:
    photo("a.png", size=(48, 64))
    inputs = Degradation(sigma=20)
    measures = Measures(["psnr"], task="denoise")
    found = measure_models(["input", "gaussian"], tmp_path, measures, inputs)
    reference = to_bytes(read(tmp_path / "a.png").color)
    error = to_bytes(inputs(reference, "a")).astype(float) - reference
    expected = 20 * math.log10(255 / np.sqrt(np.mean(error**2)))
    assert mean(found, "input", "psnr") == pytest.approx(expected, abs=1e-9)
    assert [row.model for row in found.rows] == ["input", "gaussian"]
    both = DeviceOptions("cpu", self_ensemble=True)
    alone = measure_models(["input"], tmp_path, measures, inputs, devices=both)
    assert [row.model for row in alone.rows] == ["input"]  # no network, and no plus
    with pytest.raises(UsageError, match=r"smaller than the truth \(-m bicubic"):
        measure_models(["input"], tmp_path, Measures(task="sr", scale=2))


def to_bytes(picture: np.ndarray) -> np.ndarray:
    return to_integers(picture, 8)


def test_the_blur_of_the_input_is_told_to_whom_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_usrnet(tmp_path / "cache")))
    (tmp_path / "photos").mkdir()
    rows, columns = np.mgrid[:120, :120] // 6 % 2
    board = (60 + 120 * (rows ^ columns))[:, :, None].repeat(3, axis=2).astype(np.uint8)
    Image.fromarray(board).save(tmp_path / "photos/board.png")
    degradation = Degradation(2, kernel="gaussian:1.6")
    assert str(degradation).startswith("blur gaussian:1.6|crop_to_multiple(2)|downscale(2")
    found = measure_models(
        ["bicubic", "usrnet-tiny-x2"],
        tmp_path / "photos",
        Measures(["psnr"], task="sr", scale=2),
        degradation,
        weights=WeightsOptions(offline=True),
    )
    bicubic, told = (it.means["psnr"].mean for it in found.summaries())
    assert told > bicubic + 5
    with pytest.raises(UsageError, match="unknown kernel"):
        Degradation(2, kernel="gausian:1")
