"""Words are drawn whole: in lines that have room, and in a font that has their signs."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from restorekit.viewing.captions import DEFAULT, Lettering, font_for

LETTERS = Lettering.of([], 13)


def test_figures_end_their_lines_at_commas() -> None:
    told = "psnr 28.42 dB, ssim 0.8104, lpips 0.1234"
    room = int(LETTERS.font.getlength("psnr 28.42 dB, ssim")) + 1
    assert LETTERS.wrapped(told, room) == ["psnr 28.42 dB,", "ssim 0.8104,", "lpips 0.1234"]
    assert LETTERS.wrapped(told, 1000) == [told]
    assert LETTERS.wrapped("", 100) == []


@pytest.mark.parametrize("text", ["9" * 300, "psnr 28.42 dB, " * 9, "a b " * 40, "W", "x\ny" * 50])
@pytest.mark.parametrize("room", [20, 160, 500])
def test_nothing_is_lost_and_every_line_has_room(text: str, room: int) -> None:
    lines = LETTERS.wrapped(text, room)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert max(map(LETTERS.font.getlength, lines)) <= room


def test_a_sign_that_has_no_room_stands_alone() -> None:
    assert LETTERS.wrapped("WWW", 1) == ["W", "W", "W"]


def test_signs_that_the_default_font_has_stay_in_it() -> None:
    assert font_for("né ±4 … \N{REPLACEMENT CHARACTER}") == DEFAULT


def test_signs_that_another_font_has_are_drawn_in_it() -> None:
    """Those of the plotting library, which are on every machine, stand for the system's."""
    only = "\N{COMBINING LONG VERTICAL LINE OVERLAY}\N{COMBINING ENCLOSING CIRCLE}"
    path = font_for(only)
    assert path != DEFAULT
    letters = Lettering.of([only], 40)
    assert letters.font.path == path
    assert letters.line == 60


def test_signs_that_no_font_has_are_boxes() -> None:
    assert font_for("\U0010fffd") == DEFAULT
    assert drawn(["\U0010fffd"]).any()


def test_lines_are_below_one_another() -> None:
    two, one = drawn(["mm", "mm"]), drawn(["mm"])
    assert np.array_equal(two[LETTERS.line :], one[: -LETTERS.line])
    assert np.array_equal(two[: LETTERS.line], one[: LETTERS.line])


def drawn(lines: list[str]) -> np.ndarray:
    picture = Image.new("RGB", (80, 80))
    LETTERS.write(ImageDraw.Draw(picture), lines, (0, 0), (255, 255, 255))
    return np.asarray(picture)
