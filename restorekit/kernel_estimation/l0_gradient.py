"""The kernel of a shaken photo, from the picture with the fewest edges that explains it.

A blurred edge costs more gradients than a sharp one, so that, unlike under the priors of natural
pictures, no blur is not the best explanation. S is no restored photo: it has no texture.

What is minimised, how, and whose it is: :mod:`restorekit.kernel_estimation._few_edges`. Of the
picture nothing else is asked (Pan et al., 2014, without the intensity).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.kernel_estimation._few_edges import EDGES, FewEdges, kernel_of_few_edges
from restorekit.kernel_estimation._shake import Shake

if TYPE_CHECKING:
    from restorekit.classical._blur import Planes
    from restorekit.contracts import Image, Psf


def estimate_kernel(image: Image, size: int, *, edges: float = EDGES) -> Psf:
    """See :func:`restorekit.kernel_estimation._few_edges.kernel_of_few_edges`."""
    return kernel_of_few_edges(image, size, few_edges, edges)


def few_edges(few: FewEdges) -> Planes:
    """The S of few edges alone."""
    return few.picture(few.seen.planes)


def both_kernels(image: Image, size: int) -> list[Psf]:
    """The kernel of two lambdas."""
    return [estimate_kernel(image, size, edges=it) for it in (EDGES, EDGES / 2)]


ESTIMATOR = Shake(
    "l0-gradient",
    title="shake, by the picture with the fewest edges",
    attempts=both_kernels,
    reliable=0.8,
)
