"""Sharpness: the variance of the Laplacian (Pech-Pacheco et al.).

On grey levels of 0 to 255::

    sharpness = var(g[i-1, j] + g[i+1, j] + g[i, j-1] + g[i, j+1] - 4 g[i, j])

over the pixels with all four neighbours. Blur lowers it; noise raises it, so that it compares
pictures of one scene and like noise only.

J. L. Pech-Pacheco, G. Cristobal, J. Chamorro-Martinez, J. Fernandez-Valdivia, Diatom
autofocusing in brightfield microscopy: a comparative study, ICPR (2000).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.images.protocols import grey
from restorekit.metrics._measure import NoReference, blocks, exact

if TYPE_CHECKING:
    from restorekit.contracts import AnyRows


def sharpness(picture: AnyRows) -> float:
    """The variance in squared levels of 255, at least 0."""
    height, width = picture.shape[:2]
    total = squares = 0.0
    for block in blocks(picture[: height - 2]):
        g = exact(grey(picture[block.start : block.stop + 2])) * 255
        inner = g[1:-1, 1:-1]
        laplacian = g[:-2, 1:-1] + g[2:, 1:-1] + g[1:-1, :-2] + g[1:-1, 2:] - 4 * inner
        total += float(laplacian.sum())
        squares += float((laplacian**2).sum())
    count = (height - 2) * (width - 2)
    return max(squares / count - (total / count) ** 2, 0.0)


METRIC = NoReference(
    "sharpness",
    title="variance of the Laplacian",
    measure=sharpness,
    unit="levels²",
    better="higher",
    smallest=3,
)
