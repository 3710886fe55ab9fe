"""What an evaluation found: rows, means and the circumstances that make a figure mean something."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from restorekit import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESAMPLES = 10_000
"""How often the bootstrap draws the photos anew: the interval's ends are good to about 1 %."""
CONFIDENCE = 0.95
FEWEST = 5
"""Values of which an interval is told: that of three is hardly more than the least and the most."""


class Column(NamedTuple):
    """One metric of an evaluation."""

    name: str
    unit: str
    """Such as ``dB``; empty for a plain number."""
    better: str
    """``higher`` or ``lower``."""
    protocol: str
    """What it was shown of each picture."""
    of_set: bool = False
    """Whether it measures all photos together, so that no photo has a figure of its own."""


class Interval(NamedTuple):
    """A mean, and how far other photos of the same kind could have moved it."""

    mean: float
    low: float | None
    """The ends of the interval; None where fewer than five finite values tell little of it."""
    high: float | None


@dataclass(frozen=True)
class Row:
    """One photo under one model."""

    photo: str
    model: str | None = None
    """Or the folder of the results; None: they were there already, in one folder."""
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    """By metric; infinite where a ratio to no error at all is asked for."""
    seconds: float | None = None
    """Spent on restoring alone; None: the results were there already."""
    memory: int | None = None
    """The most bytes of main memory that restoring the photo took, the model's weights included.

    What the program held before the model was loaded, its libraries above all, is not counted.
    """
    failure: str | None = None
    """Why there are no values, or not all of them, in one line."""


@dataclass(frozen=True)
class Summary:
    """One model over all photos that were measured."""

    model: str | None
    measured: int
    failed: int
    means: Mapping[str, Interval]
    """By metric; empty where nothing was measured."""
    seconds: float | None
    """Mean of a photo."""
    memory: int | None
    """The most of any photo."""


@dataclass(frozen=True)
class Evaluation:
    """The whole finding, with all that is needed to repeat it."""

    protocol: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    scale: int | None = None
    """None: nothing was enlarged."""
    degradation: str | None = None
    """How the input was made from the reference; None: the results were there already."""
    data: str | None = None
    """What was measured: folders, or the data set that the references were recognised as."""
    models: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict[str, "Mapping[str, object]"]
    )
    """By model: licence, device, precision, tile."""
    of_sets: Mapping[str | None, Mapping[str, float]] = field(
        default_factory=dict["str | None", "Mapping[str, float]"]
    )
    """By model, the metrics that measure all photos together."""
    faults: tuple[str, ...] = ()
    """What else keeps the finding from being whole, one line each: such a metric without a figure,
    a data set that is not what its name says."""
    interrupted: bool = False
    """Whether the user ended it before all photos were measured."""
    without_reference: tuple[str, ...] = ()
    """Results that no reference belongs to."""
    without_prediction: tuple[str, ...] = ()
    """References that no result belongs to."""
    seed: int = 0
    """Of the bootstrap, and of the noise where there is some."""
    version: str = __version__
    """Of the program."""

    @property
    def is_whole(self) -> bool:
        """Whether every photo found its partner and all that was asked for was measured."""
        failed = self.interrupted or self.faults or any(row.failure for row in self.rows)
        return not (failed or self.without_reference or self.without_prediction)

    def summaries(self) -> tuple[Summary, ...]:
        """One for each model, in the order of the rows."""
        models = dict.fromkeys(row.model for row in self.rows)
        return tuple(self._summary(model) for model in models)

    def _summary(self, model: str | None) -> Summary:
        rows = [row for row in self.rows if row.model == model]
        done = [row for row in rows if row.failure is None]
        times = [row.seconds for row in done if row.seconds is not None]
        return Summary(
            model,
            measured=len(done),
            failed=len(rows) - len(done),
            means=self._means(model, done),
            seconds=math.fsum(times) / len(times) if times else None,
            memory=max((row.memory for row in done if row.memory is not None), default=None),
        )

    def _means(self, model: str | None, done: Sequence[Row]) -> dict[str, Interval]:
        of_set = self.of_sets.get(model, {})
        return {
            column.name: interval([row.values[column.name] for row in done], self.seed)
            if not column.of_set
            else Interval(of_set[column.name], None, None)
            for column in self.columns
            if (column.name in of_set if column.of_set else done)
        }


def interval(values: Sequence[float], seed: int) -> Interval:
    """The mean of ``values`` with its percentile bootstrap interval of 95 %.

    The photos are drawn anew with replacement, as many as there are; the interval holds the middle
    95 % of the means. B. Efron, Bootstrap methods: another look at the jackknife, Annals of
    Statistics 7 (1979).

    Args:
        values: At least one, for each photo one.
        seed: Of the draws; the same values and seed give the same interval.
    """
    import numpy as np

    mean = math.fsum(values) / len(values)
    if len(values) < FEWEST or not math.isfinite(mean):
        return Interval(mean, None, None)
    generator = np.random.default_rng(seed)
    sample = np.asarray(values, np.float64)
    means = np.empty(RESAMPLES)
    for draw in range(RESAMPLES):
        means[draw] = sample[generator.integers(0, len(sample), len(sample))].mean()
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(mean, float(low), float(high))
