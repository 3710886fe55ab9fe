"""What a model is known by: its entry in the manifest, its licence, the hashes of its weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.files import sha256_of
from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache
from restorekit.zoo.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence


def entry_of(model: str) -> manifest.Entry | None:
    """Of a name; None for a file, and for what has no weights."""
    return next((entry for entry in manifest.entries() if entry.name == model), None)


def licence_of(model: str) -> str:
    """Of the weights that a name stands for."""
    entry = entry_of(model)
    return entry.licence if entry else "your own file"


def identity_of(model: str) -> str:
    """The sha256 of the weights, or of each of several, of a name or a file."""
    entry = entry_of(model)
    if entry is None:
        from restorekit.zoo.load import files_of

        return "+".join(map(sha256_of, files_of(Path(model))))
    if (path := shipped(entry)) is not None:
        return sha256_of(path)
    found: Sequence[str | None] = (model, entry.twin)
    records = [Cache().record(name) for name in found if name]
    return "+".join(record.sha256 for record in records if record)
