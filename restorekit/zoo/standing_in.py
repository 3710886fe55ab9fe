"""Which model serves where nobody named one, or where the weights of another cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache
from restorekit.zoo.shipped import shipped_path

if TYPE_CHECKING:
    from restorekit.contracts import Task
    from restorekit.zoo.manifest import Entry
    from restorekit.zoo.restorers import DeviceOptions

NEXT_BEST = "ffdnet-ipol"
"""Denoises where nobody named a model and the weights of the manifest's default cannot be had: it
comes from another place."""
TWICE = 2
"""Up to this scale the networks for it serve, from there on those for 4."""
HOUSE = {TWICE: "restorekit-sr-x2", 4: "restorekit-sr-x4"}
"""The networks that come with the program, by the scale that they enlarge to."""
HOUSE_DENOISER = "restorekit-denoise"
HOUSE_DEBLURRER = "restorekit-deblur"
UP_TO_TWICE = "realesrgan-x2plus"
"""The network nearest to scales of 1 to 2; for larger ones it is the manifest's default."""
WITHOUT_WEIGHTS: dict[Task, str] = {"sr": "lanczos", "denoise": "bm3d", "deblur": "consensus"}
"""The best method of a task that needs none, and nothing else that is to be told."""


def enlargers(scale: float, devices: DeviceOptions) -> tuple[str, ...]:
    """What enlarges where nobody named a model, in the order in which it is tried.

    On CPUs it is the house's own network, which is small and comes with the program; elsewhere
    that is the last one, for where nothing can be fetched.

    Raises:
        UsageError: ``devices`` names no kind of device.
        DeviceError: The device is not there.
    """
    from restorekit.inference.device import choose_devices

    house = HOUSE[TWICE if scale <= TWICE else 4]
    if choose_devices(devices.device)[0].type == "cpu":
        return (house,)
    default = manifest.default("sr").name
    return (UP_TO_TWICE, default, house) if scale <= TWICE else (default, house)


def denoisers(devices: DeviceOptions, *, told: bool) -> tuple[str, ...]:
    """What denoises where nobody named a model, in the order in which it is tried.

    Args:
        devices: Where.
        told: Whether it is told how strong the noise is: the house's network cannot be.
    """
    networks = (manifest.default("denoise").name, NEXT_BEST)
    if not told:
        return (*networks, HOUSE_DENOISER)
    return (*networks, WITHOUT_WEIGHTS["denoise"]) if _suits_methods(devices) else networks


def deblurrers(devices: DeviceOptions, *, reduced: bool) -> tuple[str, ...]:
    """What deblurs where nobody named a model or told the blur, the first to be tried first.

    The method without weights comes before the house's network: it takes more blur by far, and
    leaves a photo as it is where it does not trust itself.

    Args:
        devices: Where.
        reduced: Whether photos are worked on at a smaller size, which methods are not.
    """
    network = manifest.default("deblur").name
    method = _suits_methods(devices) and not reduced
    return (network, WITHOUT_WEIGHTS["deblur"] if method else HOUSE_DEBLURRER)


def _suits_methods(devices: DeviceOptions) -> bool:
    """Whether a method without weights can run where, and in the way, that was asked for."""
    return devices.device in {"auto", "cpu"} and not devices.self_ensemble


def stand_in(name: str) -> str | None:
    """What to try in place of a network, in half a sentence; None: nothing, or it is no name.

    First a network for the same task and scale that is on this machine: the default before others,
    then one that is told as much. Else a method without weights.
    """
    wanted = next((entry for entry in manifest.entries() if entry.name == name), None)
    if wanted is None:
        return None
    alike = sorted(
        filter(wanted.alike, manifest.entries()),
        key=lambda entry: (not entry.default, entry.told != wanted.told),
    )
    cache = Cache()
    here = next((it.name for it in alike if _is_here(it, cache)), None)
    if here is not None:
        return f"-m {here} is on this machine"
    method = WITHOUT_WEIGHTS.get(wanted.task)
    return method and f"-m {method} needs no weights"


def _is_here(entry: Entry, cache: Cache) -> bool:
    return shipped_path(entry).is_file() if entry.is_shipped else cache.holds(entry)
