"""A name or a file becomes a network that is ready to run."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restorekit.errors import CheckpointError, UsageError
from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache
from restorekit.zoo.checkpoint import parts_in, read_parts, read_tensors
from restorekit.zoo.events import OnEvent, unheard
from restorekit.zoo.fetch import ARCHITECTURES, fetch_entry
from restorekit.zoo.matlab import read_matlab
from restorekit.zoo.ncnn import read_graph
from restorekit.zoo.tensorflow import holds_variables, read_saved_model, variable_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from restorekit.contracts import GraphLayer, Network
    from restorekit.zoo.manifest import Entry


def load_network(
    name_or_path: str | Path,
    *,
    offline: bool = False,
    trust_unverified: bool = False,
    denoise_strength: float | None = None,
    on_event: OnEvent = unheard,
    cache: Cache | None = None,
) -> Network:
    """The network that a name or a file stands for, with its weights, on the CPU in float32.

    A text without a folder and without a suffix is a name of the manifest if there is one; anything
    else is a file: safetensors, what ``torch.save`` wrote, a zipped saved model of TensorFlow, a
    MATLAB ``.mat``, or ncnn's ``.param`` beside its ``.bin``. Files may hold any network of the
    project, and the first two any restoration network of spandrel. A folder stands for a network
    whose authors saved it in parts, or for a checkpoint of TensorFlow, and lies behind a slash:
    ``dmphn/``.

    Args:
        name_or_path: Such as ``realesrgan-x4plus`` or ``./mine.safetensors``.
        offline: Use only what is on this machine.
        trust_unverified: Accept files that the manifest knows no sha256 of.
        denoise_strength: From 0, which keeps noise and grain, to 1: the share of the weights
            themselves, the rest being their twin's. Only for names that have a twin. None: 1.
        on_event: Told what happens, line by line, and how far downloads are.
        cache: Where weights are kept; the user's cache folder if None.

    Raises:
        UsageError: The name and a file are the same word, the file does not exist, or
            ``denoise_strength`` is out of range or for weights without a twin.
        UnknownNameError: It is neither a name nor a file.
        WeightsError: The weights cannot be had; see :func:`restorekit.zoo.fetch.fetch`.
        CheckpointError: The file holds no network that is known.
    """
    entry = _resolved(name_or_path)
    if isinstance(entry, Path):
        if denoise_strength is not None:
            raise _no_twin(entry.name)
        return open_network(entry)
    if denoise_strength is not None and entry.twin is None:
        raise _no_twin(entry.name)
    parts = _parts(entry, 1.0 if denoise_strength is None else denoise_strength)
    tensors = [
        read_tensors(
            fetch_entry(
                part,
                cache or Cache(),
                offline=offline,
                trust_unverified=trust_unverified,
                on_event=on_event,
            )
        )
        for part in parts
    ]
    # Copying 17 million weights to multiply them by one would take seconds.
    only = tensors[0] if len(tensors) == 1 else blend(tensors, list(parts.values()))
    return _built(entry, only)


def open_network(path: Path) -> Network:
    """The network in a file or a folder of the user; see :func:`load_network`.

    Raises:
        CheckpointError: The file is damaged, or holds no network that is known; or a file of
            several is missing.
    """
    try:
        return _opened(path)
    except CheckpointError as error:
        if path.is_dir() and (lacking := _lacking(path)):
            raise lacking from error
        raise


def files_of(path: Path) -> list[Path]:
    """The files that a network of the user is read from: the file itself, or those in a folder.

    Raises:
        CheckpointError: There are none in the folder.
    """
    if not path.is_dir():
        return [path]
    return variable_files(path) if holds_variables(path) else list(parts_in(path).values())


def _opened(path: Path) -> Network:
    graph = path.with_suffix(".param")
    if path.suffix in {".param", ".bin"} and graph.is_file():
        return _from_graph(read_graph(graph, path.with_suffix(".bin")), str(path))
    if path.suffix == ".mat":
        return _from_matlab(read_matlab(path), str(path))
    tensors = _tensors(path)
    for architecture in ARCHITECTURES:
        if architecture.detect(tensors):
            # A variant that the project's own module cannot hold may be one that spandrel knows.
            with contextlib.suppress(CheckpointError):
                return architecture.build(tensors)
    from restorekit.zoo.foreign import open_foreign

    return open_foreign(tensors, str(path))


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    if holds_variables(path):
        return read_saved_model(path)
    return read_parts(parts_in(path)) if path.is_dir() else read_tensors(path)


def _lacking(folder: Path) -> CheckpointError | None:
    """What is said of a folder that holds some files of a network, and not all; else None."""
    here = {path.name for path in folder.iterdir()}
    for entry in manifest.entries():
        for source in entry.sources:
            names = [file.name for file in source.files]
            missing = [name for name in names if name not in here]
            if source.by_hand is not None and 0 < len(missing) < len(names):
                return CheckpointError(
                    f"the folder {folder} lacks {', '.join(missing)}",
                    hint=f"{entry.name} is in {len(names)} files: {source.by_hand.page}",
                )
    return None


def blend(
    state_dicts: Sequence[Mapping[str, torch.Tensor]], shares: Sequence[float]
) -> dict[str, torch.Tensor]:
    """The weighted sum of state dicts of one network.

    Raises:
        CheckpointError: They are not of one network.
    """
    import torch

    first = state_dicts[0]
    shapes = [{key: value.shape for key, value in one.items()} for one in state_dicts]
    if any(one != shapes[0] for one in shapes):
        raise CheckpointError("weights of different networks cannot be blended")
    return {
        key: sum(
            (share * one[key] for share, one in zip(shares, state_dicts, strict=True)),
            start=torch.zeros_like(first[key]),
        )
        for key in first
    }


def _resolved(text: str | Path) -> Entry | Path:
    path = Path(text)
    names = {entry.name: entry for entry in manifest.entries()}
    if isinstance(text, Path) or path.suffix or path.name != text:
        if not path.exists():
            hint = f"{path.stem} without a suffix is a model" if path.stem in names else None
            raise UsageError(f"there is no file {path}", hint=hint)
        return path
    if text in names and path.is_file():
        raise UsageError(
            f"{text!r} is both a model and a file in this folder",
            hint=f"write ./{text} for the file; for the model, rename the file",
        )
    if text not in names and path.exists():
        return path
    return manifest.entry(text)


def _parts(entry: Entry, strength: float) -> dict[Entry, float]:
    """What to blend, each with its share; a share of nothing is left out."""
    if not 0 <= strength <= 1:
        raise UsageError("denoise strength", expected="0 to 1", got=f"{strength:g}")
    if entry.twin is None or strength == 1:
        return {entry: 1.0}
    twin = manifest.entry(entry.twin)
    return {twin: 1.0} if strength == 0 else {entry: strength, twin: 1 - strength}


def _no_twin(name: str) -> UsageError:
    known = [entry.name for entry in manifest.entries() if entry.twin is not None]
    return UsageError(
        f"{name} has no adjustable denoise strength", hint=f"{' and '.join(known)} has"
    )


def _built(entry: Entry, tensors: Mapping[str, torch.Tensor]) -> Network:
    network = ARCHITECTURES[entry.architecture].build(tensors)
    if network.at_scale is not None:
        network = network.at_scale(entry.scale)
    promised = _words(entry.scale, entry.channels, entry.told)
    kernel, sigma = network.kernel_maps is not None, network.noise_map
    told = ("kernel",) * kernel + ("sigma",) * sigma
    found = _words(network.scale, network.channels, told)
    if promised != found:
        raise CheckpointError(
            f"{entry.name} is not what the manifest says", expected=promised, got=found
        )
    return network


def _words(scale: int, channels: int, told: Sequence[str]) -> str:
    return f"scale {scale}, {channels} channels" + f", told {' and '.join(told)}" * bool(told)


def _from_graph(layers: list[GraphLayer], origin: str) -> Network:
    for architecture in ARCHITECTURES:
        if architecture.from_graph is not None:
            with contextlib.suppress(CheckpointError):
                return architecture.build(architecture.from_graph(layers))
    kinds = ", ".join(sorted({layer.kind for layer in layers}))
    raise CheckpointError(f"{origin} holds no network that is known", got=f"layers {kinds}")


def _from_matlab(content: Mapping[str, Any], origin: str) -> Network:
    for architecture in ARCHITECTURES:
        if architecture.from_matlab is not None:
            with contextlib.suppress(CheckpointError):
                return architecture.build(architecture.from_matlab(content))
    raise CheckpointError(
        f"{origin} holds no network that is known", got=f"variables {', '.join(content)}"
    )
