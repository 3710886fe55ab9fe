"""Whole evaluations against the figures of the papers, and files that are not as they should."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hand_placed import MODEL, place_weights
from PIL import Image

from restorekit.errors import PhotoError, UnknownNameError, UsageError, WeightsError
from restorekit.evaluation.degradation import cropped, lower_resolution
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.runner import measure_models, measure_pairs
from restorekit.zoo.restorers import WeightsOptions

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
    assert found.degradation == f"crop_to_multiple({scale})|matlab_bicubic(1/{scale})|round(8)"


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
    kept = cropped(reference, 4)
    assert kept.shape == (12, 8, 3)
    np.testing.assert_array_equal(kept, reference[:12, :8])
    assert lower_resolution(kept, 4).shape == (3, 2, 3)
    assert (lower_resolution(np.full((12, 8, 1), 77, np.uint8), 4) == 77).all()


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
        on_tile=tiles.append,
    )
    network, bicubic = found.rows
    assert found.is_whole
    assert 0 < network.values["psnr"] < bicubic.values["psnr"]  # noise is no photo to it
    assert network.seconds is not None
    assert network.seconds > 0
    assert tiles[0].source == tmp_path / "set/a.png"
    assert found.models[MODEL]["licence"] == "BSD-3-Clause"


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
    with pytest.raises(UsageError, match="expected --task sr, got denoise"):
        measure_models(["bicubic"], folder, Measures(task="denoise", scale=2))
    with pytest.raises(UsageError, match="at least one model"):
        measure_models([], folder, sr)
    with pytest.raises(PhotoError, match="no such file or folder"):
        measure_models(["bicubic"], tmp_path / "none", sr)
    photo("set/a_x2.png")
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
