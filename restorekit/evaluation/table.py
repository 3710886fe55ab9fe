"""A finding as cells, rounded for reading: what every drawn or typeset table is made of."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from restorekit.evaluation.result import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.evaluation.result import Column, Evaluation, Summary

MODEL, PHOTO, SECONDS, MEMORY = "model", "photo", "seconds", "memory MB"
INTERRUPTED = "interrupted: not all photos were measured"
NO_REFERENCE, NO_RESULT = "no reference of this name", "no result of this name"


class Table(NamedTuple):
    """A finding as cells, for whoever draws tables."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """One for each photo."""
    means: tuple[tuple[str, ...], ...]
    """One for each model."""
    notes: tuple[str, ...]
    """Names without a partner, photos that failed."""
    words: int
    """How many columns, the first ones, hold words and are set to the left."""


def table(found: Evaluation) -> Table:
    """The finding as cells, rounded to what can be told apart: 0.01 dB, else 0.0001."""
    heads = [head(it, found.protocol) for it in found.columns]
    header = (MODEL, PHOTO, *heads, SECONDS, MEMORY)
    rows = [
        (row.model or "", row.photo, *(cell(row, it) for it in found.columns), *_cost(row))
        for row in found.rows
    ]
    means = [
        (it.model or "", mean_of(it), *(_mean(it, column) for column in found.columns), *_cost(it))
        for it in found.summaries()
    ]
    # Results that were there already have no cost, and in one folder no model either.
    unused = {SECONDS, MEMORY} if found.degradation is None else set[str]()
    unused |= {MODEL} if all(row.model is None for row in found.rows) else set()
    kept = [head not in unused for head in header]
    return Table(
        title=title(found),
        header=tuple(compress(header, kept)),
        rows=tuple(tuple(compress(row, kept)) for row in rows),
        means=tuple(tuple(compress(row, kept)) for row in means),
        notes=tuple(notes(found)),
        words=2 - (MODEL in unused),
    )


def title(found: Evaluation) -> str:
    """Protocol, scale and degradation in one line."""
    parts = [f"protocol {found.protocol}"]
    parts += [f"scale {found.scale}"] * (found.scale is not None)
    parts += [f"input made by {found.degradation}"] * (found.degradation is not None)
    parts += [found.data] if found.data else []
    return ", ".join(parts)


def notes(found: Evaluation) -> list[str]:
    """What keeps the finding from being whole, one line each."""
    lines = [f"failed: {row.failure}" for row in found.rows if row.failure]
    lines += [f"{row.photo}: {row.failure}" for row in partnerless(found)]
    return lines + faults(found)


def faults(found: Evaluation) -> list[str]:
    """What is wrong with the finding as a whole, one line each."""
    return [*found.faults, *[INTERRUPTED] * found.interrupted]


def partnerless(found: Evaluation) -> list[Row]:
    """Rows for the files that were not measured because their partner is missing."""
    rows = [Row(path, failure=NO_REFERENCE) for path in found.without_reference]
    return rows + [Row(path, failure=NO_RESULT) for path in found.without_prediction]


def figures(row: Row, columns: Sequence[Column]) -> str:
    """The figures of one photo in one line, such as ``psnr 28.42 dB, ssim 0.8104``."""
    parts = [
        f"{it.name} {_rounded(row.values[it.name], it)} {it.unit}".rstrip()
        for it in columns
        if it.name in row.values
    ]
    return ", ".join(parts)


def head(column: Column, protocol: str) -> str:
    """The metric with its unit, and with what it was shown where that is not ``protocol``."""
    told = [column.unit] * bool(column.unit)
    told += [column.protocol] * (column.protocol != protocol)
    return f"{column.name} ({', '.join(told)})" if told else column.name


def cell(row: Row, column: Column) -> str:
    """The figure of one photo, or a dash."""
    return _rounded(row.values[column.name], column) if column.name in row.values else "-"


def _mean(summary: Summary, column: Column) -> str:
    found = summary.means.get(column.name)
    if found is None:
        return "-"
    text = _rounded(found.mean, column)
    if found.low is None or found.high is None:
        return text
    return f"{text} [{_rounded(found.low, column)}, {_rounded(found.high, column)}]"


def mean_of(summary: Summary) -> str:
    """Over how many photos a mean goes, in words."""
    return f"mean of {summary.measured}" + f" ({summary.failed} failed)" * bool(summary.failed)


def _rounded(value: float, column: Column) -> str:
    return f"{value:.2f}" if column.unit == "dB" else f"{value:.4f}"


def _cost(it: Row | Summary) -> tuple[str, str]:
    seconds = "-" if it.seconds is None else f"{it.seconds:.2f}"
    return seconds, "-" if it.memory is None else f"{it.memory / 1e6:.0f}"
