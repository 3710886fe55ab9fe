"""Deblurring evaluated: input made by a chain, pairs that are there, photos without a truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from restorekit.degradations import parse, psf_of
from restorekit.errors import UsageError
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.inputs import Chained, Given, Told
from restorekit.evaluation.measures import METRICS_WITHOUT_TRUTH, Measures
from restorekit.evaluation.request import Request, evaluate
from restorekit.evaluation.trial import Listeners, Measured
from restorekit.images.quantize import to_float, to_integers
from restorekit.kernels import disk
from restorekit.metrics.sharpness import sharpness
from restorekit.zoo.methods import CLASSICAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.evaluation.result import Evaluation

    Write = Callable[..., Path]
    Find = Callable[[str], Path]

PSNR = Measures(["psnr"], task="deblur")
UNDONE = "wiener"
"""Told no kernel, it gives the photo back: its figure is that of the input."""

pytestmark = pytest.mark.usefixtures("one_thread")


def board(path: Path) -> np.ndarray:
    """Squares of two greys with a gradient over them."""
    rows, columns = np.mgrid[:72, :96]
    plane = 60 + 100 * ((rows // 9 + columns // 12) % 2) + columns / 3
    pixels = np.repeat(plane[..., None], 3, axis=2).astype(np.uint8)
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def psnr(restored: np.ndarray, reference: np.ndarray) -> float:
    error = restored.astype(float) - reference
    return 20 * math.log10(255 / math.sqrt(np.mean(error**2)))


def deblurred(**asked: Any) -> Evaluation:
    return evaluate(Request(**{"measures": PSNR, "models": [UNDONE], **asked}))


def test_the_chain_makes_the_input_and_its_kernel_and_noise_are_told(tmp_path: Path) -> None:
    reference = board(tmp_path / "set/board.png")
    text = "motion_blur([5, 9], 20)|gaussian_noise(2)"
    measures = Measures(["psnr"], task="deblur", seed=7)
    found = deblurred(measures=measures, data=str(tmp_path / "set"), degradation=text)
    assert found.degradation == f"{text}, seed 7|quantize(8)"
    assert found.seed == 7
    chain = parse(text).settled("board.png", 7)
    degraded = to_float(to_integers(chain(to_float(reference)), 8))
    told = CLASSICAL[UNDONE].with_kernel(psf_of(chain)).with_sigma(2)
    (band,) = told.bands(degraded)
    expected = psnr(to_integers(band.rows, 8), reference)
    assert found.rows[0].values["psnr"] == pytest.approx(expected, abs=1e-9)
    assert expected > psnr(to_integers(degraded, 8), reference) + 0.5


def test_without_a_chain_the_blur_is_mixed_and_a_seed_draws_it(tmp_path: Path) -> None:
    for name in "abcd":
        board(tmp_path / f"set/{name}.png")
    seen: dict[int, list[np.ndarray]] = {1: [], 2: []}

    def keep(measured: Measured) -> None:
        assert measured.degraded is not None
        seen[seed].append(measured.degraded)

    values: list[list[float]] = []
    for seed in (1, 2, 1):
        measures = Measures(["psnr"], task="deblur", seed=seed)
        request = Request(measures, models=[UNDONE], data=str(tmp_path / "set"))
        found = evaluate(request, listeners=Listeners(on_photo=keep))
        assert found.is_whole
        assert found.degradation == f"mixed_blur(2), seed {seed}|quantize(8)"
        values.append([row.values["psnr"] for row in found.rows])
    assert values[0] == values[2] != values[1]
    for first, again in zip(seen[1][:4], seen[1][4:], strict=True):
        np.testing.assert_array_equal(first, again)
    assert np.abs(seen[1][0] - seen[1][1]).mean() > 1e-3, "each photo draws its own"
    louder = deblurred(data=str(tmp_path / "set/a.png"), sigma=9)
    assert louder.degradation == "mixed_blur(9), seed 0|quantize(8)"


def test_what_is_told_of_a_chain(tmp_path: Path) -> None:
    photos = {"a": tmp_path / "a.png"}
    assert Chained("jpeg(40)", photos).told("a") == Told(None, None)
    told = Chained("defocus(3)|gaussian_noise(3)|gaussian_noise(4)", photos).told("a")
    assert told.sigma == pytest.approx(5)
    assert told.psf is not None
    assert told.psf.shape == (7, 7)
    with pytest.raises(UsageError, match="changes the size: expected a chain that keeps it"):
        Chained("downscale(2)", photos)(np.zeros((8, 8, 3), np.uint8), "a")
    with pytest.raises(UsageError, match="--degradation is empty"):
        Chained(" ", photos)


def test_a_kernel_blurs_the_input_and_is_told(tmp_path: Path) -> None:
    reference = board(tmp_path / "set/board.png")
    found = deblurred(data=str(tmp_path / "set"), kernel="defocus:3", sigma=1)
    assert found.degradation == "blur defocus:3|gaussian_noise(1, seed 0)|quantize(8)"
    degraded = Degradation(kernel="defocus:3", sigma=1)(reference, "board")
    (band,) = CLASSICAL[UNDONE].with_kernel(disk(3)).with_sigma(1).bands(degraded)
    expected = psnr(to_integers(band.rows, 8), reference)
    assert found.rows[0].values["psnr"] == pytest.approx(expected, abs=1e-9)


def test_pairs_that_are_there(tmp_path: Path) -> None:
    for number in range(2):
        sharp = board(tmp_path / f"sharp/{number}.png")
        blurred = np.clip(sharp.astype(int) + 5 * (number + 1), 0, 255).astype(np.uint8)
        (tmp_path / "blurred").mkdir(exist_ok=True)
        Image.fromarray(blurred).save(tmp_path / f"blurred/{number}_blur.png")
    board(tmp_path / "sharp/lonely.png")
    places = {"data": str(tmp_path / "sharp"), "degraded": str(tmp_path / "blurred")}
    found = deblurred(**places)
    assert found.degradation == "others"
    expected = [20 * math.log10(255 / step) for step in (5, 10)]
    assert [row.values["psnr"] for row in found.rows] == pytest.approx(expected, abs=1e-9)
    assert found.without_prediction == (str(tmp_path / "sharp/lonely.png"),)
    told = deblurred(**places, kernel="motion:7", sigma=2)
    assert told.degradation == "others (kernel motion:7, sigma 2)"
    assert told.rows[0].values != found.rows[0].values
    Image.new("RGB", (9, 9)).save(tmp_path / "blurred/0_blur.png")
    assert "0_blur.png does not suit its reference: expected 96x72, got 9x9" in str(
        deblurred(**places).rows[0].failure
    )


def test_photos_without_a_truth(tmp_path: Path) -> None:
    pixels = board(tmp_path / "real/board.png")
    measures = Measures(METRICS_WITHOUT_TRUTH, task="deblur")
    found = deblurred(measures=measures, degraded=str(tmp_path / "real"))
    assert found.data == f"photos of {tmp_path / 'real'}, without truth"
    assert found.rows[0].values["sharpness"] == pytest.approx(sharpness(pixels))
    assert found.rows[0].values["seam"] > 0
    with pytest.raises(UsageError, match="psnr compares with the true picture: expected --data"):
        deblurred(degraded=str(tmp_path / "real"))


def test_the_blurred_photos_of_gopro_have_their_figures(bench: Find) -> None:
    found = deblurred(data=str(bench("gopro3").parent), dataset="gopro3")
    assert found.is_whole
    assert [row.photo for row in found.rows] == ["sharp_00", "sharp_02", "sharp_04"]
    figures = [round(row.values["psnr"], 2) for row in found.rows]
    assert figures == [23.58, 20.28, 22.01]


def test_small_pictures_that_are_there_are_enlarged(tmp_path: Path) -> None:
    large = board(tmp_path / "large/a.png")
    (tmp_path / "small").mkdir()
    Image.fromarray(large[::2, ::2]).save(tmp_path / "small/a_LR2.png")
    places = {"data": str(tmp_path / "large"), "degraded": str(tmp_path / "small")}
    asked: dict[str, Any] = {"models": ["nearest"], **places}
    found = deblurred(**asked, measures=Measures(["psnr"], "rgb", "sr", 2))
    repeated = large[::2, ::2].repeat(2, axis=0).repeat(2, axis=1)
    assert found.rows[0].values["psnr"] == pytest.approx(psnr(repeated, large), abs=1e-9)
    wrong = deblurred(**asked, measures=Measures(["psnr"], "rgb", "sr", 3))
    assert "a_LR2.png does not suit its reference: expected 96x72, got 144x108" in str(
        wrong.rows[0].failure
    )


def test_noise_that_is_there_is_left_to_be_estimated(tmp_path: Path) -> None:
    sharp = board(tmp_path / "sharp/a.png")
    noise = np.random.default_rng(0).normal(0, 20, sharp.shape)
    (tmp_path / "noisy").mkdir()
    noisy = np.clip(sharp + noise, 0, 255).round().astype(np.uint8)
    Image.fromarray(noisy).save(tmp_path / "noisy/a.png")
    places = {"data": str(tmp_path / "sharp"), "degraded": str(tmp_path / "noisy")}
    asked: dict[str, Any] = {"measures": Measures(["psnr"], task="denoise"), "models": ["bm3d"]}
    untold = deblurred(**asked, **places).rows[0].values["psnr"]
    told = deblurred(**asked, **places, sigma=20).rows[0].values["psnr"]
    assert untold > psnr(noisy, sharp) + 5
    assert told == pytest.approx(untold, abs=1)
    assert told != untold


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"data": "a", "degradation": "jpeg(9)", "sigma": 3}, "--sigma is told by --degradation"),
        ({"data": "a", "degradation": "jpeg(9)", "kernel": "delta"}, "--kernel is told by"),
        ({"data": "a", "degradation": "jpeg(9)", "degraded": "b"}, "--degraded has already"),
        ({"degraded": "b", "data": "a", "dataset": "gopro3"}, "belongs to --data, got"),
        ({"predicted": ["o"], "reference": "g", "degraded": "b"}, "(drop one)"),
        ({"predicted": ["o"], "reference": "g", "degradation": "x"}, "--degradation is for models"),
        (
            {"measures": Measures(task="sr", scale=2), "data": "a", "degradation": "jpeg(9)"},
            "--degradation is for deblur and denoise",
        ),
    ],
)
def test_what_cannot_be_meant(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Request(**{"measures": PSNR, **asked})
    assert words in str(caught.value).replace(": got", ", got")


def test_kernels_and_noise_of_pairs_are_checked() -> None:
    with pytest.raises(UsageError, match="unknown kernel"):
        Given({}, kernel="gausian:1")
    with pytest.raises(UsageError, match="--sigma: expected 0 to 255, got -1"):
        Given({}, sigma=-1)
