"""Pages of made pictures whose every pixel is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from restorekit.contracts import Size
from restorekit.viewing.page import Page
from restorekit.viewing.plots import distribution, quality_against_time
from restorekit.viewing.scene import Box, Picture, Scene, overview, view

HOSTILE = "<script>window.broken = 1</script>\"'&amp;\n" + "x" * 200 + ".png"
SIZE, BOX = Size(320, 480), Box(32, 64, 192, 256)
RED, BLUE = (220, 30, 40), (20, 60, 230)
PHOTOS = 12


class Table(NamedTuple):
    """Cells as an evaluation gives them."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    means: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8)


def flat(color: tuple[int, int, int]) -> np.ndarray:
    return np.broadcast_to(np.array(color, np.uint8), (*SIZE, 3))


def scene(name: str, **pictures: np.ndarray) -> Scene:
    views = [view(Picture(label, it), SIZE, BOX, f"of {label}") for label, it in pictures.items()]
    return Scene(name, SIZE, BOX, tuple(views), overview(next(iter(pictures.values()))))


FIGURES = ("9.5", "28.4", "-", "inf", "28.40 [27, 29]", "-3.25")


def page() -> Page:
    """The first photo is flat, the second noise; the second's name is hostile."""
    small = noise(3)[::4, ::4]
    scenes = [
        scene("flat.png", reference=flat(RED), input=flat(BLUE), model=flat(BLUE)),
        scene(HOSTILE, reference=noise(1), input=small, model=noise(2)),
    ]
    scenes += [
        scene(f"{at}.png", reference=flat(RED), input=small, model=flat(BLUE))
        for at in range(3, PHOTOS + 1)
    ]
    names = [it.name for it in scenes]
    rows = [("model", name, figure) for name, figure in zip(names, FIGURES, strict=False)]
    wide = [("-",) * 8] * len(rows)
    table = Table(
        header=("model", "photo", "psnr (dB)", *(f"column {at}" for at in range(8))),
        rows=tuple((*row, *more) for row, more in zip(rows, wide, strict=True)),
        means=(("model", "mean of 6", "28.13 [27.01, 29.40]", *wide[0]),),
        notes=(f"{HOSTILE}: no reference of this name",),
    )
    plots = [
        ("Quality of every photo", distribution({HOSTILE: [1.0, 2.0]}, "PSNR (dB)").svg()),
        ("Quality and time", quality_against_time({HOSTILE: (1.0, 2.0)}, "PSNR (dB)").svg()),
    ]
    facts = [("Protocol", "y-crop (border 4)"), ("Input", HOSTILE)]
    return Page(f"Title {HOSTILE}", "Subtitle", facts, table, plots, scenes)
