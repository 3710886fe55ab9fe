"""What training makes small: one file for each loss, whose name recipes weigh it by.

Each defines ``LOSS``: a function from the restored and the true pictures, ``(N, C, H, W)`` float32
in ``[0, 1]`` or slightly outside, to one number, the mean over the pictures; or, where the loss
looks at pictures through a trained network, something whose ``prepare`` gives such a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from restorekit.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

    from restorekit.training.events import OnEvent

    Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@runtime_checkable
class Unprepared(Protocol):
    """A loss that needs the weights of a network."""

    def prepare(self, device: torch.device, on_event: OnEvent) -> Loss:
        """The loss, its network on ``device``.

        Args:
            device: Where the pictures will be.
            on_event: Told what is fetched, and what another network stands in for.

        Raises:
            WeightsError: The weights cannot be had.
        """
        ...


class Weighed(NamedTuple):
    """A loss that is ready, and how much it counts."""

    loss: Loss
    weight: float


LOSSES: Catalog[Loss | Unprepared] = Catalog("restorekit.training.losses", "LOSS", "loss")


def weighed(
    weights: Mapping[str, float], device: torch.device, on_event: OnEvent
) -> dict[str, Weighed]:
    """The losses of a recipe, ready.

    Args:
        weights: How much each counts, by its name.
        device: As in :meth:`Unprepared.prepare`.
        on_event: The same.

    Raises:
        UnknownNameError: There is no such loss.
        WeightsError: As :meth:`Unprepared.prepare`.
    """
    found: dict[str, Weighed] = {}
    for name, weight in weights.items():
        loss = LOSSES[name]
        ready = loss.prepare(device, on_event) if isinstance(loss, Unprepared) else loss
        found[name] = Weighed(ready, weight)
    return found
