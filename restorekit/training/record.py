"""What a run leaves to look at: a table of its losses, curves, sample pictures, a page."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from restorekit.files import whole
from restorekit.images.quantize import to_integers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from restorekit.contracts import Image
    from restorekit.training.validation import Measured

TABLE = "log.csv"
CURVES = "curves.png"
SAMPLES = "samples"


class Record:
    """The table of a run, ``log.csv``: a row for each step or validation that is told.

    Args:
        folder: The run's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.rows: list[dict[str, float]] = []

    def resume(self, step: int) -> None:
        """Take up the rows of an earlier process, but for steps that will be made again."""
        if step and (self._folder / TABLE).is_file():
            with (self._folder / TABLE).open(newline="", encoding="utf-8") as file:
                rows = csv.DictReader(file)
                table = [{key: float(it) for key, it in row.items() if it} for row in rows]
            self.rows = [row for row in table if row["step"] <= step]

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """One more row."""
        self.rows.append({"step": float(step), **values})

    def write(self) -> None:
        """The table and the curves, each whole."""
        if not self.rows:
            return
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        with (
            whole(self._folder / TABLE) as partial,
            partial.open("w", newline="", encoding="utf-8") as file,
        ):
            table = csv.DictWriter(file, names, restval="")
            table.writeheader()
            table.writerows({key: f"{it:.8g}" for key, it in row.items()} for row in self.rows)
        draw_curves(self.rows, self._folder / CURVES)

    def show(self, step: int, measured: Measured) -> None:
        """Degraded, restored and true pictures side by side, one photo below the other."""
        from PIL import Image as PillowImage

        folder = self._folder / SAMPLES
        folder.mkdir(exist_ok=True)
        rows = [np.concatenate(_cut(pictures), axis=1) for _, *pictures in measured.pictures]
        widest = max(row.shape[1] for row in rows)
        sheet = np.concatenate(
            [np.pad(row, ((0, 0), (0, widest - row.shape[1]), (0, 0))) for row in rows]
        )
        pixels = to_integers(np.repeat(sheet, 3, axis=2) if sheet.shape[2] == 1 else sheet, 8)
        with whole(folder / f"{step:08d}.png") as partial:
            PillowImage.fromarray(pixels).save(partial, "PNG")


def draw_curves(rows: Sequence[Mapping[str, float]], target: Path) -> None:
    """One panel for each column of the table, over the steps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = [it for it in dict.fromkeys(key for row in rows for key in row) if it != "step"]
    figure = Figure(figsize=(8, 2.2 * len(names)), layout="constrained")
    FigureCanvasAgg(figure)
    for place, name in enumerate(names, 1):
        panel = figure.add_subplot(len(names), 1, place)
        points = [(row["step"], row[name]) for row in rows if name in row]
        panel.plot(*zip(*points, strict=True), linewidth=1, marker="." if len(points) < 30 else "")
        panel.set_ylabel(name)
        panel.grid(visible=True, alpha=0.3)
        if place == len(names):
            panel.set_xlabel("step")
    with whole(target) as partial:
        figure.savefig(partial, format="png", dpi=110)


def _cut(pictures: Sequence[Image], side: int = 256) -> list[Image]:
    """The centres, so that a sheet stays small."""
    height, width = (min(side, it) for it in pictures[0].shape[:2])
    top, left = (
        (whole_ - part) // 2
        for whole_, part in zip(pictures[0].shape[:2], (height, width), strict=True)
    )
    return [it[top : top + height, left : left + width] for it in pictures]
