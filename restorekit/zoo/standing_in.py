"""Which model could serve where the weights of another cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache

if TYPE_CHECKING:
    from restorekit.contracts import Task
    from restorekit.zoo.manifest import Entry
    from restorekit.zoo.restorers import DeviceOptions

NEXT_BEST = "ffdnet-ipol"
"""Denoises where nobody named a model and the weights of the manifest's default cannot be had: it
comes from another place."""
WITHOUT_WEIGHTS: dict[Task, str] = {"sr": "lanczos", "denoise": "bm3d"}
"""The best method of a task that needs none, and nothing else that is to be told."""


def denoisers(devices: DeviceOptions) -> tuple[str, ...]:
    """What denoises where nobody named a model, in the order in which it is tried."""
    networks = (manifest.default("denoise").name, NEXT_BEST)
    # A method without weights cannot run on the GPU, or in the way, that was asked for.
    suits_all = devices.device in {"auto", "cpu"} and not devices.self_ensemble
    return (*networks, WITHOUT_WEIGHTS["denoise"]) if suits_all else networks


def stand_in(name: str) -> str | None:
    """What to try in place of a network, in half a sentence; None: nothing, or it is no name.

    First a network for the same task and scale that is on this machine: the default before others,
    then one that is told as much. Else, where people alone can fetch the weights, the default. Else
    a method without weights.
    """
    wanted = next((entry for entry in manifest.entries() if entry.name == name), None)
    if wanted is None:
        return None
    alike = sorted(
        filter(wanted.alike, manifest.entries()),
        key=lambda entry: (not entry.default, entry.told != wanted.told),
    )
    cache = Cache()
    here = next((entry.name for entry in alike if cache.holds(entry)), None)
    if here is not None:
        return f"-m {here} is on this machine"
    if _is_left_to_people(wanted) and alike and alike[0].default:
        return f"-m {alike[0].name} can be fetched"
    method = WITHOUT_WEIGHTS.get(wanted.task)
    return method and f"-m {method} needs no weights"


def _is_left_to_people(entry: Entry) -> bool:
    return all(source.by_hand is not None for source in entry.sources)
