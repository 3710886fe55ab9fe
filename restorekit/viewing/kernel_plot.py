"""A kernel to look at: itself, its profiles, and what it leaves of each frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from restorekit.viewing.plots import BLUE, INK, NOTE, VERMILION, WIDTH, Plot, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from restorekit.contracts import KernelEstimate, KernelMapEstimate, Psf

FREQUENCIES = 256
"""Along a side of the spectrum."""
FAINTEST = 1e-3
"""Of the spectrum, where its colours end."""


def kernel_plot(found: KernelEstimate, title: str) -> Plot:
    """Three panels: the kernel, its sums along both axes, and its amplitude spectrum.

    Args:
        found: The kernel and how far it can be trusted.
        title: What it is of, in a line.
    """
    psf = found.psf
    with drawing():
        figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
        _picture(figure.add_subplot(1, 3, 1), psf)
        _profiles(figure.add_subplot(1, 3, 2), psf)
        _spectrum(figure.add_subplot(1, 3, 3), psf)
        verdict = "reliable" if found.reliable else "not reliable"
        figure.suptitle(f"{title}: confidence {found.confidence:.2f}, {verdict}", fontsize=9)
    return Plot(f"{title}: the kernel, its profiles and its spectrum", figure)


def kernel_map_plot(found: KernelMapEstimate, title: str) -> Plot:
    """The kernels of a grid, each where its cell is, and how far it can be trusted.

    Args:
        found: The kernels.
        title: What they are of, in a line.
    """
    rows, columns = found.kernels.cells
    side = WIDTH / max(columns, 3)
    with drawing():
        figure = Figure(figsize=(WIDTH, rows * (side + 0.15) + 0.4), layout="constrained")
        for row, column in np.ndindex(rows, columns):
            axes = figure.add_subplot(rows, columns, row * columns + column + 1)
            psf = found.kernels.psfs[row, column]
            axes.imshow(psf, cmap="gray", vmin=0)
            axes.set_xticks([])
            axes.set_yticks([])
            sure = "" if found.reliable[row, column] else ", not its own"
            axes.set_title(f"{found.confidence[row, column]:.2f}{sure}", fontsize=NOTE)
        count = f"{found.reliable.sum()} of {rows * columns} cells reliable"
        figure.suptitle(
            f"{title}: {count}, {found.kernels.psfs.shape[-1]} pixels a side", fontsize=9
        )
    return Plot(f"{title}: the kernel of each cell", figure)


def _picture(axes: Axes, psf: Psf) -> None:
    half = len(psf) // 2 + 0.5
    axes.imshow(psf, cmap="gray", extent=(-half, half, half, -half), vmin=0)
    axes.set_title(f"{len(psf)} x {len(psf)} pixels", fontsize=NOTE)
    axes.tick_params(labelsize=NOTE)


def _profiles(axes: Axes, psf: Psf) -> None:
    places = np.arange(len(psf)) - len(psf) // 2
    for values, color, label in (
        (psf.sum(axis=0), BLUE, "to the right"),
        (psf.sum(axis=1), VERMILION, "down"),
    ):
        axes.step(places, values, where="mid", color=color, linewidth=1, label=label)
    axes.set_ylim(bottom=0)
    axes.set_title("sums along rows and columns", fontsize=NOTE)
    axes.legend(frameon=False, fontsize=NOTE - 1)
    axes.tick_params(labelsize=NOTE)


def _spectrum(axes: Axes, psf: Psf) -> None:
    amplitude = np.abs(np.fft.fftshift(np.fft.fft2(psf, (FREQUENCIES, FREQUENCIES))))
    shown = np.log10(np.maximum(amplitude, FAINTEST))
    axes.imshow(shown, cmap="gray", extent=(-0.5, 0.5, 0.5, -0.5), vmin=np.log10(FAINTEST), vmax=0)
    axes.set_title("what is left of waves, 1 to 0.001", fontsize=NOTE)
    axes.set_xlabel("waves a pixel", fontsize=NOTE, color=INK)
    axes.tick_params(labelsize=NOTE)
