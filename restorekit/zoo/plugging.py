"""Denoisers by name, for methods that take their idea of clean pictures from one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from restorekit.contracts import Denoiser
from restorekit.errors import UsageError
from restorekit.zoo.identity import entry_of
from restorekit.zoo.methods import method_named
from restorekit.zoo.standing_in import denoisers
from restorekit.zoo.telling import tellable

if TYPE_CHECKING:
    from restorekit.contracts import Pluggable
    from restorekit.zoo.restorers import DeviceOptions, Loaded


def denoiser_names(chosen: str | None, devices: DeviceOptions) -> tuple[str, ...]:
    """What denoises, in the order in which it is tried; what nobody named is the default.

    Raises:
        UsageError: It cannot be told how strong the noise is, as its name alone says.
    """
    if chosen is None:
        return denoisers(devices, told=True)
    method = method_named(chosen)
    entry = entry_of(chosen)
    if method is not None:
        _check(chosen, tellable(method))
    elif entry is not None:  # of a file only its tensors tell
        _check(chosen, entry.told)
    return (chosen,)


def plugged(method: Pluggable, inner: Loaded) -> Loaded:
    """The method with a denoiser that is loaded, for each of its devices.

    Raises:
        UsageError: It cannot be told how strong the noise is.
    """
    name = str(inner.description["model"])
    _check(name, tellable(inner.restorers[0]))
    ready = (it for it in inner.restorers if isinstance(it, Denoiser))
    return replace(
        inner,
        restorers=tuple(method.with_denoiser(it) for it in ready),
        identity=f"{method.name}:{inner.identity}",
        description={**inner.description, "model": method.name, "denoiser": name},
    )


def _check(name: str, told: tuple[str, ...]) -> None:
    if "sigma" not in told:
        raise UsageError(
            f"{name} cannot be told how strong the noise is",
            hint="--denoiser ffdnet, fdncnn, drunet or bm3d can",
        )
