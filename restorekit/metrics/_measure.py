"""A metric with or without a reference, and the row blocks that all of them work in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from restorekit.errors import UsageError
from restorekit.images.checking import check_picture, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import AnyRows

    Rows = npt.NDArray[np.float64]
    """``(h, W, C)``, whole rows of a picture."""

BLOCK_SAMPLES = 1 << 20
"""Samples of a block: 8 MB in float64, of which a metric holds about ten at once."""


@dataclass(frozen=True)
class FullReference:
    """A metric that compares a picture with the true one (:class:`restorekit.contracts.Metric`)."""

    name: str
    title: str
    measure: Callable[[AnyRows, AnyRows], float]
    unit: str
    better: Literal["higher", "lower"] = "higher"
    smallest: int = 1
    """The least height and width in pixels."""
    needs_reference: Literal[True] = True
    sees: Literal["protocol", "rgb"] = "protocol"
    weights: tuple[str, ...] = ()
    load: Callable[[Mapping[str, Path]], Callable[[AnyRows, AnyRows], float]] | None = None
    """What reads the weights and gives what measures with them; None: there are none to read."""

    def with_weights(self, files: Mapping[str, Path]) -> FullReference:
        """See :class:`restorekit.contracts.Metric`."""
        return replace(self, measure=self.load(files)) if self.load else self

    def __call__(self, restored: AnyRows, reference: AnyRows | None = None) -> float:
        """See :class:`restorekit.contracts.Metric`."""
        if reference is None:
            raise UsageError(
                f"{self.name} compares with the true picture",
                expected="a reference",
                got="none",
                hint="niqe and sharpness need none",
            )
        for picture in (restored, reference):
            check_picture(picture, self.name, smallest=self.smallest)
        if restored.shape != reference.shape:
            raise UsageError(
                f"{self.name} compares pictures of one shape",
                expected=shape_of(reference),
                got=shape_of(restored),
                hint="the rgb, grey and y-crop protocols are applied to both pictures",
            )
        return self.measure(restored, reference)


@dataclass(frozen=True)
class NoReference:
    """A metric that looks at one picture alone (:class:`restorekit.contracts.Metric`)."""

    name: str
    title: str
    measure: Callable[[AnyRows], float]
    unit: str
    better: Literal["higher", "lower"]
    smallest: int = 1
    """The least height and width in pixels."""
    needs_reference: Literal[False] = False
    sees: Literal["protocol", "rgb"] = "protocol"
    weights: tuple[str, ...] = ()
    load: Callable[[Mapping[str, Path]], Callable[[AnyRows], float]] | None = None
    """What reads the weights and gives what measures with them; None: there are none to read."""

    def with_weights(self, files: Mapping[str, Path]) -> NoReference:
        """See :class:`restorekit.contracts.Metric`."""
        return replace(self, measure=self.load(files)) if self.load else self

    def __call__(self, restored: AnyRows, reference: AnyRows | None = None) -> float:
        """See :class:`restorekit.contracts.Metric`."""
        del reference
        check_picture(restored, self.name, smallest=self.smallest)
        return self.measure(restored)


def blocks(picture: AnyRows) -> Iterator[slice]:
    """Slices of whole rows that cover ``picture`` from the top down."""
    height = len(picture)
    step = max(1, BLOCK_SAMPLES // picture[0].size)
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))


def exact(rows: AnyRows) -> Rows:
    """``rows`` as float64 in ``[0, 1]``: ``integer / (2**bits - 1)``, or the floats as they are."""
    import numpy as np

    full = 1 if rows.dtype.kind == "f" else 2 ** (8 * rows.dtype.itemsize) - 1
    return np.divide(rows, full, dtype=np.float64)
