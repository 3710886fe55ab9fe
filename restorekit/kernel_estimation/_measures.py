"""What can be said of a kernel in numbers: how far it spreads, how like another one it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import signal

from restorekit.contracts import KernelEstimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from restorekit.contracts import BlurKind, KernelMapEstimate, Psf


def likeness(first: Psf, second: Psf) -> float:
    """How alike two kernels are, wherever their middles lie: 0 to 1, the same.

    The largest normalised cross-correlation over all shifts; Z. Hu, M.-H. Yang, Good regions to
    deblur, ECCV 2012, equation 8.
    """
    found = signal.fftconvolve(first, second[::-1, ::-1]).max()
    return float(found / np.linalg.norm(first) / np.linalg.norm(second))


SHARP = 3.0
"""Pixels: a kernel that spreads over no more is the softness that sharp photos have."""
ROUND = 0.8
"""Width by length from which on a blur is as good as round, and an angle means nothing."""
UNLIKE, APART = 0.4, 3.0
"""From what share of the larger variance on, and from what length of a line in pixels on, two
kernels spread differently: two parts of evenly blurred photos of GoPro were 0.01 to 0.11 apart, of
those that a camera rolled by a degree 0.65 and 0.69."""
DISK = 2 / 3**0.5
"""A disk's diameter, as many times as long as the line of the same variance."""


def first_of_two(found: Sequence[Psf], reliable: float) -> KernelEstimate:
    """The first kernel of two of one size; its confidence is their correlation as they lie.

    Args:
        found: The better one first.
        reliable: The confidence from which on it can be trusted.
    """
    first, second = (it / np.linalg.norm(it) for it in found)
    confidence = float((first * second).sum())
    return KernelEstimate(
        found[0], confidence, reliable=confidence > reliable, alternatives=tuple(found)
    )


class Spread(NamedTuple):
    """How far a kernel spreads, and where to, as the line or the ellipse that spreads as far."""

    length: float
    """In pixels: of the line of one brightness with the same variance."""
    width: float
    """The same across it."""
    angle: float
    """Of the length, from 0 up to 180 degrees, counter-clockwise from the horizontal."""


def spread(psf: Psf) -> Spread:
    """How far ``psf`` spreads about its centre of mass."""
    (across, both), (_, upright) = _variances(psf)
    middle, half = (across + upright) / 2, (across - upright) / 2
    apart = math.hypot(half, both)
    # A line of length L has the variance L^2 / 12.
    length, width = (math.sqrt(12 * max(middle + sign * apart, 0)) for sign in (1, -1))
    return Spread(length, width, math.degrees(math.atan2(both, half)) / 2 % 180)


def apart(first: Psf, second: Psf) -> bool:
    """Whether two kernels spread so differently that neither can stand for the other."""
    of_both = [_variances(it) for it in (first, second)]
    difference = float(np.linalg.norm(of_both[0] - of_both[1]))
    larger = max(float(np.linalg.norm(it)) for it in of_both)
    return difference > UNLIKE * larger and math.sqrt(12 * difference) > APART


def _variances(psf: Psf) -> npt.NDArray[np.float64]:
    """Of the places of light, ``(2, 2)``: to the right, and upwards."""
    down, right = np.indices(psf.shape)
    places = np.stack([right.ravel(), -down.ravel()]).astype(np.float64)
    places -= places @ psf.ravel()[:, None]
    return (places * psf.ravel()) @ places.T


def at_an_angle(length: float, width: float, angle: float) -> str:
    """In words the angle of a blur; none where it is nearly as wide as long."""
    return f" at {angle:.0f} degrees" if width < ROUND * length else ""


def words(estimate: KernelEstimate, kind: BlurKind) -> str:
    """What was found, in words."""
    length, width, angle = spread(estimate.psf)
    sure = f"confidence {estimate.confidence:.2f}"
    if kind == "downscale":
        return (
            f"made {estimate.scale} times smaller, over {length:.1f} x {width:.1f} pixels, {sure}"
        )
    if length <= SHARP:
        return f"no blur beyond that of sharp photos ({length:.1f} pixels), {sure}"
    if kind == "defocus":
        return f"out of focus, a disk of radius {length * DISK / 2:.1f} pixels, {sure}"
    blur = f"blur over {length:.1f} x {width:.1f} pixels"
    blur += f"{at_an_angle(length, width, angle)}, {sure}"
    return blur + ", which differs over the photo (try --grid 3x3)" * estimate.uneven


def facts(estimate: KernelEstimate) -> dict[str, object]:
    """What was found, as JSON values: pixels, degrees, and how far it can be trusted."""
    return {
        **{name: round(value, 2) for name, value in spread(estimate.psf)._asdict().items()},
        "side": len(estimate.psf),
        "scale": estimate.scale,
        "confidence": round(estimate.confidence, 3),
        "reliable": bool(estimate.reliable),
        "uneven": bool(estimate.uneven),
    }


def map_facts(estimate: KernelMapEstimate) -> dict[str, object]:
    """The same of a grid: lists by rows."""
    return {
        "lengths": [[round(spread(it).length, 2) for it in row] for row in estimate.kernels.psfs],
        "confidence": np.round(estimate.confidence, 3).tolist(),
        "reliable": estimate.reliable.tolist(),
    }


def map_words(estimate: KernelMapEstimate) -> tuple[str, ...]:
    """What was found in a grid, in words: a line on all, and one on the confidence of each cell."""
    rows, columns = estimate.kernels.cells
    psfs = estimate.kernels.psfs.reshape(rows * columns, *estimate.kernels.psfs.shape[2:])
    lengths = [spread(it).length for it in psfs]
    reliable = int(estimate.reliable.sum())
    others = "" if reliable == len(psfs) else ", the others as those around them"
    if not reliable:
        others = f": all as the whole photo{'' if estimate.whole else ', not reliable either'}"
    cells = "; ".join(
        " ".join(f"{it:.2f}" if good else f"({it:.2f})" for it, good in zip(*row, strict=True))
        for row in zip(estimate.confidence, estimate.reliable, strict=True)
    )
    over = f"blur over {min(lengths):.1f} to {max(lengths):.1f} pixels"
    return (
        f"{over}, {reliable} of {rows}x{columns} cells reliable{others}",
        f"confidence by rows, in brackets where not reliable: {cells}",
    )
