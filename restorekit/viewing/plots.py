"""Plots of figures, for the page and for papers.

Lines and words take the colour of the text around them (``currentColor``), so that a plot inside a
page follows its dark mode; on its own it is black on nothing.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from restorekit.errors import UsageError
from restorekit.files import unwritable, whole
from restorekit.printable import one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

INK, BLUE, VERMILION = "#1b1b1d", "#2f7fc1", "#d55e00"
"""A blue and a red that stay apart for colour-blind eyes, on white and on black alike."""
WIDTH = 6.4
"""Inches: the column of a paper at 100 %, and 460 pixels of a page."""
ROW, MARGIN = 0.3, 1.2
"""Inches of height for each model, and for the words below and the air above."""
NOTE = 7.5
"""Points of the letters that say what is drawn."""
LONGEST = 28
"""Signs of a name."""
GOLDEN = (5**0.5 - 1) / 2
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 9,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "svg.fonttype": "none",  # words stay words: they can be selected, and take the page's font
    "svg.hashsalt": "restorekit",  # the same figure gives the same file
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor"), INK),
    **dict.fromkeys(("xtick.color", "ytick.color"), INK),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


@dataclass(frozen=True, eq=False)
class Plot:
    """A finished figure that can be written in several forms."""

    title: str
    """What it shows, for those who cannot see it."""
    figure: Figure

    def svg(self) -> str:
        """An ``<svg>`` element, the same text for the same figures; readers hear its title."""
        file = io.StringIO()
        metadata = {"Title": self.title, "Date": None, "Creator": None, "Type": None}
        with drawing():
            FigureCanvasSVG(self.figure).print_svg(file, metadata=metadata)
        text = file.getvalue()
        element = text[text.index("<svg") :].replace(INK, "currentColor")
        return element.replace("<svg ", '<svg role="img" ', 1)

    def png(self, dpi: float = 200) -> bytes:
        """A PNG on white.

        Args:
            dpi: Pixels per inch; the figure is 6.4 inches wide.
        """
        file = io.BytesIO()
        with drawing():
            canvas = FigureCanvasAgg(self.figure)
            canvas.print_figure(file, dpi=dpi, facecolor="white", metadata={"Software": None})
        return file.getvalue()

    def write(self, target: Path, *, dpi: float = 200) -> None:
        """Write the plot as ``target``, whole or not at all; its ending tells the format.

        Args:
            target: A name that ends in ``.svg`` or ``.png``.
            dpi: Of a PNG.

        Raises:
            UsageError: It ends in something else.
            OutputError: It cannot be written.
        """
        ending = target.suffix.lower()
        if ending not in {".svg", ".png"}:
            raise UsageError(
                f"{target.name}: plots have two formats",
                expected=".svg or .png",
                got=ending or "no ending",
            )
        data = self.png(dpi) if ending == ".png" else self.svg().encode()
        try:
            with whole(target) as part:
                part.write_bytes(data)
        except OSError as error:
            raise unwritable(target, error) from error


def distribution(values_by_model: Mapping[str, Sequence[float]], label: str) -> Plot:
    """One row for each model: a dot for every photo, the quartiles as a bar, the median as a line.

    Args:
        values_by_model: By the name of a model the figures of its photos, in the order to show.
            What is not finite is left out, and the plot says how many.
        label: What the figures are, with their unit.
    """
    finite = {
        name: [it for it in values if math.isfinite(it)] for name, values in values_by_model.items()
    }
    left_out = sum(map(len, values_by_model.values())) - sum(map(len, finite.values()))
    with drawing():
        figure, axes = _blank(MARGIN + ROW * max(len(finite), 3))
        for row, values in enumerate(finite.values()):
            _spread(axes, row, values)
        axes.set_yticks(range(len(finite)), [_name(it) for it in finite])
        axes.set_ylim(max(len(finite), 1) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        notes = ["dot: a photo · bar: the middle half, between the quartiles · line: the median"]
        notes += [f"left out, not finite: {left_out}"] * bool(left_out)
        _finish(figure, axes, label, notes, empty=not any(finite.values()))
    title = f"{one_line(label)} by model: every photo a dot, quartiles a bar, the median a line"
    return Plot(title, figure)


def quality_against_time(points: Mapping[str, tuple[float, float]], label: str) -> Plot:
    """One dot for each model, seconds a photo on a logarithmic axis, names beside the plot.

    Args:
        points: By the name of a model its seconds a photo and its figure. A point whose seconds
            are not above 0, or that is not finite, is left out, and the plot says how many.
        label: What the figures are, with their unit.
    """
    shown = {
        name: (seconds, quality)
        for name, (seconds, quality) in points.items()
        if math.isfinite(seconds) and math.isfinite(quality) and seconds > 0
    }
    with drawing():
        height = max(3.2, MARGIN + 0.6 * ROW * len(shown))
        figure, axes = _blank(height)
        axes.margins(x=0.12, y=0.1)
        for seconds, quality in shown.values():
            axes.plot(seconds, quality, "o", markersize=5.5, color=BLUE, zorder=3)
        _log_seconds(axes, [seconds for seconds, _ in shown.values()])
        _names_beside(axes, shown, gap=0.6 * ROW / (height - MARGIN))
        axes.set_ylabel(one_line(label))
        axes.grid(axis="y", color=INK, alpha=0.12, linewidth=0.6)
        left_out = len(points) - len(shown)
        notes = ["dot: a model, its mean of the photos"]
        notes += [f"left out, no finite figure or seconds: {left_out}"] * bool(left_out)
        _finish(figure, axes, "seconds a photo", notes, empty=not shown)
    title = f"{one_line(label)} against seconds a photo: every model a dot, its mean of the photos"
    return Plot(title, figure)


@contextlib.contextmanager
def drawing() -> Generator[None]:
    """The project's style, for as long as something is drawn; the program's own stays untouched."""
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        # A name in a script that the font lacks is shown as boxes, or by the reader's own font.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def _blank(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.add_subplot()


def _name(name: str) -> str:
    return shortened(one_line(name), LONGEST)


def _spread(axes: Axes, row: int, values: Sequence[float]) -> None:
    """The photos of one model around the height ``row``."""
    if not values:
        return
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    axes.barh(row, high - low, 0.56, low, color=BLUE, alpha=0.22, linewidth=0)
    axes.plot([median, median], [row - 0.34, row + 0.34], color=VERMILION, linewidth=1.6, zorder=4)
    # Multiples of the golden ratio spread any number of dots evenly, and the same way each time.
    heights = [row + 0.46 * (place * GOLDEN % 1 - 0.5) for place in range(len(values))]
    axes.plot(values, heights, "o", markersize=2.6, color=BLUE, alpha=0.75, linewidth=0, zorder=3)


def _log_seconds(axes: Axes, seconds: Sequence[float]) -> None:
    """A logarithmic lower axis with plain numbers, not so many that they touch."""
    wide = bool(seconds) and max(seconds) > 100 * min(seconds)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _names_beside(axes: Axes, points: Mapping[str, tuple[float, float]], *, gap: float) -> None:
    """Write the names to the right of the axes, each as near to its dot's height as others let it.

    Args:
        axes: With all dots drawn.
        points: Seconds and figure by name.
        gap: The least distance of two names, in parts of the height.
    """
    low, high = axes.get_ylim()
    ordered = sorted(points, key=lambda name: points[name][1])
    wanted = [(points[name][1] - low) / (high - low) for name in ordered]
    for name, height in zip(ordered, apart(wanted, gap), strict=True):
        axes.annotate(
            _name(name),
            xy=points[name],
            xytext=(1.03, height),
            textcoords="axes fraction",
            verticalalignment="center",
            arrowprops={
                "arrowstyle": "-",
                "relpos": (0, 0.5),  # to the first letter
                "color": INK,
                "alpha": 0.3,
                "linewidth": 0.5,
            },
        )


def apart(wanted: Sequence[float], gap: float) -> list[float]:
    """Heights near the wanted ones, rising, at least ``gap`` from one another.

    Args:
        wanted: Rising heights in ``[0, 1]``.
        gap: Above 0.

    Returns:
        Heights in ``[0, 1]`` as far as they have room there; beyond 0 where they have not.
    """
    heights: list[float] = []
    for height in wanted:
        heights.append(max(height, heights[-1] + gap) if heights else height)
    ceiling = 1.0
    for place in range(len(heights) - 1, -1, -1):
        heights[place] = min(heights[place], ceiling)
        ceiling = heights[place] - gap
    return heights


def _finish(figure: Figure, axes: Axes, label: str, notes: Sequence[str], *, empty: bool) -> None:
    """Name the lower axis, and say below it what is drawn and what is not."""
    axes.set_xlabel(one_line(label))
    figure.supxlabel("\n".join(notes), fontsize=NOTE, alpha=0.7)
    axes.grid(axis="x", color=INK, alpha=0.12, linewidth=0.6)
    axes.set_axisbelow(True)
    if empty:
        axes.text(0.5, 0.5, "nothing to show", transform=axes.transAxes, ha="center")
    # Laid out once: a second time would move it by a hair, and give another file.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
