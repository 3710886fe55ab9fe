"""Figures over the steps of a run, one panel below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from restorekit.viewing.plots import BLUE, NOTE, VERMILION, WIDTH, Plot, drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PANEL = 1.5
"""Inches of height."""
FEW = 40
"""Points up to which each has a mark."""


def curves(rows: Sequence[Mapping[str, float]], panels: Mapping[str, Sequence[str]]) -> Plot:
    """One panel for each entry of ``panels``.

    Args:
        rows: Each with a ``step``, and the figures that were read there.
        panels: The names of the figures of a panel, two at the most, by its label.
    """
    with drawing():
        figure = Figure(figsize=(WIDTH, PANEL * len(panels) + 0.4), layout="constrained")
        axes = None
        for place, (label, names) in enumerate(panels.items(), 1):
            axes = figure.add_subplot(len(panels), 1, place, sharex=axes)
            for name, color in zip(names, (BLUE, VERMILION), strict=False):
                points = [(row["step"], row[name]) for row in rows if name in row]
                mark = "." if len(points) <= FEW else ""
                places = zip(*points, strict=True)
                axes.plot(*places, color=color, marker=mark, linewidth=1, label=name)
            if len(names) > 1:
                axes.legend(frameon=False, fontsize=NOTE)
            axes.set_ylabel(label)
            axes.grid(visible=True, linewidth=0.4, alpha=0.4)
            axes.tick_params(labelbottom=place == len(panels))
        if axes is not None:
            axes.set_xlabel("step")
    return Plot(f"{', '.join(panels)} by step", figure)
