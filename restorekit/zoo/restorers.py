"""A name becomes restorers, one for each device: the one door to networks and classical methods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from restorekit.contracts import InternalLearner, Pluggable, Sampling
from restorekit.errors import DownloadError, UnknownNameError, UsageError, WeightsError
from restorekit.zoo import manifest
from restorekit.zoo.blind import blind_network
from restorekit.zoo.events import Notice, OnEvent, unheard
from restorekit.zoo.identity import entry_of, identity_of, licence_of
from restorekit.zoo.listing import names_for
from restorekit.zoo.methods import learners, method_named, taught
from restorekit.zoo.plugging import denoiser_names, plugged
from restorekit.zoo.standing_in import stand_in
from restorekit.zoo.telling import check_told, tell, tellable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from restorekit.contracts import Kernel, KernelMap, Precision, Restorer, Task


RECOLOURING: tuple[Task, ...] = ("derain", "dehaze", "lowlight", "retouch")
"""Tasks that are there to change colours."""
GUARDED: tuple[Task, ...] = ("deblur", *RECOLOURING)
"""Networks for these invent most, and fail most on photos unlike those they learned from."""
NEW_AT_LEAST = 32
"""Pixels of a tile beyond those that it shares: with fewer, most of the work is done twice over."""


@dataclass(frozen=True)
class WeightsOptions:
    """How weights may be had."""

    offline: bool = False
    """Use only what is on this machine."""
    trust_unverified: bool = False
    """Accept files whose hash the manifest does not know."""
    denoise_strength: float | None = None
    """0 to 1: the share of a network's weights, the rest being its weak-denoising twin's."""
    database: Path | None = None
    """The folder of photos that a method without weights takes its examples from; others need
    none."""
    denoiser: str | None = None
    """What plug-and-play methods denoise with, by name or file; None: the default of that task."""


@dataclass(frozen=True)
class DeviceOptions:
    """Where and how a network runs."""

    device: str = "auto"
    """``auto``, ``cpu``, ``cuda``, ``mps``, ``xpu``, or several such as ``cuda:0,cuda:1``."""
    precision: Literal["auto"] | Precision = "auto"
    tile: int | None = None
    """The largest side of a tile in pixels; 0 for the whole picture; None for what fits best."""
    self_ensemble: bool = False
    """Whether a network is run in eight orientations, and the mean taken: better by a little, and
    eight times slower."""


@dataclass(frozen=True)
class Loaded:
    """A method that is ready to run, and what the user is told about it."""

    restorers: tuple[Restorer, ...]
    """One for each device."""
    identity: str
    """The weights' sha256, or the name of a method without weights."""
    description: dict[str, object]
    """Model, licence, device, precision, tile: JSON values."""


def load_restorers(
    model: str,
    *,
    task: Task,
    sigma: float | None = None,
    sampling: Sampling | None = None,
    psf: Kernel | KernelMap | None = None,
    weights: WeightsOptions | None = None,
    devices: DeviceOptions | None = None,
    strict: bool = False,
    on_event: OnEvent = unheard,
) -> Loaded:
    """The restorers that a name or a weights file stands for.

    Args:
        model: A name of ``restorekit models list``, or a file of weights.
        task: What the restorer must be for.
        sigma: Of the noise in levels of 255, for networks that take it; None: estimated.
        psf: The kernel, or a map of kernels, for networks that take one; None: no blur.
        sampling: How networks that are sampled are; None: as is usual. Of it, methods that learn
            inside the photo take the seed; others take none.
        weights: How weights may be had.
        devices: Where and how a network runs.
        strict: Whether what cannot be told the noise is refused a sigma; else it does without.
        on_event: Told what happens.

    Raises:
        UnknownNameError: There is no such name, nor such a file.
        UsageError: The model is for another task, has no such option, or knows no such kernel.
            What the name alone tells is refused before any weights are fetched.
        WeightsError: The weights cannot be had.
        DeviceError: The device is not there.
    """
    weights = weights or WeightsOptions()
    needed = ("kernel",) * (psf is not None) + ("sigma",) * (strict and sigma is not None)
    method = method_named(model)
    if method is not None:
        devices = devices or DeviceOptions()
        _check_method(method, task, sampling, weights)
        check_told(model, tellable(method), needed)
        if devices.self_ensemble:
            raise UsageError(f"{model} is no network", hint="leave out --self-ensemble")
        loaded = _method(method, devices, sampling, weights, on_event)
    else:
        blind = blind_network(model)
        network = model if blind is None else blind.entry.name
        _check_name(network, task)
        entry = entry_of(network)
        if entry is not None:
            check_told(model, entry.told if blind is None else blind.told, needed)
        loaded = _network(
            network,
            weights,
            devices or DeviceOptions(),
            sampling,
            guarded=task in GUARDED,
            recolours=task in RECOLOURING,
            on_event=on_event,
        )
        loaded = loaded if blind is None else blind.around(loaded)
    # Of a file only its tensors tell.
    check_told(model, tellable(loaded.restorers[0]), needed)
    told = (tell(it, sigma, psf) for it in loaded.restorers)
    return replace(loaded, restorers=tuple(told))


def load_first(
    models: Sequence[str], load: Callable[[str], Loaded], on_event: OnEvent = unheard
) -> Loaded:
    """The restorers of the first of ``models`` whose weights can be had.

    Where the user named none there are several: that another one serves is told. Where none of them
    can be fetched, the message says what could serve instead.

    Args:
        models: At least one, the best first.
        load: As :func:`load_restorers` loads one.
        on_event: Told why a model does not serve, and which one is tried in its place.

    Raises:
        WeightsError: Those of the last one cannot be had either.
    """
    for model, following in pairwise(models):
        try:
            return load(model)
        except WeightsError as error:
            on_event(Notice(f"{error}: {following} serves instead"))
    try:
        return load(models[-1])
    except DownloadError as error:
        instead = stand_in(models[-1])
        if instead is None:
            raise
        raise error.or_else(instead) from error


def _check_method(
    method: Any, task: Task, sampling: Sampling | None, weights: WeightsOptions
) -> None:
    if method.task != task:
        raise UsageError(f"{method.name} is for {method.task}", expected=f"a model for {task}")
    if weights.denoise_strength is not None:
        raise UsageError(f"{method.name} has no adjustable denoise strength")
    if sampling is not None and not isinstance(method, InternalLearner):
        raise UsageError(
            f"{method.name} is run once, not sampled", hint="no steps, seed or sampler"
        )


def _method(
    method: Any,
    devices: DeviceOptions,
    sampling: Sampling | None,
    weights: WeightsOptions,
    on_event: OnEvent,
) -> Loaded:
    if isinstance(method, InternalLearner):
        return Loaded(*learners(method, devices.device, sampling))
    if isinstance(method, Pluggable):
        how = {"task": "denoise", "weights": weights, "devices": devices, "on_event": on_event}
        names = denoiser_names(weights.denoiser, devices)
        return plugged(method, load_first(names, partial(load_restorers, **how), on_event))
    return Loaded(*taught(method, devices.device, weights.database, on_event))


def _check_name(model: str, task: Task) -> None:
    if Path(model).suffix or Path(model).name != model or Path(model).is_file():
        return  # a file: its tensors tell what it is
    known = {entry.name: entry for entry in (*manifest.entries(), *manifest.unreleased())}
    if model not in known and Path(model).is_dir():
        return  # a network in several files
    if model not in known:
        raise UnknownNameError.among("model", model, names_for(task))
    if known[model].task != task:
        raise UsageError(f"{model} is for {known[model].task}", expected=f"a model for {task}")


def _network(
    model: str,
    weights: WeightsOptions,
    options: DeviceOptions,
    sampling: Sampling | None,
    *,
    guarded: bool,
    recolours: bool,
    on_event: OnEvent,
) -> Loaded:
    from restorekit.inference.device import choose_devices, choose_precision, describe
    from restorekit.inference.make import make_restorer
    from restorekit.zoo.load import load_network

    devices = choose_devices(options.device)
    network = load_network(
        model,
        offline=weights.offline,
        trust_unverified=weights.trust_unverified,
        denoise_strength=weights.denoise_strength,
        on_event=on_event,
    )
    _check_tile(model, options.tile, network.overlap)
    restorers = tuple(
        make_restorer(
            network,
            name=model,
            device=device,
            precision=choose_precision(device, network, options.precision),
            tile=options.tile,
            sampling=sampling,
            self_ensemble=options.self_ensemble,
            guarded=guarded,
            recolours=recolours,
            on_note=lambda text: on_event(Notice(text)),
        )
        for device in devices
    )
    return Loaded(
        restorers,
        identity_of(model),
        {
            "model": model,
            "licence": licence_of(model),
            "device": ", ".join(describe(device) for device in devices),
            "precision": restorers[0].precision,
            "tile": restorers[0].tile,
            "overlap": network.overlap,
            **({"sampling": str(sampling or Sampling())} if network.diffusion else {}),
            **({"self_ensemble": "x8"} if options.self_ensemble else {}),
        },
    )


def _check_tile(model: str, tile: int | None, overlap: int) -> None:
    if tile and tile < overlap + NEW_AT_LEAST:
        raise UsageError(
            f"a tile of {tile} pixels is too small for {model}",
            expected=f"at least {overlap + NEW_AT_LEAST}: tiles share {overlap}",
            hint="0 for the whole picture",
        )
