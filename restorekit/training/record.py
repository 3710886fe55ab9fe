"""What a run leaves to look at: a table of its figures, curves, sample pictures, a page."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from restorekit import __version__
from restorekit.contracts import Size
from restorekit.files import whole
from restorekit.images.quantize import to_integers
from restorekit.viewing.curves import curves
from restorekit.viewing.page import Page, write_page
from restorekit.viewing.scene import SIDE, Picture, Scene, chosen_box, overview, view

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch.utils.tensorboard import SummaryWriter

    from restorekit.contracts import Image
    from restorekit.training.recipe import Recipe
    from restorekit.training.validation import Measured
    from restorekit.viewing.plots import Plot

TABLE = "log.csv"
CURVES = "curves.png"
SAMPLES = "samples"
REPORT = "report.html"
DEGRADED, RESTORED = "PSNR, degraded", "PSNR, restored"
RATE, SECONDS = "rate", "seconds per step"


class Record:
    """What is kept of a run.

    Args:
        folder: The run's.
        recipe: What is trained.
    """

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self._folder = folder
        self._recipe = recipe
        self._rows: list[dict[str, float]] = []
        self._board = _board(folder)

    def resume(self, step: int) -> None:
        """Take up the rows of an earlier process, but for steps that will be made again."""
        if step and (self._folder / TABLE).is_file():
            with (self._folder / TABLE).open(newline="", encoding="utf-8") as file:
                rows = csv.DictReader(file)
                table = [{key: float(it) for key, it in row.items() if it} for row in rows]
            self._rows = [row for row in table if row["step"] <= step]

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """One more row."""
        self._rows.append({"step": float(step), **values})
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(name, value, step)

    def validated(self, step: int, measured: Measured) -> None:
        """A validation: its row, its pictures, and all that there is to look at anew."""
        self.add(step, {DEGRADED: measured.degraded, RESTORED: measured.restored})
        self._show(step, measured)
        self.write()
        facts = [("network", self._recipe.network.architecture), ("paper", self._recipe.paper)]
        facts += [("input made by", self._recipe.data.degradation), ("steps", f"{step:,}")]
        facts += [("degraded", f"{measured.degraded:.2f} dB")]
        facts += [("restored", f"{measured.restored:.2f} dB")]
        plot = self._plot()
        page = Page(
            title="Training",
            subtitle=self._recipe.title,
            facts=[*filter(lambda it: it[1], facts), ("program", f"restorekit {__version__}")],
            plots=[(plot.title, plot.svg())],
            scenes=_scenes(measured),
        )
        write_page(page, self._folder / REPORT)

    def write(self) -> None:
        """The table and the curves, each whole."""
        if not self._rows:
            return
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        with (
            whole(self._folder / TABLE) as partial,
            partial.open("w", newline="", encoding="utf-8") as file,
        ):
            table = csv.DictWriter(file, names, restval="")
            table.writeheader()
            table.writerows({key: f"{it:.8g}" for key, it in row.items()} for row in self._rows)
        self._plot().write(self._folder / CURVES, dpi=110)
        if self._board is not None:
            self._board.flush()

    def _plot(self) -> Plot:
        names = list(dict.fromkeys(key for row in self._rows for key in row))
        losses = {it: [it] for it in names if it not in {"step", DEGRADED, RESTORED, RATE, SECONDS}}
        fixed = {"PSNR, dB": [RESTORED, DEGRADED], RATE: [RATE], SECONDS: [SECONDS]}
        there = {label: [it for it in pair if it in names] for label, pair in fixed.items()}
        return curves(self._rows, {**losses, **{k: pair for k, pair in there.items() if pair}})

    def _show(self, step: int, measured: Measured) -> None:
        """Degraded, restored and true pictures side by side, one photo below the other."""
        from PIL import Image as PillowImage

        (self._folder / SAMPLES).mkdir(exist_ok=True)
        rows = [np.concatenate(_centres(*it[1:]), axis=1) for it in measured.pictures]
        widest = max(row.shape[1] for row in rows)
        sheet = np.concatenate(
            [np.pad(row, ((0, 0), (0, widest - row.shape[1]), (0, 0))) for row in rows]
        )
        pixels = np.repeat(sheet, 3, axis=2) if sheet.shape[2] == 1 else sheet
        with whole(self._folder / SAMPLES / f"{step:08d}.png") as partial:
            PillowImage.fromarray(to_integers(pixels, 8)).save(partial, "PNG")


def _scenes(measured: Measured) -> list[Scene]:
    found: list[Scene] = []
    for name, degraded, restored, clean in measured.pictures:
        labels = {"true": clean, "degraded": degraded, "restored": restored}
        pictures = [Picture(label, to_integers(it, 8)) for label, it in labels.items()]
        size = Size(clean.shape[0], clean.shape[1])
        box = chosen_box(pictures[0].pixels, pictures[2].pixels, side=SIDE)
        views = tuple(view(it, size, box) for it in pictures)
        found.append(Scene(name, size, box, views, overview(pictures[0].pixels), (1, 2)))
    return found


def _centres(*pictures: Image, side: int = 256) -> list[Image]:
    """So much of each that a sheet stays small."""
    height, width = (min(side, it) for it in pictures[0].shape[:2])
    top, left = ((pictures[0].shape[i] - it) // 2 for i, it in enumerate((height, width)))
    return [it[top : top + height, left : left + width] for it in pictures]


def _board(folder: Path) -> SummaryWriter | None:
    """TensorBoard's file, where TensorBoard is installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))
