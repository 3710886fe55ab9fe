"""What a run tells while it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Told(NamedTuple):
    """A sentence for the user."""

    text: str


class Stepped(NamedTuple):
    """Steps were made."""

    step: int
    """How many in all."""
    steps: int
    losses: Mapping[str, float]
    """Of the last one."""
    rate: float
    seconds: float
    """Per step, since the last of these events."""
    left: float
    """Seconds that the rest will take, validations included."""


class Validated(NamedTuple):
    """The network was measured on photos that it does not learn from."""

    step: int
    degraded: float
    """Mean PSNR of the inputs, in dB; of smaller inputs, enlarged by bicubic."""
    restored: float
    best: bool
    """Whether no earlier one was better."""


Event = Told | Stepped | Validated
OnEvent = Callable[[Event], None]


def unheard(_: Event) -> None:
    """Nobody listens."""
