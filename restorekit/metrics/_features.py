"""What a network sees in two photos, layer by layer and tile by tile.

A convolutional network is local: the features in the middle of a tile are those of the whole photo
where the tile shows all that they can see. Neighbouring tiles share twice that, and of each only
its own middle counts, so that sums over the tiles are sums over the photo.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

from restorekit.metrics._measure import exact
from restorekit.tiling import Span, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch

    from restorekit.contracts import AnyRows

    Stage = Callable[[torch.Tensor], torch.Tensor]

STRIDE = 16
"""Pixels between features of the deepest layer, in all of AlexNet, VGG16 and SqueezeNet."""
REACH = 112
"""Pixels on each side that the deepest layer can see at most: SqueezeNet 103, DISTS's VGG16 105,
VGG16 90, AlexNet 81; a multiple of the stride."""
CORE = 256
"""Side of what a tile adds to the sums. Twice the side halves the work and takes three times the
memory: VGG16 holds several layers at once, of which the first have 60 MB each."""


class Part(NamedTuple):
    """A tile along one axis."""

    seen: Span
    own: Span
    """The pixels whose features count."""


class Features(NamedTuple):
    """One layer in one tile, without what neighbouring tiles see better."""

    layer: int
    """0 for the first stage."""
    restored: torch.Tensor
    """``(1, C, h, w)``."""
    reference: torch.Tensor
    """The same of the other photo."""


def features(stages: Sequence[Stage], restored: AnyRows, reference: AnyRows) -> Iterator[Features]:
    """All layers of all tiles; those of one layer fill the whole photo without overlap.

    Args:
        stages: Each takes what the one before it gives, the first ``(1, 3, h, w)`` in ``[0, 1]``.
            What they give is at most ``STRIDE`` times smaller, and sees ``REACH`` pixels far.
        restored: ``(H, W, 1 or 3)``; grey is taken for colour without colours.
        reference: The same.
    """
    height, width = reference.shape[:2]
    for rows, columns in itertools.product(_parts(height), _parts(width)):
        here = slice(*rows.seen), slice(*columns.seen)
        x, y = _tensor(restored[here]), _tensor(reference[here])
        for layer, stage in enumerate(stages):
            x, y = stage(x), stage(y)
            own = (..., _own(rows, x.shape[2]), _own(columns, x.shape[3]))
            yield Features(layer, x[own], y[own])


def _parts(length: int) -> list[Part]:
    seen = spans(length, CORE + 2 * REACH, 2 * REACH, STRIDE)
    cuts = [0, *(span.start + REACH for span in seen[1:]), length]
    return [
        Part(span, Span(*own)) for span, own in zip(seen, itertools.pairwise(cuts), strict=True)
    ]


def _own(part: Part, count: int) -> slice:
    """Which of a tile's ``count`` features along an axis are its own."""
    # Without padding a layer lacks some at its end, fewer than would make it another power of two.
    stride = 2 ** round(math.log2(len(part.seen) / count))
    start = (part.own.start - part.seen.start) // stride
    last = part.own.stop == part.seen.stop
    return slice(start, None if last else (part.own.stop - part.seen.start) // stride)


def _tensor(rows: AnyRows) -> torch.Tensor:
    """``(h, w, 1 or 3)`` as ``(1, 3, h, w)`` float32 in ``[0, 1]``."""
    import numpy as np
    import torch

    planes = np.ascontiguousarray(exact(rows).astype(np.float32).transpose(2, 0, 1))
    return torch.from_numpy(planes).expand(3, -1, -1)[None].contiguous()
