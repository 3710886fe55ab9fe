"""Pages that the commands write, opened in a real browser: what was measured is what is shown."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browsing import Reader
from PIL import Image

from restorekit.evaluation.degradation import Degradation
from restorekit.images.quantize import to_integers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Command
    from selenium.webdriver import Chrome

HEIGHT, WIDTH = 192, 256
FIRST, SECOND = "#photo-1", "#photo-2"


def picture(seed: int) -> np.ndarray:
    """Smooth and noisy in places, so that no two methods make the same of it."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] / 9
    smooth = 120 + 60 * np.sin(rows + seed) * np.cos(columns)
    noise = np.random.default_rng(seed).normal(0, 12, (HEIGHT, WIDTH, 3))
    return (smooth[:, :, None] + noise).clip(0, 255).astype(np.uint8)


@pytest.fixture
def photos() -> dict[str, np.ndarray]:
    made = {"b <i>10": picture(2), "b <i>9": picture(1)}
    Path("set").mkdir()
    for name, it in made.items():
        Image.fromarray(it).save(f"set/{name}.png")
    return made


@pytest.fixture
def clean_log(chrome: Chrome) -> Iterator[None]:
    """The browser has nothing to complain of."""
    yield
    assert chrome.get_log("browser") == []


def opened(chrome: Chrome, page: str) -> Reader:
    reader = Reader(chrome, Path(page).absolute().as_uri())
    reader.open()
    reader.see(FIRST)
    return reader


def choose(reader: Reader, scene: str, **sides: str) -> None:
    for side, label in sides.items():
        options = reader.find(f"{scene} select[name={side}]").find_elements("tag name", "option")
        next(it for it in options if it.text == label).click()
    reader.see(scene)


def shown(reader: Reader, scene: str, side: str) -> np.ndarray:
    """The pixels of the picture on one side of the divider, as the browser decoded them."""
    data = reader.ask(
        """const image = document.querySelector(arguments[0]);
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        return [...context.getImageData(0, 0, canvas.width, canvas.height).data];""",
        f"{scene} img.{side}",
    )
    return np.array(data, np.uint8).reshape(HEIGHT, WIDTH, 4)[:, :, :3]


def caption(reader: Reader, scene: str, side: str) -> str:
    return " ".join(reader.find(f"{scene} .of-{side}").text.split())


@pytest.mark.usefixtures("clean_log")
def test_an_evaluation(command: Command, chrome: Chrome, photos: dict[str, np.ndarray]) -> None:
    models = ("-m", "bicubic", "-m", "nearest")
    sr = ("eval", "--task", "sr", "--scale", "2", "--data", "set", *models)
    assert command(*sr, "--html", "report.html", "-o", "found.csv").status == 0
    found = list(csv.DictReader(io.StringIO(Path("found.csv").read_text(encoding="utf-8"))))
    reader = opened(chrome, "report.html")

    cells = "return [...document.querySelectorAll(arguments[0])].map((it) => it.textContent)"
    assert reader.ask(cells, ".scene h3") == ["b <i>9", "b <i>10"]
    heads = ["model", "photo", "psnr (dB)", "ssim", "seconds", "memory MB"]
    assert reader.ask(cells, "thead th") == heads
    told = reader.ask(cells, "tbody.photos td")
    for at, row in enumerate(found[:4]):
        figures = [f"{float(row['psnr']):.2f}", f"{float(row['ssim']):.4f}"]
        assert told[6 * at : 6 * at + 4] == [row["model"], row["photo"], *figures]
    assert reader.ask(cells, "tbody.means td:nth-child(2)") == ["mean of 2"] * 2
    assert len(reader.ask(cells, ".plot svg")) == 4
    facts = reader.find(".facts").text
    assert "y-crop (border 2)" in facts
    assert "crop_to_multiple(2)|downscale(2, 'matlab')|quantize(8)" in facts

    assert reader.ask(cells, f"{FIRST} select[name=left] option") == [
        *("reference", "input", "bicubic", "nearest")
    ]
    reference = photos["b <i>9"]
    degraded = to_integers(Degradation(2)(reference, "b <i>9"), 8)
    enlarged = degraded.repeat(2, axis=0).repeat(2, axis=1)
    choose(reader, FIRST, left="reference", right="input")
    assert np.array_equal(shown(reader, FIRST, "left"), reference)
    assert np.array_equal(shown(reader, FIRST, "right"), enlarged)
    choose(reader, FIRST, left="input", right="nearest")
    nearest = next(it for it in found if (it["model"], it["photo"]) == ("nearest", "b <i>9"))
    figures = f"psnr {float(nearest['psnr']):.2f} dB, ssim {float(nearest['ssim']):.4f}"
    assert caption(reader, FIRST, "right") == f"nearest {figures}"

    # The input is shown by repeating its pixels, which is what nearest does.
    reader.choose(FIRST, "mode", "difference")
    reader.chrome.execute_async_script("setTimeout(arguments[0], 150)")
    assert "mean 0.00, most 0 of 255" in caption(reader, FIRST, "left")
    choose(reader, FIRST, left="reference", right="nearest")
    reader.chrome.execute_async_script("setTimeout(arguments[0], 150)")
    error = np.abs(reference.astype(int) - enlarged)
    assert f"mean {error.mean():.2f}, most {error.max()} of 255" in caption(reader, FIRST, "left")
    reader.see(SECOND)
    assert caption(reader, SECOND, "right") == "reference \N{MINUS SIGN} nearest"  # one for all

    reader.open(width=400, scheme="dark")
    assert reader.ask("return document.documentElement.scrollWidth") == 400


@pytest.mark.usefixtures("clean_log")
def test_a_comparison(command: Command, chrome: Chrome, photos: dict[str, np.ndarray]) -> None:
    names = list(photos)
    Image.fromarray(photos[names[0]][::2, ::2]).save("small.png")
    done = command("compare", *(f"set/{name}.png" for name in names), "small.png")
    assert done.status == 0
    reader = opened(chrome, "compare.html")
    labels = [f"{name}.png" for name in names]
    choose(reader, FIRST, left=labels[0], right=labels[1])
    assert np.array_equal(shown(reader, FIRST, "left"), photos[names[0]])
    assert np.array_equal(shown(reader, FIRST, "right"), photos[names[1]])
    error = np.square(photos[names[0]].astype(float) - photos[names[1]]).mean()
    expected = 10 * np.log10(255**2 / error)
    psnr = re.search(r"psnr ([\d.]+) dB", caption(reader, FIRST, "right"))
    assert psnr is not None
    assert float(psnr[1]) == pytest.approx(expected, abs=0.005)
    choose(reader, FIRST, right="small.png")
    assert caption(reader, FIRST, "right") == "small.png"  # another size has no figures
    repeated = photos[names[0]][::2, ::2].repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(shown(reader, FIRST, "right"), repeated)
    stage = reader.rectangle(f"{FIRST} .stage")
    assert reader.clip(FIRST) == pytest.approx(stage["width"] / 2, abs=0.6)
    reader.find(f"{FIRST} .slider").send_keys("f")
    assert reader.clip(FIRST) == 0
