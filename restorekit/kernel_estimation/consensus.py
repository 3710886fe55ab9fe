"""The kernel on which several attempts agree: two methods, two sizes, the most telling parts.

No method finds the kernel of every photo, and each says with the same certainty what is wrong. So
edge prediction and the L0 gradient each try twice, in windows of several sizes, in the parts of the
photo with the most edges of all directions. The kernel is one that is like the others and leaves
little ringing; how alike it is to all of them is the confidence, and where they do not agree
nothing is known.

How far the confidence can be trusted is read by ``benchmarks/blind_deconvolution.py --made``.
"""

from __future__ import annotations

import operator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, pairwise, product
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from restorekit.contracts import KernelEstimate
from restorekit.kernel_estimation import edge_prediction, l0_gradient
from restorekit.kernel_estimation._coarse_to_fine import checked, refuse_flat, unrest
from restorekit.kernel_estimation._measures import apart, likeness
from restorekit.kernel_estimation._telling_crops import ROOM, SIDE, telling_crops
from restorekit.kernels import trimmed

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from restorekit.contracts import Image, OnTile, Psf
    from restorekit.kernel_estimation._strong_edges import Plane

SMALL, USUAL, LARGE = 15, 31, 71
"""Sides of the windows in which kernels are looked for; the last where the others may be too
small."""
NEAR_THE_BORDER = 0.8
"""Of a window's half: a kernel that reaches as far may go on beyond it."""
RELIABLE = 0.8
"""Confidence from which a kernel can be trusted."""


class Attempt(NamedTuple):
    """A kernel that a method found in a part of the photo."""

    psf: Psf
    unrest: float
    """After deconvolution with it, as many times as the least that any attempt leaves there."""


def attempts(part: Plane, size: int) -> list[Attempt]:
    """What each method finds in a part, ``(H, W)``, within ``size`` x ``size`` pixels."""
    image = part[:, :, None]
    found = [
        *edge_prediction.both_kernels(image, size),
        *l0_gradient.both_kernels(image, size),
    ]
    return [Attempt(it, unrest(part, it)) for it in found]


def chosen(made: list[Attempt]) -> tuple[Psf, float]:
    """The kernel that is like the others and leaves little ringing, and how alike it is to all."""
    alike = np.array([[likeness(a.psf, b.psf) for b in made] for a in made])
    of_others = (alike.sum(axis=1) - 1) / max(1, len(made) - 1)
    best = int((_standing(of_others) - _standing(np.array([it.unrest for it in made]))).argmax())
    return made[best].psf, float(of_others[best])


def _standing(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far above the mean, in standard deviations."""
    return (values - values.mean()) / max(float(values.std()), 1e-9)


@dataclass(frozen=True)
class Consensus:
    """Finds the blur of a shaken photo; see the module's text."""

    size: int | None = None
    """Side in pixels of the square that holds the kernel, odd; None: found."""
    name: Literal["consensus"] = "consensus"
    title: str = "shake, by two methods, several sizes and parts of the photo"
    kind: Literal["motion"] = "motion"

    def with_size(self, size: int) -> Consensus:
        """The same, looking for a kernel within ``size`` x ``size`` pixels."""
        return replace(self, size=size)

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        """See :class:`restorekit.contracts.KernelEstimator`.

        The confidence is the mean likeness of the other attempts' kernels to the one chosen.
        """
        photo = checked(image, self.size or SMALL)
        refuse_flat(photo)
        fitting = [it for it in (SMALL, USUAL) if it * ROOM <= min(photo.shape)] or [SMALL]
        asked = [self.size] if self.size else fitting
        tell = _Progress(on_tile)
        parts = telling_crops(photo, max(SIDE, ROOM * (self.size or USUAL)))
        made = _made(parts, asked, tell)
        kernel, confidence = chosen([*chain(*made)])
        if self.size is None and min(photo.shape) >= LARGE * ROOM and _may_be_larger(kernel):
            made = [*map(operator.add, made, _made(parts, [LARGE], tell))]
            kernel, confidence = chosen([*chain(*made)])
        uneven = _uneven(made)
        return KernelEstimate(
            trimmed(kernel),
            confidence,
            reliable=confidence >= RELIABLE and not uneven,
            uneven=uneven,
            alternatives=tuple(trimmed(it.psf) for it in chain(*made)),
        )


def _may_be_larger(kernel: Psf) -> bool:
    return len(trimmed(kernel)) > NEAR_THE_BORDER * USUAL


def _uneven(made: list[list[Attempt]]) -> bool:
    """Whether parts have kernels of their own, each certain, that spread differently."""
    own = [chosen(it) for it in made]
    certain = all(confidence >= RELIABLE for _, confidence in own)
    return certain and any(apart(first, second) for (first, _), (second, _) in pairwise(own))


def _made(parts: list[Plane], sides: list[int], tell: _Progress) -> list[list[Attempt]]:
    """The attempts in each part at each side, the parts side by side."""
    jobs = list(product(parts, sides))
    tell.expect(len(jobs))
    found: list[Attempt] = []
    # What takes time is Fourier transforms and filters, during which other threads go on.
    with ThreadPoolExecutor(2) as pool:
        for made in pool.map(attempts, *zip(*jobs, strict=True)):
            least = min(it.unrest for it in made)
            found += [it._replace(unrest=it.unrest / max(least, 1e-9)) for it in made]
            tell.done()
    each = len(found) // len(parts)
    return [found[start : start + each] for start in range(0, len(found), each)]


class _Progress:
    """Counts jobs, of which more may come."""

    def __init__(self, on_tile: Callable[[int, int], None] | None) -> None:
        self._on_tile, self._done, self._all = on_tile, 0, 0

    def expect(self, jobs: int) -> None:
        """There are more to come."""
        self._all += jobs

    def done(self) -> None:
        """One more is done."""
        self._done += 1
        if self._on_tile is not None:
            self._on_tile(self._done, self._all)


ESTIMATOR = Consensus()
