"""What is measured, and under which protocol: one value that goes through the whole evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from restorekit.catalog import Catalog
from restorekit.contracts import SetMetric
from restorekit.errors import UsageError
from restorekit.evaluation.result import Column
from restorekit.images.protocols import LUMAS, Protocol, protocol
from restorekit.zoo.events import OnEvent, unheard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from restorekit.contracts import Metric, Tally, Task
    from restorekit.images.protocols import Bytes
    from restorekit.zoo.restorers import WeightsOptions

METRICS: Catalog[Metric | SetMetric] = Catalog("restorekit.metrics", "METRIC", "metric")
DEFAULT_METRICS = ("psnr", "ssim")
METRICS_WITHOUT_TRUTH = ("sharpness", "seam")
LARGEST_SCALE = 16
WHOLE_RGB = Protocol("rgb")


@dataclass(frozen=True)
class Measures:
    """What is to be measured.

    Raises:
        UsageError: A scale or a seed that cannot be meant, or nothing to measure.
        UnknownNameError: There is no such metric or protocol.
    """

    metrics: Sequence[str] = DEFAULT_METRICS
    """Names of ``restorekit.metrics``."""
    protocol: str | None = None
    """A name of ``restorekit.images.protocols``; None: that of the task's papers."""
    task: Task | None = None
    scale: int | None = None
    """How many times larger the results are than their input: the border of luma."""
    seed: int = 0
    """Of the bootstrap."""

    def __post_init__(self) -> None:
        if self.scale is not None and not 1 <= self.scale <= LARGEST_SCALE:
            raise UsageError("--scale", expected=f"1 to {LARGEST_SCALE}", got=str(self.scale))
        if self.seed < 0:
            raise UsageError("--seed", expected="0 or more", got=str(self.seed))
        if not self.metrics:
            raise UsageError("nothing to measure", expected="at least one metric")
        self.chosen_protocol()
        self.chosen_metrics()

    def chosen_protocol(self) -> Protocol:
        """The protocol with its border."""
        name = self.protocol or ("y-crop" if self.task == "sr" else "rgb")
        if name in LUMAS and self.scale is None and self.task == "sr":
            raise UsageError(
                "super-resolution is evaluated at a scale", expected="--scale, from 2 up"
            )
        if name in LUMAS and self.scale is None:
            raise UsageError(
                f"the {name} protocol cuts off a border as wide as the scale",
                expected="--scale",
                hint="--protocol rgb measures whole pictures",
            )
        return protocol(name, scale=self.scale or 1)

    def chosen_metrics(self) -> list[Metric | SetMetric]:
        """Every metric once, in the order in which they were named."""
        return [METRICS[name] for name in dict.fromkeys(self.metrics)]

    def columns(self) -> tuple[Column, ...]:
        """What the results say about each metric."""
        chosen = str(self.chosen_protocol())
        return tuple(
            Column(
                it.name,
                it.unit,
                it.better,
                protocol=str(WHOLE_RGB) if it.sees == "rgb" else chosen,
                of_set=isinstance(it, SetMetric),
            )
            for it in self.chosen_metrics()
        )

    def meter(self, weights: WeightsOptions | None = None, *, on_event: OnEvent = unheard) -> Meter:
        """What measures, with the weights that its metrics need.

        Raises:
            WeightsError: They cannot be had.
        """
        chosen = self.chosen_metrics()
        files = _files(chosen, weights, on_event)
        ready = [it.with_weights({name: files[name] for name in it.weights}) for it in chosen]
        return Meter(
            self.chosen_protocol(),
            tuple(it for it in ready if not isinstance(it, SetMetric)),
            tuple(it for it in ready if isinstance(it, SetMetric)),
        )


class Reading(NamedTuple):
    """What was measured of one photo."""

    values: dict[str, float]
    """By metric."""
    failure: str | None
    """Why some metrics have no value, such as pictures that are too small for them."""


@dataclass(frozen=True)
class Meter:
    """Metrics that are ready to measure."""

    protocol: Protocol
    metrics: tuple[Metric, ...]
    sets: tuple[SetMetric, ...]
    """Those that measure all photos together."""

    def tallies(self) -> dict[str, Tally]:
        """An empty tally for each set metric."""
        return {it.name: it.tally() for it in self.sets}

    def read(self, restored: Bytes, reference: Bytes, tallies: Mapping[str, Tally]) -> Reading:
        """Every metric of one photo; ``tallies`` take it in.

        Args:
            restored: ``(H, W, 1 or 3)`` uint8.
            reference: The same; where one of them is grey it counts as colour without colours.
            tallies: Of the set metrics.

        Raises:
            UsageError: The sizes differ, or are too small for the protocol.
        """
        restored, reference = _alike(restored, reference)
        pictures = self.protocol(restored), self.protocol(reference)
        values: dict[str, float] = {}
        failures: list[str] = []
        for it in (*self.metrics, *self.sets):
            shown = pictures if it.sees == "protocol" else (restored, reference)
            try:
                if isinstance(it, SetMetric):
                    tallies[it.name].add(*shown)
                else:
                    values[it.name] = it(*shown)
            except UsageError as error:
                failures.append(str(error))
        return Reading(values, "; ".join(failures) or None)


def _files(
    metrics: Sequence[Metric | SetMetric], weights: WeightsOptions | None, on_event: OnEvent
) -> dict[str, Path]:
    names = dict.fromkeys(name for metric in metrics for name in metric.weights)
    if not names:
        return {}
    from restorekit.zoo.fetch import fetch

    offline = weights is not None and weights.offline
    trusted = weights is not None and weights.trust_unverified
    return {
        name: fetch(name, offline=offline, trust_unverified=trusted, on_event=on_event)
        for name in names
    }


def _alike(restored: Bytes, reference: Bytes) -> tuple[Bytes, Bytes]:
    """Both with the channels of the one that has more.

    Left apart, a grey picture would be taken for luma as it is, and a colour one of the same grey
    would not: 0..255 against 16..235.
    """
    if restored.shape[:2] != reference.shape[:2]:
        sizes = (f"{it.shape[1]}x{it.shape[0]}" for it in (reference, restored))
        expected, got = sizes
        raise UsageError(
            "the result has another size than its reference", expected=expected, got=got
        )
    channels = max(restored.shape[2], reference.shape[2])
    return _widened(restored, channels), _widened(reference, channels)


def _widened(picture: Bytes, channels: int) -> Bytes:
    import numpy as np

    return picture if picture.shape[2] == channels else np.repeat(picture, channels, axis=2)
