"""The figures that papers print: a file for each method beside this one, named like it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from restorekit.contracts import Task
from restorekit.errors import ManifestError, UnknownNameError
from restorekit.evaluation.datasets import manifest
from restorekit.manifests import Fields
from restorekit.zoo.manifest import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

PAPERS = Path(__file__).parent
PRINTED = re.compile(r"-?\d+(\.\d+)?")
HTTPS = manifest.HTTPS
AT_SCALE = "{scale}"
MODEL = re.compile(rf"{NAME.pattern}(-x{re.escape(AT_SCALE)})?")


@dataclass(frozen=True)
class Figure:
    """One cell of a paper's table."""

    dataset: str
    """A name of ``restorekit datasets list``."""
    scale: int | None
    """How many times smaller the input was made; None: it was not."""
    sigma: int | None
    """Standard deviation of the noise that was added, in levels of 255; None: no noise."""
    metric: str
    """A name of ``restorekit.metrics``."""
    printed: str
    """The figure as it is printed: its digits say how exact it is."""

    @property
    def value(self) -> float:
        """The figure as a number."""
        return float(self.printed)

    @property
    def decimals(self) -> int:
        """How many digits are printed after the point."""
        return len(self.printed.partition(".")[2])


@dataclass(frozen=True)
class Published:
    """What a paper says of one method."""

    method: str
    model: str
    """The name in ``restorekit models list``, ``{scale}`` in it for the scale where each scale has
    weights of its own; there may be none of it yet."""
    task: Task
    authors: str
    title: str
    """Of the paper, with where it appeared."""
    year: int
    link: str
    table: str
    """Which table and which column of it."""
    protocol: str
    """The name of our protocol that the figures belong to."""
    measured_on: str
    """What was measured of each photo, in words."""
    input: str
    """How the paper made its input, in words."""
    luma: bool
    """Whether the photo became its luma before all else."""
    rounded: bool
    """Whether the input was rounded to 8 bits."""
    differs: str
    """What we do otherwise, and how much that matters."""
    source: str
    """How sure the figures are: read in the paper, or quoted by whom."""
    figures: tuple[Figure, ...]

    def model_of(self, figure: Figure) -> str:
        """The name of the model that a figure is of."""
        return self.model.replace(AT_SCALE, str(figure.scale))

    @property
    def models(self) -> tuple[str, ...]:
        """The names of all models that the figures are of."""
        return tuple(dict.fromkeys(self.model_of(it) for it in self.figures))


def published(name: str) -> Published:
    """The figures of a method.

    Raises:
        UnknownNameError: None are known; the message lists the nearest names.
    """
    if name not in methods():
        raise UnknownNameError.among("method with published figures", name, methods())
    place = PAPERS / f"{name}.json"
    return parse(place.read_text(encoding="utf-8"), place.name)


def methods() -> tuple[str, ...]:
    """The names of all methods whose figures are known, sorted."""
    return tuple(sorted(path.stem for path in PAPERS.glob("*.json")))


def parse(text: str, origin: str) -> Published:
    """The figures in a file.

    Args:
        text: The JSON.
        origin: The file's name, which must be the method's.

    Raises:
        ManifestError: It breaks the schema; the message names the key.
        UnknownNameError: A data set of it is not known.
    """
    fields = Fields.of(text, origin)
    found = Published(
        method=fields.choice("method", (origin.removesuffix(".json"),)),
        model=fields.matching("model", MODEL, "the name of a model"),
        task=cast("Task", fields.choice("task", get_args(Task))),
        authors=fields.take("authors", str),
        title=fields.take("title", str),
        year=fields.positive("year"),
        link=fields.matching("link", HTTPS, "an https address"),
        table=fields.take("table", str),
        protocol=fields.take("protocol", str),
        measured_on=fields.take("measured_on", str),
        input=fields.take("input", str),
        luma=fields.take("luma", bool),
        rounded=fields.take("rounded", bool),
        differs=fields.take("differs", str),
        source=fields.take("source", str),
        figures=tuple(figure for row in fields.items("rows") for figure in _figures(row)),
    )
    fields.done()
    return found


def _figures(fields: Fields) -> Iterator[Figure]:
    dataset = manifest.dataset(fields.take("dataset", str)).name
    scale = fields.positive("scale") if fields.has("scale") else None
    sigma = fields.positive("sigma") if fields.has("sigma") else None
    for metric, printed in fields.strings("figures").items():
        if not PRINTED.fullmatch(printed):
            raise ManifestError(f"{fields.where}: {metric!r}", expected="a figure", got=printed)
        yield Figure(dataset, scale, sigma, metric, printed)
    fields.done()
