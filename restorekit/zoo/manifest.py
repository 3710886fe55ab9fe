"""``weights_manifest.json``: what weights there are, whose they are and where they come from."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from restorekit.contracts import Task
from restorekit.errors import ManifestError, UnknownNameError, UsageError, WeightsError
from restorekit.manifests import Fields, shipped
from restorekit.zoo.sources import parse_source
from restorekit.zoo.telling import TELLABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from restorekit.zoo.sources import Source

FILE, VERSION = "weights_manifest.json", 1
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Weights:
    """What one name stands for, whatever it is used for."""

    name: str
    title: str
    """What they are good for, in half a line."""
    licence: str
    """As an SPDX identifier where there is one."""
    licence_url: str | None
    commercial: bool | None
    """Whether the licence of the weights allows commercial use; None: not known."""
    paper: str
    training_data: str | None
    trained_with: str | None
    """The line of a shell that trains them again; None: others trained them."""
    sources: tuple[Source, ...]
    """In the order in which they are tried."""

    @property
    def bytes(self) -> int | None:
        """What must be downloaded: of the first source whose size is known; None: not known."""
        return next((s.bytes for s in self.sources if s.bytes is not None), None)

    @property
    def is_shipped(self) -> bool:
        """Whether they come with the program, so that nothing must be downloaded."""
        return any(source.shipped for source in self.sources)


@dataclass(frozen=True)
class Entry(Weights):
    """The weights of a network that restores."""

    task: Task
    scale: int
    """1 for super-resolution: any, since the picture is enlarged before the network takes it."""
    architecture: str
    """The name of the module in ``architectures/``."""
    channels: int
    """1 for grey, 3 for RGB."""
    range: tuple[float, float]
    """The values that the network takes and gives."""
    default: bool
    """Whether these are the weights that the task takes when none are named."""
    twin: str | None
    """The weights that ``denoise_strength`` blends these with."""
    hidden: bool
    """Whether listings leave them out, being of use only as a twin."""
    told: tuple[str, ...] = ()
    """What the network is told beside the picture, of ``TELLABLE`` in ``telling.py``."""

    @property
    def scales(self) -> str:
        """For people: ``x4``, or ``any``."""
        return "any" if self.task == "sr" and self.scale == 1 else f"x{self.scale}"

    def alike(self, other: Entry) -> bool:
        """Whether somebody who wants these weights could use the others, and may know of them."""
        same = (self.task, self.scale) == (other.task, other.scale)
        return same and self.name != other.name and not other.hidden


@dataclass(frozen=True)
class MetricWeights(Weights):
    """What a metric of ``metrics/`` measures with, or a loss of ``training/`` looks through."""

    keep: tuple[str, ...]
    """How the names of the tensors begin that are of use; the cache keeps no others."""


@dataclass(frozen=True)
class Unreleased(Weights):
    """A network that the program trains and runs, but of which there are no weights to be had."""

    task: Task
    recipe: str
    """What trains it: a name of ``restorekit train --list``."""
    elsewhere: str | None
    """What its authors gave away that the program cannot read; None: nothing."""

    def refusal(self) -> WeightsError:
        """What is said to who asks for its weights."""
        released = f"the weights of {self.name} cannot be read"
        return WeightsError(
            released if self.elsewhere else f"the authors of {self.name} released no weights",
            got=self.elsewhere,
            hint=f"restorekit train --recipe {self.recipe} --data PHOTOS makes some, "
            f"for --model runs/{self.recipe}/best.safetensors",
        )


def parse(text: str, origin: str) -> dict[str, Weights]:
    """All weights of a manifest by name, in its order.

    Args:
        text: The JSON.
        origin: What messages call it, such as its file name.

    Raises:
        ManifestError: It breaks the schema; the message names the entry and the key.
    """
    top = Fields.of(text, origin, version=VERSION)
    found: dict[str, Weights] = {}
    kinds = {"weights": _entry, "unreleased": _unreleased, "metric_weights": _metric_weights}
    for key, kind in kinds.items():
        # A manifest may have nothing for metrics, but not nothing at all.
        for fields in top.items(key) if key == "weights" or top.has(key) else ():
            weights = kind(fields)
            if weights.name in found:
                raise ManifestError(f"{origin}: {weights.name} is there twice")
            found[weights.name] = weights
    top.done()
    _check_together(found, origin)
    return found


@functools.cache
def _shipped() -> Mapping[str, Weights]:
    return parse(shipped(FILE), FILE)


def everything() -> tuple[Weights, ...]:
    """All weights of the manifest: networks that restore, those without weights, metrics."""
    return tuple(_shipped().values())


def entries() -> tuple[Entry, ...]:
    """Every network that restores, in the order of the manifest, the hidden ones included."""
    return tuple(_networks(_shipped()).values())


def unreleased() -> tuple[Unreleased, ...]:
    """Every network that restores once it was trained, in the order of the manifest."""
    return tuple(it for it in everything() if isinstance(it, Unreleased))


def metric_weights() -> tuple[MetricWeights, ...]:
    """What metrics and losses look through, in the order of the manifest."""
    return tuple(it for it in everything() if isinstance(it, MetricWeights))


def weights(name: str) -> Weights:
    """The weights called ``name``, whatever they are used for.

    Raises:
        UnknownNameError: There are none; the message lists the nearest names.
    """
    found = _shipped().get(name)
    if found is None:
        raise UnknownNameError.among("model", name, _shipped())
    return found


def entry(name: str) -> Entry:
    """The network that restores called ``name``.

    Raises:
        UsageError: It is a network that measures.
        WeightsError: Its weights cannot be fetched.
        UnknownNameError: There is none; the message lists the nearest names.
    """
    found = _shipped().get(name)
    if isinstance(found, Unreleased):
        raise found.refusal()
    if isinstance(found, MetricWeights):
        raise UsageError(f"{name} measures photos and restores none", hint="see models list")
    if not isinstance(found, Entry):
        raise UnknownNameError.among("model", name, _networks(_shipped()))
    return found


def default(task: Task) -> Entry:
    """The weights that a task takes when none are named.

    Raises:
        UsageError: There are none.
    """
    for entry in entries():
        if entry.default and entry.task == task:
            return entry
    raise UsageError(f"{task} has no default model", hint="name one with --model")


def _entry(fields: Fields) -> Entry:
    entry = Entry(
        **_common(fields),
        task=cast("Task", fields.choice("task", get_args(Task))),
        scale=fields.positive("scale"),
        architecture=fields.matching("architecture", NAME, "the name of an architecture"),
        channels=fields.positive("channels"),
        told=_told(fields),
        range=fields.unit_range("range"),
        default=fields.take("default", bool, default=False),
        twin=fields.take("twin", str, default=None),
        hidden=fields.take("hidden", bool, default=False),
    )
    fields.done()
    return entry


def _told(fields: Fields) -> tuple[str, ...]:
    told = fields.texts("told") if fields.has("told") else ()
    if not set(told) <= set(TELLABLE):
        raise ManifestError(
            f"{fields.where}: 'told'", expected=" or ".join(TELLABLE), got=", ".join(told)
        )
    return told


def _metric_weights(fields: Fields) -> MetricWeights:
    found = MetricWeights(**_common(fields), keep=fields.texts("keep"))
    fields.done()
    return found


def _unreleased(fields: Fields) -> Unreleased:
    elsewhere = fields.take("elsewhere", str, default=None)
    found = Unreleased(
        name=fields.matching("name", NAME, "lower-case words with hyphens"),
        title=fields.take("title", str),
        licence="none stated" if elsewhere else "none released",
        licence_url=None,
        commercial=None,
        paper=fields.take("paper", str),
        training_data=None,
        trained_with=None,
        sources=(),
        task=cast("Task", fields.choice("task", get_args(Task))),
        recipe=fields.matching("recipe", NAME, "the name of a recipe"),
        elsewhere=elsewhere,
    )
    fields.done()
    return found


def _common(fields: Fields) -> dict[str, Any]:
    """What all weights have, by the names of :class:`Weights`."""
    name = fields.matching("name", NAME, "lower-case words with hyphens")
    fields.where = f"{fields.where} ({name})"
    return {
        "name": name,
        "title": fields.take("title", str),
        "licence": fields.take("licence", str),
        "licence_url": fields.take("licence_url", str, default=None),
        "commercial": fields.take("commercial", bool, default=None),
        "paper": fields.take("paper", str),
        "training_data": fields.take("training_data", str, default=None),
        "trained_with": fields.take("trained_with", str, default=None),
        "sources": tuple(parse_source(source) for source in fields.items("sources")),
    }


def _networks(weights: Mapping[str, Weights]) -> dict[str, Entry]:
    return {name: entry for name, entry in weights.items() if isinstance(entry, Entry)}


def _check_together(weights: Mapping[str, Weights], origin: str) -> None:
    entries = _networks(weights)
    for entry in entries.values():
        if entry.twin is not None and entry.twin not in entries:
            raise ManifestError(f"{origin}: the twin of {entry.name} is missing", got=entry.twin)
    tasks = [entry.task for entry in entries.values() if entry.default]
    if len(tasks) != len(set(tasks)):
        raise ManifestError(f"{origin}: a task has two defaults", got=", ".join(tasks))
