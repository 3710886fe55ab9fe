"""A folder of photos as a database of examples: gathered once for each scale, and kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import filelock
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from restorekit.classical import _example_pairs
from restorekit.classical._examples import Examples, Pairs
from restorekit.errors import UsageError
from restorekit.files import unwritable, whole
from restorekit.images.formats import READABLE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSION = 1
"""Of how examples are gathered and kept; higher, and all are gathered anew."""
MOST_PHOTOS = 1000
"""That a database is made from; of a larger folder some, drawn by chance."""
MOST_KEPT = 8
"""Databases that are kept; the ones that were used longest ago go first."""


@dataclass(frozen=True)
class ExampleFolder:
    """Where examples come from."""

    photos: tuple[Path, ...]
    identity: str
    """Changes whenever a photo is added, removed or changed, or the way examples are gathered."""
    kept: Path | None
    """The folder for what was gathered; None: it is not kept."""
    on_note: Callable[[str], None]
    """Told what takes time, and which photos cannot serve."""
    most: int
    """Pairs of the database."""
    _gathered: dict[int, Examples] = field(default_factory=dict[int, Examples])

    def at(self, scale: int) -> Examples:
        """The examples for a scale of at least 2; gathered, read or remembered.

        Raises:
            UsageError: No photo can serve.
            OutputError: They cannot be kept.
        """
        if scale not in self._gathered:
            self._gathered[scale] = Examples(self._pairs(scale))
        return self._gathered[scale]

    def _pairs(self, scale: int) -> Pairs:
        if self.kept is None:
            return self._gather(scale)
        path = self.kept / f"{self.identity}-x{scale}.safetensors"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Two processes that want the same examples gather them once.
            with filelock.FileLock(path.with_suffix(".lock")):
                pairs = self._read(path) if path.exists() else None
                if pairs is None:
                    pairs = self._gather(scale)
                    with whole(path) as partial:
                        write(pairs, partial)
                    forget(self.kept)
                path.touch()
        except OSError as error:
            raise unwritable(path, error) from error
        return pairs

    def _read(self, path: Path) -> Pairs | None:
        pairs = read(path)
        if pairs is None:
            self.on_note(f"{path} is damaged: the examples are gathered anew")
        return pairs

    def _gather(self, scale: int) -> Pairs:
        self.on_note(f"gathering examples at scale {scale} from {len(self.photos)} photos")
        return _example_pairs.pairs_of(
            self.photos,
            scale,
            most=self.most,
            draw=np.random.default_rng(scale),
            on_note=self.on_note,
        )


def example_folder(
    folder: Path,
    *,
    kept: Path | None,
    on_note: Callable[[str], None],
    most: int,
) -> ExampleFolder:
    """The photos in ``folder`` and the folders in it, told by their suffixes.

    Raises:
        UsageError: There is no such folder, or no photo in it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", expected="one with photos to learn from")
    photos = [path for path in sorted(folder.rglob("*")) if _is_photo(path, folder)]
    if not photos:
        raise UsageError(f"no photo in {folder}", expected="files such as .jpg, .png or .tif")
    if len(photos) > MOST_PHOTOS:
        on_note(f"{folder} has {len(photos)} photos: {MOST_PHOTOS} of them serve")
        draw = np.random.default_rng(len(photos))
        chosen = draw.choice(len(photos), MOST_PHOTOS, replace=False)
        photos = [photos[it] for it in sorted(chosen)]
    stats = [(path.relative_to(folder).as_posix(), path.stat()) for path in photos]
    facts = [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]
    identity = hashlib.sha256(json.dumps([VERSION, most, facts]).encode()).hexdigest()[:32]
    return ExampleFolder(tuple(photos), identity, kept, on_note, most)


def write(pairs: Pairs, path: Path) -> None:
    """Write pairs as safetensors, with a hash of their bytes."""
    save_file(dict(pairs._asdict()), path, {"sha256": _digest(pairs)})


def read(path: Path) -> Pairs | None:
    """The pairs in a file, or None where it is not what was written."""
    try:
        with safe_open(path, "np") as file:
            pairs = Pairs(*(file.get_tensor(name) for name in Pairs._fields))
            promised = (file.metadata() or {}).get("sha256")
    except (SafetensorError, OSError, ValueError):
        return None
    return pairs if _digest(pairs) == promised else None


def forget(kept: Path) -> None:
    """Remove the databases that were used longest ago, all but ``MOST_KEPT``."""
    files = sorted(kept.glob("*.safetensors"), key=lambda it: it.stat().st_mtime_ns)
    for path in files[:-MOST_KEPT]:
        path.unlink(missing_ok=True)


def _digest(pairs: Pairs) -> str:
    digest = hashlib.sha256()
    for part in pairs:
        digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()


def _is_photo(path: Path, folder: Path) -> bool:
    inner = path.relative_to(folder).parts
    return (
        path.suffix.lower() in READABLE_SUFFIXES
        and not any(part.startswith(".") for part in inner)
        and path.is_file()
    )
