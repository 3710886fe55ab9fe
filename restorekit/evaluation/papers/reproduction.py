"""A paper's table beside ours: what was found, and as cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from restorekit import __version__
from restorekit.evaluation.datasets.manifest import dataset
from restorekit.evaluation.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from restorekit.evaluation.papers.published import Figure, Published

ABSENT = "absent"
"""In the place of a state, where there is no copy of the set."""


@dataclass(frozen=True)
class Comparison:
    """One figure of the paper, and ours."""

    figure: Figure
    ours: float | None
    """None: it was not measured, and ``note`` says why."""
    photos: int
    """How many were measured."""
    copy: str
    """The state of our copy of the set, or :data:`ABSENT`."""
    note: str
    """The copy in a sentence, or why nothing was measured."""

    @property
    def difference(self) -> float | None:
        """Ours less the paper's."""
        return None if self.ours is None else self.ours - self.figure.value


@dataclass(frozen=True)
class Reproduction:
    """A paper's table beside ours, with all that is needed to repeat it."""

    paper: Published
    rows: tuple[Comparison, ...]
    """In the paper's order."""
    protocols: tuple[str, ...]
    """Those that were measured under, with their borders."""
    degradations: tuple[str, ...]
    """How our inputs were made."""
    model: Mapping[str, object] = field(default_factory=dict[str, object])
    """Licence, device, precision, tile."""
    interrupted: bool = False
    """Whether the user ended it before all was measured."""
    version: str = __version__
    """Of the program."""

    @property
    def is_whole(self) -> bool:
        """Whether every figure was measured, of all photos, none of which is known to be wrong."""
        return all(
            row.ours is not None
            and row.copy not in {"wrong", "partial"}
            and row.photos == dataset(row.figure.dataset).count
            for row in self.rows
        )

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON values, every row flat."""
        paper = self.paper
        return {
            "method": paper.method,
            "paper": f"{paper.authors}, {paper.title} ({paper.year})",
            "link": paper.link,
            "table": paper.table,
            "source": paper.source,
            "measured_on": paper.measured_on,
            "papers_input": paper.input,
            "differs": paper.differs,
            "protocols": list(self.protocols),
            "degradations": list(self.degradations),
            "model": dict(self.model),
            "version": self.version,
            "rows": [
                {
                    "dataset": row.figure.dataset,
                    "scale": row.figure.scale,
                    "sigma": row.figure.sigma,
                    "metric": row.figure.metric,
                    "published": row.figure.value,
                    "ours": row.ours,
                    "difference": row.difference,
                    "photos": row.photos,
                    "copy": row.copy,
                    "note": row.note,
                }
                for row in self.rows
            ],
        }


def reproduction_table(found: Reproduction) -> Table:
    """The finding as cells: our figures with as many decimals as the paper prints."""
    paper = found.paper
    header = ("data set", "input", "metric", "published", "ours", "difference", "photos", "copy")
    notes = [
        f"published: {paper.authors}, {paper.title}, {paper.table}, {paper.link}",
        f"source of the figures: {paper.source}",
        f"measured on: {paper.measured_on}",
        f"the paper's input: {paper.input}",
        *(f"our input: {chain}" for chain in found.degradations),
        f"what differs: {paper.differs}",
        *dict.fromkeys(row.note for row in found.rows),
    ]
    return Table(
        title=f"{paper.method} beside its paper, protocol {paper.protocol}",
        header=header,
        rows=tuple(_cells(row) for row in found.rows),
        means=(),
        notes=tuple(notes),
        words=3,
    )


def _cells(row: Comparison) -> tuple[str, ...]:
    figure, decimals = row.figure, row.figure.decimals
    made = [f"x{figure.scale}"] * (figure.scale is not None)
    made += [f"sigma {figure.sigma}"] * (figure.sigma is not None)
    ours = "-" if row.ours is None else f"{row.ours:.{decimals}f}"
    difference = "-"
    if row.difference is not None:
        difference = f"{round(row.difference, decimals) + 0.0:+.{decimals}f}"  # no -0.00
    return (
        figure.dataset,
        " ".join(made),
        figure.metric,
        figure.printed,
        ours,
        difference,
        str(row.photos),
        row.copy,
    )
