"""What there is, for people: the manifest and the classical methods as rows and lines."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from restorekit.errors import ChecksumError, UnknownNameError, UsageError
from restorekit.zoo import manifest
from restorekit.zoo.blind import blind_network, blind_networks
from restorekit.zoo.cache import Cache, Verified
from restorekit.zoo.events import readable_size
from restorekit.zoo.manifest import Entry, Unreleased, Weights
from restorekit.zoo.methods import method_named, methods, paper_of
from restorekit.zoo.shipped import shipped, shipped_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Task

COMMERCIAL = {True: "allowed", False: "not allowed", None: "not stated"}


@dataclass(frozen=True)
class Row:
    """One model of ``restorekit models list``."""

    name: str
    task: str
    """``metric`` for what restores nothing but measures."""
    scale: str
    """Such as ``x4``; ``any`` for interpolation, ``-`` for a metric."""
    licence: str
    size: str
    """Of the download."""
    here: bool
    """Whether it can run without a download."""
    title: str

    def as_dict(self) -> dict[str, object]:
        """The fields as JSON values."""
        return dataclasses.asdict(self)


def listing() -> list[Row]:
    """Networks in the manifest's order, those without weights, classical methods, metrics."""
    here = _here()
    rows = [
        _row(entry, entry.task, entry.scales, here)
        for entry in manifest.entries()
        if not entry.hidden
    ]
    rows += [_row(entry, entry.task, "any", here) for entry in manifest.unreleased()]
    rows += [
        Row(
            method.name,
            method.task,
            getattr(method, "scales", "any"),
            "none needed",
            "-",
            here=True,
            title=method.title,
        )
        for method in methods()
    ]
    rows += [
        dataclasses.replace(
            _row(it.entry, "sr", it.entry.scales, here), name=it.name, title=it.title
        )
        for it in blind_networks()
    ]
    return rows + [_row(entry, "metric", "-", here) for entry in manifest.metric_weights()]


def names_for(task: Task) -> list[str]:
    """Every name that can be asked for under a task, sorted."""
    listed = [e.name for e in manifest.entries() if e.task == task and not e.hidden]
    listed += [it.name for it in blind_networks() if it.entry.task == task]
    return sorted([*listed, *(method.name for method in methods() if method.task == task)])


def _here() -> set[str]:
    """The names of what can run without a download, also from files that a person put there.

    Of those only files of a size that the manifest knows are read, to be quick.
    """
    cache, entries = Cache(), manifest.everything()
    sources = [source for entry in entries for source in entry.sources]
    placed = cache.hand_placed(file for it in sources for file in it.files if file.bytes)
    return {
        entry.name
        for entry in entries
        if cache.holds(entry)
        or any(all(file.address in placed for file in it.files) for it in entry.sources)
        or (entry.is_shipped and shipped_path(entry).is_file())
    }


def _row(entry: Weights, task: str, scale: str, here: set[str]) -> Row:
    return Row(
        name=entry.name,
        task=task,
        scale=scale,
        licence=entry.licence,
        size="shipped" if entry.is_shipped else readable_size(entry.bytes),
        here=entry.name in here,
        title=entry.title,
    )


def facts(name: str) -> dict[str, str]:
    """All that is known of the model ``name``.

    Raises:
        UnknownNameError: There is no such model.
    """
    method = method_named(name)
    if method is not None:
        return _facts_of_method(method)
    blind = blind_network(name)
    if blind is not None:
        return {**facts(blind.entry.name), "name": name, "good for": blind.title}
    entry = next((it for it in manifest.everything() if it.name == name), None)
    if entry is None:
        known = (*manifest.everything(), *methods(), *blind_networks())
        raise UnknownNameError.among("model", name, (it.name for it in known))
    found = {"name": entry.name, "good for": entry.title, "task": "metric"}
    if isinstance(entry, Entry):
        found |= {
            "task": entry.task,
            "scale": entry.scales,
            "architecture": entry.architecture,
        }
    if isinstance(entry, Unreleased):
        found |= {"task": entry.task, "weights": str(entry.refusal()), "paper": entry.paper}
        return found
    found |= {
        "licence": entry.licence,
        "commercial use": COMMERCIAL[entry.commercial],
        "paper": entry.paper,
        "training data": entry.training_data or "not stated",
    }
    if entry.trained_with is not None:
        found["trained with"] = entry.trained_with
    found["here"] = _where(entry)
    for i, source in enumerate(entry.sources, 1):
        size = sum(it.bytes or 0 for it in source.files) if source.shipped else source.bytes
        found[f"source {i}"] = f"{source} ({source.format}, {readable_size(size)})"
        for file in source.files:
            found[f"  {file.name}"] = f"sha256 {file.sha256 or 'not published'}"
    return found


def _facts_of_method(method: Any) -> dict[str, str]:
    found = {
        "name": method.name,
        "good for": method.title,
        "task": method.task,
        "weights": "none",
    }
    paper = paper_of(method.name)
    return {**found, "paper": paper} if paper else found


def _where(entry: Weights) -> str:
    cache = Cache()
    try:
        if (path := shipped(entry)) is not None:
            return str(path)
    except ChecksumError as error:
        return f"no: {error}"
    if cache.holds(entry):
        return str(cache.path(entry.name))
    return f"below {cache.root}, as it was put there" if entry.name in _here() else "no"


def verified(names: Sequence[str] = ()) -> list[Verified]:
    """Every file of weights on this machine, read through: the program's own, then the cache's.

    Args:
        names: Those that are read alone; none for all.

    Raises:
        UnknownNameError: A name that no weights have.
        UsageError: Weights that are not on this machine.
    """
    known = [it.name for it in manifest.everything()]
    for name in set(names) - set(known):
        raise UnknownNameError.among("model", name, known)
    own = [entry for entry in manifest.everything() if entry.is_shipped]
    found = [*map(_verified, own), *Cache().verify()]
    missing = set(names) - {it.name for it in found}
    if missing:
        these = ", ".join(sorted(missing))
        raise UsageError(f"not on this machine: {these}", hint="models download fetches weights")
    return [it for it in found if not names or it.name in names]


def _verified(entry: Weights) -> Verified:
    try:
        shipped(entry)
    except ChecksumError as error:
        return Verified(entry.name, shipped_path(entry), str(error))
    return Verified(entry.name, shipped_path(entry), None)


def licence_lines() -> list[str]:
    """A line for each entry of the manifest: name, licence, commercial use, where it is stated."""
    entries = manifest.everything()
    name, licence = (
        max(map(len, column))
        for column in zip(*((e.name, e.licence) for e in entries), strict=True)
    )
    return [
        f"{entry.name:{name}} {entry.licence:{licence}} commercial use"
        f" {COMMERCIAL[entry.commercial]:12} {entry.licence_url or ''}".rstrip()
        for entry in entries
    ]
