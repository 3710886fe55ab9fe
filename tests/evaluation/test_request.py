"""What a person asks for: refused, or measured; sets by name, and sets that are recognised."""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from restorekit.errors import PhotoError, UnknownNameError, UsageError
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.request import Request, evaluate
from restorekit.evaluation.table import title

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.evaluation.result import Evaluation

    Write = Callable[..., Path]
    Find = Callable[[str], Path]

SET5 = ("baby", "bird", "butterfly", "head", "woman")
RGB = Measures(["psnr"])
SR4 = Measures(["psnr"], task="sr", scale=4)


def nearest(**asked: Any) -> Evaluation:
    return evaluate(Request(SR4, models=["nearest"], **asked))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "nothing to evaluate: expected --pred and --gt, or --model with --data"),
        ({"models": ["bicubic"]}, "nothing to evaluate"),
        ({"predicted": ["out"]}, "--pred and --gt belong together: got one of them"),
        ({"reference": "gt"}, "--pred and --gt belong together"),
        ({"reference": "gt", "data": "set"}, "--pred and --gt belong together"),
        ({"predicted": ["out"], "reference": "gt", "data": "set"}, "(drop one)"),
        ({"predicted": ["out"], "reference": "gt", "dataset": "set5"}, "(drop one)"),
        ({"predicted": ["out"], "reference": "gt", "models": ["vdsr"]}, "(drop one)"),
        (
            {"predicted": ["out"], "reference": "gt", "sigma": 25},
            "--sigma is for models: results are measured as they are",
        ),
    ],
)
def test_what_cannot_be_meant(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Request(RGB, **asked)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("measures", "asked", "words"),
    [
        (RGB, {"models": ["bicubic"]}, "this task cannot be evaluated yet: expected --task sr"),
        (Measures(["psnr"], "rgb", "sr"), {"models": ["bicubic"]}, "expected --scale, from 2 up"),
        (SR4, {}, "nothing to evaluate: expected at least one model"),
        (SR4, {"models": ["bicubic"], "sigma": 256}, "--sigma: expected 0 to 255, got 256"),
        (SR4, {"models": ["bicubic"], "sigma": -1}, "--sigma: expected 0 to 255, got -1"),
        (SR4, {"models": ["bicubic"], "sigma": float("nan")}, "--sigma: expected 0 to 255"),
    ],
)
def test_models_that_cannot_be_tried(
    photo: Write, measures: Measures, asked: dict[str, Any], words: str
) -> None:
    folder = photo("set/a.png").parent
    with pytest.raises(UsageError) as caught:
        evaluate(Request(measures, data=str(folder), **asked))
    assert words in str(caught.value)


def test_several_folders_of_results(photo: Write, tmp_path: Path) -> None:
    photo("gt/a.png")
    photo("one/a.png", offset=5)
    photo("two/a.png", offset=10)
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    request = Request(RGB, predicted=[one, two, one], reference=str(tmp_path / "gt"))
    found = evaluate(request)
    assert [(row.model, round(row.values["psnr"], 2)) for row in found.rows] == [
        (one, 34.15),
        (two, 28.13),
    ]
    assert request.places == (one, two, one, str(tmp_path / "gt"))
    alone = evaluate(Request(RGB, predicted=[one], reference=str(tmp_path / "gt")))
    assert [row.model for row in alone.rows] == [None]


def test_noise_is_as_strong_as_it_was_asked_for(tmp_path: Path) -> None:
    Image.new("RGB", (256, 256), (120, 128, 136)).save(tmp_path / "a.png")
    measures = Measures(["psnr"], "rgb", "sr", 4)
    asked: dict[str, Any] = {"models": ["nearest"], "data": str(tmp_path / "a.png")}
    clean, noisy = (evaluate(Request(measures, **asked, sigma=it)) for it in (0, 20))
    assert clean.degradation == "crop_to_multiple(4)|downscale(4, 'matlab')|quantize(8)"
    assert noisy.degradation == (
        "crop_to_multiple(4)|downscale(4, 'matlab')|gaussian_noise(20, seed 0)|quantize(8)"
    )
    other = evaluate(Request(Measures(["psnr"], "rgb", "sr", 4, seed=7), **asked, sigma=20))
    assert "gaussian_noise(20, seed 7)" in str(other.degradation)
    assert other.rows[0].values != noisy.rows[0].values
    # A flat photo loses nothing, and repeated pixels keep the variance of their noise.
    assert clean.rows[0].values["psnr"] == math.inf
    assert noisy.rows[0].values["psnr"] == pytest.approx(20 * math.log10(255 / 20), abs=0.2)


def test_a_set_by_name(bench: Find) -> None:
    found = nearest(data=str(bench("set5").parent), dataset="Set-5")
    assert found.is_whole
    assert [row.photo for row in found.rows] == list(SET5)
    assert found.data == "set5: all 5 photos, as their hashes say"


def test_a_partial_set_is_measured_and_told(bench: Find, tmp_path: Path) -> None:
    (tmp_path / "Set5").mkdir()
    for name in SET5[1:3]:
        shutil.copy(bench("set5") / f"{name}_GT.bmp", tmp_path / "Set5")
    found = nearest(data=str(tmp_path), dataset="set5")
    told = "set5: 3 of 5 photos missing (baby, head, woman)"
    assert (found.data, found.faults, found.is_whole) == (told, (told,), False)
    assert [row.photo for row in found.rows] == list(SET5[1:3])


def test_a_wrong_set_is_measured_and_told(photo: Write, tmp_path: Path) -> None:
    for name in SET5:
        photo(f"sets/Set5/{name}.png")
    found = nearest(data=str(tmp_path / "sets"), dataset="set5")
    assert len(found.rows) == 5
    assert not found.is_whole
    assert found.faults == (found.data,)
    assert found.faults[0].startswith("set5: 5 of 5 photos differ (baby: 20x16 instead of 512x512")


def test_sets_that_cannot_be_had(photo: Write, tmp_path: Path) -> None:
    photo("set/a.png")
    with pytest.raises(PhotoError) as absent:
        nearest(data=str(tmp_path), dataset="set5")
    assert "set5 is not in" in str(absent.value)
    assert "get it from https://" in str(absent.value)
    with pytest.raises(UsageError) as nowhere:
        nearest(dataset="set5")
    assert "where is set5?" in str(nowhere.value)
    assert "--data or RESTOREKIT_DATA" in str(nowhere.value)
    with pytest.raises(UnknownNameError, match="did you mean set"):
        nearest(data=str(tmp_path), dataset="sett5")


def test_a_folder_that_is_a_known_set_is_recognised(bench: Find) -> None:
    found = nearest(data=str(bench("set5")))
    assert found.is_whole
    assert title(found).endswith(", set5: all 5 photos, as their hashes say")


def test_a_folder_of_other_photos_is_not(photo: Write, tmp_path: Path) -> None:
    for name in SET5:
        photo(f"set/{name}.png")
    assert nearest(data=str(tmp_path / "set")).data == f"photos of {tmp_path / 'set'}"


def test_a_set_that_is_named_as_a_folder_is_pointed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PhotoError, match=r"Set5: no such file or folder \(--dataset Set5 for the"):
        nearest(data="Set5")


def test_super_resolution_without_a_scale() -> None:
    with pytest.raises(UsageError, match="evaluated at a scale: expected --scale, from 2 up"):
        Measures(task="sr")
