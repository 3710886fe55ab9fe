"""What measures a picture, or a set of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from restorekit.contracts.picture import AnyRows


class Measure(Protocol):
    """What every metric says of itself, whether it measures a photo or a set of them."""

    @property
    def name(self) -> str:
        """The name that users type."""
        ...

    @property
    def title(self) -> str:
        """What it measures, in a few words."""
        ...

    @property
    def unit(self) -> str:
        """The unit of the figure, such as ``dB``; empty where it is a bare number."""
        ...

    @property
    def better(self) -> Literal["higher", "lower"]:
        """Which way a better picture moves the figure."""
        ...

    @property
    def needs_reference(self) -> bool:
        """Whether the true picture is needed; where not, it is not looked at."""
        ...

    @property
    def sees(self) -> Literal["protocol", "rgb"]:
        """What it is shown: what the protocol makes of a picture, or the whole picture in RGB.

        Networks that judge pictures were trained on whole RGB pictures: a protocol that takes luma
        and cuts off a border would give a figure that no table has.
        """
        ...

    @property
    def weights(self) -> tuple[str, ...]:
        """The names, in the manifest, of the weights that it needs; empty: it needs none."""
        ...


class Metric(Measure, Protocol):
    """A figure for a restored picture, with or without the true one beside it."""

    def with_weights(self, files: Mapping[str, Path]) -> Metric:
        """The same metric, ready to measure.

        Args:
            files: Its weights by name, as ``restorekit.zoo`` has them.

        Raises:
            CheckpointError: A file holds something else.
        """
        ...

    def __call__(self, restored: AnyRows, reference: AnyRows | None = None) -> float:
        """Measure ``restored``, ``(H, W, 1 or 3)``.

        Both are uint8 or uint16 over their whole range, or float32 in ``[0, 1]``; the dtype decides
        the range, and neither is copied as a whole. What is measured of a photo (luma, border,
        rounding) is decided before, by ``restorekit.images.protocols``.

        Raises:
            UsageError: No reference, another shape or dtype, values out of range, or a picture
                that is too small.
            WeightsError: It needs weights and has none.
        """
        ...


@runtime_checkable
class SetMetric(Measure, Protocol):
    """A figure for many restored pictures together, such as the distance of two distributions."""

    def with_weights(self, files: Mapping[str, Path]) -> SetMetric:
        """The same metric, ready to measure; see :meth:`Metric.with_weights`."""
        ...

    def tally(self) -> Tally:
        """An empty tally.

        Raises:
            WeightsError: It needs weights and has none.
        """
        ...


class Tally(Protocol):
    """What a set metric has seen so far; it keeps no picture."""

    def add(self, restored: AnyRows, reference: AnyRows) -> None:
        """One more pair of pictures, as in :meth:`Metric.__call__`."""
        ...

    def value(self) -> float:
        """The figure of all that was added.

        Raises:
            UsageError: Too few pictures were added to tell one.
        """
        ...
