"""Plots show every finite figure, say what they leave out, and are the same each time."""

from __future__ import annotations

import io
import itertools
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from restorekit.errors import OutputError, UsageError
from restorekit.viewing.plots import apart, distribution, quality_against_time

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
VALUES = {"bicubic": [26.0, 27.0, 30.0], "vdsr": [28.5, 28.0, 31.0, 33.0]}
POINTS = {"bicubic": (0.01, 26.5), "vdsr": (2.0, 29.1)}


def words(svg: str) -> list[str]:
    """What a plot says, its title left out; fails where it is not well-formed."""
    return [it.text or "" for it in ET.fromstring(svg).iter(f"{SVG}text")]


def dots(svg: str, color: str = "#2f7fc1") -> int:
    """How many times a marker of this colour is used."""
    return len(re.findall(rf"<use [^>]*fill: {color}", svg))


def test_every_photo_is_a_dot_and_every_model_a_row() -> None:
    svg = distribution(VALUES, "PSNR (dB)").svg()
    assert dots(svg) == 7
    assert {"bicubic", "vdsr", "PSNR (dB)"} <= set(words(svg))


def test_every_model_is_a_dot_with_its_name() -> None:
    svg = quality_against_time(POINTS, "PSNR (dB)").svg()
    assert dots(svg) == 2
    assert {"bicubic", "vdsr", "PSNR (dB)", "seconds a photo"} <= set(words(svg))


def test_what_is_drawn_is_said_in_the_plot_and_in_its_title() -> None:
    photos, models = distribution(VALUES, "PSNR (dB)"), quality_against_time(POINTS, "PSNR (dB)")
    for plot, parts in ((photos, ("dot: a photo", "quartiles", "median")), (models, ("its mean",))):
        (note,) = [it for it in words(plot.svg()) if it.startswith("dot: ")]
        assert all(part in note for part in parts)
    assert photos.title == (
        "PSNR (dB) by model: every photo a dot, quartiles a bar, the median a line"
    )
    assert models.title == (
        "PSNR (dB) against seconds a photo: every model a dot, its mean of the photos"
    )


def test_what_is_not_finite_is_left_out_and_told() -> None:
    values = {"a": [1.0, float("inf")], "b": [float("nan")]}
    svg = distribution(values, "PSNR (dB)").svg()
    assert dots(svg) == 1
    assert "left out, not finite: 2" in words(svg)
    points = {**POINTS, "a": (1.0, float("inf")), "b": (0.0, 30.0)}
    svg = quality_against_time(points, "PSNR (dB)").svg()
    assert dots(svg) == 2
    assert "left out, no finite figure or seconds: 2" in words(svg)
    assert not any("left out" in it for it in words(distribution(VALUES, "dB").svg()))


def test_nothing_at_all_is_told() -> None:
    assert "nothing to show" in words(distribution({}, "PSNR").svg())
    assert "nothing to show" in words(quality_against_time({}, "PSNR").svg())


def test_the_text_is_the_same_each_time_and_needs_nothing_from_outside() -> None:
    first, second = (quality_against_time(POINTS, "PSNR (dB)").svg() for _ in range(2))
    assert first == second
    assert not re.search(r"<image|@import|url\((?!#)|\d\d:\d\d:\d\d|[mM]atplotlib v", first)


def test_lines_and_words_take_the_colour_of_the_page() -> None:
    svg = distribution(VALUES, "PSNR (dB)").svg()
    assert "currentColor" in svg
    colors = set(re.findall(r"#[0-9a-f]{6}\b", svg))
    assert colors == {"#2f7fc1", "#d55e00"}


def test_hostile_names_stay_words() -> None:
    names = ["<script>alert(1)</script>", "_$x_$ &amp; '\"", "two\nlines", "a" * 200, "東京", ""]
    said = words(distribution({name: [1.0, 2.0] for name in names}, "x < y & $z$").svg())
    assert {"<script>alert(1)</script>", "_$x_$ &amp; '\"", "two lines", "東京"} <= set(said)
    assert "x < y & $z$" in said
    assert [it for it in said if it.startswith("aaa")] == ["a" * 14 + "…" + "a" * 13]
    points = {name: (1.0 + place, 1.0) for place, name in enumerate(names)}
    assert "two lines" in words(quality_against_time(points, "x").svg())


def test_png_has_the_dots_per_inch_that_were_asked_for() -> None:
    picture = Image.open(io.BytesIO(distribution(VALUES, "PSNR (dB)").png(dpi=200)))
    assert picture.size == (1280, 420)
    assert round(picture.info["dpi"][0]) == 200
    pixels = np.asarray(picture.convert("RGB"))
    assert (pixels[0] == 255).all()  # white, not transparent
    assert (np.abs(pixels.astype(int) - (0xD5, 0x5E, 0)).max(axis=2) < 8).sum() > 100  # medians


def test_the_style_of_the_program_stays_untouched() -> None:
    before = dict(mpl.rcParams)
    distribution(VALUES, "PSNR").svg()
    assert dict(mpl.rcParams) == before


def test_the_ending_tells_the_format(tmp_path: Path) -> None:
    plot = distribution(VALUES, "PSNR")
    plot.write(tmp_path / "a.svg")
    plot.write(tmp_path / "a.PNG")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == plot.svg()
    assert (tmp_path / "a.PNG").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(UsageError, match=r"expected .svg or .png, got .pdf"):
        plot.write(tmp_path / "a.pdf")
    with pytest.raises(OutputError, match="cannot be written"):
        plot.write(tmp_path / "none" / "a.svg")
    assert sorted(it.name for it in tmp_path.iterdir()) == ["a.PNG", "a.svg"]


@pytest.mark.parametrize("wanted", [[0.5] * 9, [0.0, 0.01, 0.98, 0.99, 1.0], [0.3], []])
def test_names_keep_apart_and_inside(wanted: list[float]) -> None:
    heights = apart(wanted, 0.1)
    assert all(b - a >= 0.1 - 1e-9 for a, b in itertools.pairwise(heights))
    assert all(-1e-9 <= it <= 1 for it in heights)


def test_names_with_room_stay_at_their_dots() -> None:
    assert apart([0.1, 0.5, 0.9], 0.1) == [0.1, 0.5, 0.9]
