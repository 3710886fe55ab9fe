"""What is done with a restored picture before it is rounded."""

from __future__ import annotations

from dataclasses import dataclass

from restorekit.errors import UsageError

LARGEST_GRAIN = 100


@dataclass(frozen=True)
class Finishing:
    """How a restored picture is finished, in the order of the fields.

    Raises:
        UsageError: Numbers that cannot be meant.
    """

    strength: float = 1.0
    """From 0, the picture merely resized, to 1, the restored one."""
    color_lock: bool | None = None
    """Whether the low frequencies of the result are those of the picture: networks shift colours.
    None: as the task decides, where it knows the network to do so; else not. See
    :mod:`restorekit.images.color_lock`."""
    grain: float = 0.0
    """Of film: its standard deviation at middle grey in levels of 255, 0 to 100. See
    :mod:`restorekit.images.grain`."""
    seed: int = 0
    """Of the grain, together with the picture itself: each gives other grain."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise UsageError("strength", expected="0 to 1", got=f"{self.strength:g}")
        if not 0 <= self.grain <= LARGEST_GRAIN:
            raise UsageError("grain", expected=f"0 to {LARGEST_GRAIN}", got=f"{self.grain:g}")
        if not 0 <= self.seed < 2**63:
            raise UsageError("seed", expected="0 or more, below 2 to the 63", got=str(self.seed))

    @property
    def leaves_all(self) -> bool:
        """Whether the result is what the restorer gives, and nothing else."""
        return self.strength == 1 and not self.color_lock and self.grain == 0
