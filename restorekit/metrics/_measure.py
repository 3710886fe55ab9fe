"""A metric with or without a reference or of a whole set, and the row blocks that they work in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from typing_extensions import Self

from restorekit.errors import UsageError, WeightsError
from restorekit.images.checking import check_picture, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import AnyRows, Tally

    Rows = npt.NDArray[np.float64]
    """``(h, W, C)``, whole rows of a picture."""
    Compare = Callable[[AnyRows, AnyRows], float]
    Judge = Callable[[AnyRows], float]
    StartTally = Callable[[], Tally]

Measured = TypeVar("Measured")
"""The function at the heart of a metric."""
Kind = TypeVar("Kind", bound="_Measure[Any]")

BLOCK_SAMPLES = 1 << 18
"""Samples of a block: 2 MB in float64, of which a metric holds about ten at once, near the CPU."""


@dataclass(frozen=True)
class _Measure(Generic[Measured]):
    """What all metrics have in common (:class:`restorekit.contracts.Measure`)."""

    name: str
    title: str
    unit: str = ""
    better: Literal["higher", "lower"] = "higher"
    smallest: int = 1
    """The least height and width in pixels."""
    sees: Literal["protocol", "rgb"] = "protocol"
    weights: tuple[str, ...] = ()
    measure: Measured | None = None
    """What measures; None: it comes with the weights."""
    load: Callable[[Mapping[str, Path]], Measured] | None = None
    """What reads the weights and gives ``measure``; None: there are none to read."""

    def with_weights(self, files: Mapping[str, Path]) -> Self:
        """See :meth:`restorekit.contracts.Metric.with_weights`."""
        if self.load is None:
            return self
        absent = [name for name in self.weights if name not in files]
        if absent:
            raise WeightsError(
                f"{self.name} needs more weights",
                expected=" and ".join(self.weights),
                got=", ".join(files) or "none",
            )
        return replace(self, measure=self.load(files))

    def ready(self) -> Measured:
        """What measures.

        Raises:
            WeightsError: The weights are not there yet.
        """
        if self.measure is None:
            raise WeightsError(
                f"{self.name} has no weights",
                expected=" and ".join(self.weights),
                hint="give it the files of restorekit.zoo.fetch by with_weights",
            )
        return self.measure

    def check(self, picture: AnyRows) -> None:
        """Refuse what is no picture, or a picture that is too small.

        Raises:
            UsageError: As :func:`restorekit.images.checking.check_picture`.
        """
        check_picture(picture, self.name, smallest=self.smallest)

    def check_pair(self, restored: AnyRows, reference: AnyRows) -> None:
        """Refuse what is no pair of pictures of one shape.

        Raises:
            UsageError: As :meth:`check`, or their shapes differ.
        """
        self.check(restored)
        self.check(reference)
        if restored.shape != reference.shape:
            raise UsageError(
                f"{self.name} compares pictures of one shape",
                expected=shape_of(reference),
                got=shape_of(restored),
                hint="the rgb, grey and y-crop protocols are applied to both pictures",
            )


@dataclass(frozen=True)
class FullReference(_Measure["Compare"]):
    """A metric that compares a picture with the true one (:class:`restorekit.contracts.Metric`)."""

    needs_reference: Literal[True] = True

    def __call__(self, restored: AnyRows, reference: AnyRows | None = None) -> float:
        """See :class:`restorekit.contracts.Metric`."""
        if reference is None:
            raise UsageError(
                f"{self.name} compares with the true picture",
                expected="a reference",
                got="none",
                hint="niqe and sharpness need none",
            )
        self.check_pair(restored, reference)
        return self.ready()(restored, reference)


@dataclass(frozen=True)
class NoReference(_Measure["Judge"]):
    """A metric that looks at one picture alone (:class:`restorekit.contracts.Metric`)."""

    needs_reference: Literal[False] = False

    def __call__(self, restored: AnyRows, reference: AnyRows | None = None) -> float:
        """See :class:`restorekit.contracts.Metric`."""
        del reference
        self.check(restored)
        return self.ready()(restored)


@dataclass(frozen=True)
class OfSets(_Measure["StartTally"]):
    """A metric of many pictures together (:class:`restorekit.contracts.SetMetric`)."""

    needs_reference: Literal[True] = True

    def tally(self) -> Tally:
        """See :class:`restorekit.contracts.SetMetric`."""
        return self.ready()()


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
