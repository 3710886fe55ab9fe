"""A network becomes what runs it: once, or in many steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.contracts import Sampling
from restorekit.errors import UsageError
from restorekit.inference.diffusion import DiffusionRestorer
from restorekit.inference.guarded import Guarded, GuardedSelfEnsemble
from restorekit.inference.heap import keep_freed_memory
from restorekit.inference.restorer import NetworkRestorer
from restorekit.inference.self_ensemble import SelfEnsemble

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from restorekit.contracts import Network, Precision


KINDS = {
    (False, False): NetworkRestorer,
    (False, True): SelfEnsemble,
    (True, False): Guarded,
    (True, True): GuardedSelfEnsemble,
}
"""By whether tiles are judged, and whether the network is run in eight orientations."""


def make_restorer(
    network: Network,
    *,
    name: str,
    device: torch.device,
    precision: Precision,
    tile: int | None = None,
    sampling: Sampling | None = None,
    self_ensemble: bool = False,
    guarded: bool = False,
    recolours: bool = False,
    on_note: Callable[[str], None] | None = None,
) -> NetworkRestorer:
    """What restores pictures with a network; see :class:`NetworkRestorer`.

    Args:
        network: The network with its weights.
        name: What users call it.
        device: Where it runs.
        precision: In which it runs.
        tile: The largest side of a tile; 0 for the whole picture; None for what fits.
        sampling: How it is sampled; None: as is usual, where it is one that is.
        self_ensemble: Whether it is run in eight orientations.
        guarded: Whether each tile is judged by what it was made from; only where it has that size,
            and is not sampled.
        recolours: Whether other colours are what it is for, which is not held against it then.
        on_note: Told what happens.

    Raises:
        UsageError: ``sampling`` is for another kind of network, or has too many steps; or it is
            sampled, and the mean of eight samples is none.
    """
    if device.type == "cpu":
        keep_freed_memory()
    if network.diffusion is None and sampling is None:
        kind = KINDS[guarded and network.scale == 1, self_ensemble]
        made = kind(
            network, name=name, device=device, precision=precision, tile=tile, on_note=on_note
        )
        if isinstance(made, Guarded):
            made.recolours = recolours
        return made
    if self_ensemble and network.diffusion is not None:
        raise UsageError(
            f"{name} is sampled: the mean of eight samples would be blurred",
            hint="leave out --self-ensemble",
        )
    return DiffusionRestorer(
        network,
        sampling or Sampling(),
        name=name,
        device=device,
        precision=precision,
        tile=tile,
        on_note=on_note,
    )
