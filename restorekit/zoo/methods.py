"""Methods without released weights: found by name, and told what they need before any photo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from restorekit.catalog import Catalog
from restorekit.contracts import Enlarger, Exemplified, LearnedKernel, Sampling
from restorekit.errors import UsageError
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.zoo.blind import parted
from restorekit.zoo.cache import Cache
from restorekit.zoo.events import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from restorekit.contracts import InternalLearner, Restorer
    from restorekit.zoo.events import OnEvent

    Ready = tuple[tuple[Restorer, ...], str, dict[str, object]]
    """One restorer for each device, what identifies them, and what the user is told."""

CLASSICAL: Catalog[Any] = Catalog("restorekit.classical", "RESTORER", "method")
INTERNAL: Catalog[Any] = Catalog("restorekit.internal_learning", "RESTORER", "method")
YEAR = re.compile(r"\b(19|20)\d\d\b")


def methods() -> Iterator[Any]:
    """Every restorer that needs no weights, imported one after the other."""
    yield from CLASSICAL
    yield from INTERNAL
    for name in ESTIMATORS.names():
        yield from filter(None, (_blind(name), *(_enlarging(name, it) for it in INTERNAL.names())))


def method_named(name: str) -> Any | None:
    """The restorer without weights of that name, or None."""
    found = next((catalog[name] for catalog in (CLASSICAL, INTERNAL) if name in catalog), None)
    if found is not None:
        return found
    if name in ESTIMATORS:
        return _blind(name)
    parts = parted(name)
    return _enlarging(*parts) if parts and parts[1] in INTERNAL else None


def paper_of(name: str) -> str | None:
    """What the module of that method cites, in a line; None: nothing, or it is made of two."""
    for catalog in (CLASSICAL, INTERNAL, ESTIMATORS):
        if name in catalog:
            paragraphs = catalog.text(name).split("\n\n")[1:]
            cited = next((it for it in paragraphs if YEAR.search(it)), None)
            return cited and " ".join(cited.split())
    return None


def _blind(name: str) -> Restorer | None:
    """What finds a blur, and then undoes it; None for what finds how a photo was made smaller."""
    from restorekit.kernel_estimation._blind import BlindDeconvolution

    estimator = ESTIMATORS[name]
    return None if estimator.kind == "downscale" else BlindDeconvolution(estimator)


def _enlarging(name: str, learner: str) -> Restorer | None:
    """What finds how a photo was made smaller, and then learns from that; None for other kinds."""
    from restorekit.kernel_estimation._blind_enlarging import BlindEnlarging

    estimator, enlarger = ESTIMATORS[name], INTERNAL[learner]
    if not (isinstance(estimator, LearnedKernel) and isinstance(enlarger, Enlarger)):
        return None
    return BlindEnlarging(estimator, enlarger)


def taught(method: Restorer, device: str, database: Path | None, on_event: OnEvent) -> Ready:
    """A classical method, with its examples where it needs any; what they cost is told.

    Raises:
        UsageError: It has another device than the CPU, or lacks examples.
    """
    if device not in {"auto", "cpu"}:
        raise UsageError(f"{method.name} runs on the CPU alone", got=f"device {device}")
    described = _described(method) | {"device": "cpu"}
    if not isinstance(method, Exemplified):
        return (method,), method.name, described
    if database is None:
        raise UsageError(f"{method.name} needs photos to learn from", hint="--database FOLDER")
    ready = method.with_examples(
        database, kept=Cache().examples(), on_note=lambda text: on_event(Notice(text))
    )
    return (ready,), f"{ready.name}:{ready.identity}", {**described, "database": str(database)}


def learners(method: InternalLearner, device: str, sampling: Sampling | None) -> Ready:
    """A method that learns inside the photo, on each device, with the seed of ``sampling``.

    Raises:
        UsageError: It is told what it does not take.
        DeviceError: The device is not there.
    """
    from restorekit.inference.device import choose_devices, describe

    seed = 0 if sampling is None else sampling.seed
    if sampling not in {None, Sampling(seed=seed)}:
        raise UsageError(f"{method.name} learns, it is not sampled", hint="no steps, no sampler")
    devices = choose_devices(device)
    ready = tuple(method.on_device(it).with_seed(seed) for it in devices)
    told = {"device": ", ".join(describe(it) for it in devices), "seed": seed}
    return ready, method.name, {**_described(method), **told}


def _described(method: Restorer) -> dict[str, object]:
    return {"model": method.name, "licence": "none needed"}
