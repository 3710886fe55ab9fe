"""Write pictures of letters and flat colours, for networks to learn besides photos.

    python tools/letters.py FOLDER [--number 60] [--seed 0]

Photos hold few letters, and few strong colours without any texture; networks that never saw them
draw stripes between letters and shift the colours. Each picture is 480 x 480, of bands that have
colours, letters and shapes of their own. The font is the one that Pillow carries (Aileron, CC0).
"""

from __future__ import annotations

import argparse
import string
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 480
LETTERS = np.array([*string.ascii_letters, *string.digits, *".,:;!?&%-()"])


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--number", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for number in range(options.number):
        draw = np.random.default_rng([options.seed, number])
        page(draw).save(options.folder / f"letters_{number:03}.png")


def page(draw: np.random.Generator) -> Image.Image:
    """A picture of two to five bands."""
    picture = Image.new("RGB", (SIDE, SIDE))
    edges = [0, *sorted(draw.choice(np.arange(60, SIDE - 60), draw.integers(1, 5), False)), SIDE]
    for top, bottom in pairwise(edges):
        ground, ink = colors(draw)
        band = Image.new("RGB", (SIDE, int(bottom - top)), ground)
        if draw.random() < 0.4:
            shape(band, ink, draw)
        else:
            lines(band, ink, draw)
        picture.paste(band, (0, int(top)))
    turn = draw.choice([0, 0, 90, 180, draw.uniform(-20, 20)])
    return picture.rotate(float(turn), Image.Resampling.BICUBIC, fillcolor=colors(draw)[0])


def colors(draw: np.random.Generator) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ground and ink: each black, white or any colour, and told apart by eye."""
    while True:
        kinds = draw.integers(0, 5, 2)
        some = [np.full(3, 255 * kind) if kind < 2 else draw.integers(0, 256, 3) for kind in kinds]
        if np.abs(some[0] - some[1]).max() > 80:
            ground, ink = (tuple(map(int, it)) for it in some)
            return ground, ink


def lines(band: Image.Image, ink: tuple[int, ...], draw: np.random.Generator) -> None:
    """Words from edge to edge."""
    size = float(np.exp(draw.uniform(np.log(14), np.log(110))))
    font = ImageFont.load_default(size)
    pen = ImageDraw.Draw(band)
    for top in np.arange(-size / 2, band.height, size * draw.uniform(1.1, 1.8)):
        words = ("".join(draw.choice(LETTERS, draw.integers(1, 10))) for _ in range(30))
        pen.text((float(-draw.uniform(0, size)), float(top)), " ".join(words), ink, font)


def shape(band: Image.Image, ink: tuple[int, ...], draw: np.random.Generator) -> None:
    """Ellipses, rectangles and strokes of one colour."""
    pen = ImageDraw.Draw(band)
    for _ in range(draw.integers(1, 8)):
        x, y = np.sort(draw.uniform(-40, SIDE, 2)), np.sort(draw.uniform(-40, band.height, 2))
        corners = [(float(x[0]), float(y[0])), (float(x[1]), float(y[1]))]
        kind = draw.integers(0, 3)
        if kind == 0:
            pen.ellipse(corners, ink)
        elif kind == 1:
            pen.rectangle(corners, ink)
        else:
            pen.line(corners, ink, int(draw.integers(1, 24)))


if __name__ == "__main__":
    main()
