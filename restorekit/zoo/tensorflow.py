"""Reading the variables that TensorFlow saves beside a model: a table of names, and their bytes.

``variables.index`` of a saved model, ``NAME-STEP.index`` of a checkpoint, is a sorted table in the
format of LevelDB: blocks of keys, each key given as what it shares with the one before and what
follows; a last block that says where the others lie; a footer that says where that one lies. Each
value is a protocol buffer that says where the variable's bytes lie in the file whose name goes on
with ``.data-00000-of-00001`` instead. Nothing else of the model is read.
"""

from __future__ import annotations

import contextlib
import math
import struct
import zipfile
from typing import TYPE_CHECKING, NamedTuple

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    import torch

INDEX = ".index"
FOOTER, MAGIC = 48, struct.pack("<Q", 0xDB4775248B80FB57)
FLOAT32 = 1
"""TensorFlow's number of the type; others, such as the count of training steps, are no weights."""
LENGTHS = {1: 8, 5: 4}
"""Bytes of the protocol buffers' types of a fixed length."""
Message = dict[int, list[int | bytes]]
"""The values of each numbered field, in their order."""


class _Variable(NamedTuple):
    dtype: int
    shape: tuple[int, ...]
    shard: int
    start: int
    size: int
    sliced: bool


def holds_variables(path: Path) -> bool:
    """Whether a saved model or a checkpoint of TensorFlow is in this zip archive or folder."""
    try:
        with _members(path) as (names, _):
            return any(name.endswith(INDEX) for name in names)
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def variable_files(folder: Path) -> list[Path]:
    """The files of a checkpoint that lies in a folder: its index, and its data."""
    index = folder / _only_index([it.name for it in folder.iterdir()])
    return [index, *sorted(folder.glob(f"{index.stem}.data-*"))]


def read_saved_model(path: Path) -> dict[str, torch.Tensor]:
    """The float32 variables of a saved model, by the names that they have in its graph.

    Args:
        path: A zip archive with one saved model or one checkpoint, in whatever folder, or the
            folder itself.

    Raises:
        CheckpointError: It is damaged, or holds no saved model.
    """
    try:
        with _members(path) as (names, read):
            index = _only_index(names)
            table = dict(_table(read(index)))
            (shards,) = _fields(table.pop(b""))[1]
            stem = index.removesuffix("index")
            data = [read(f"{stem}data-{i:05}-of-{shards:05}") for i in range(_int(shards))]
        variables = {key.decode(): _variable(value) for key, value in table.items()}
        return {
            name: _tensor(it, data[it.shard])
            for name, it in variables.items()
            if it.dtype == FLOAT32
        }
    except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile, struct.error) as error:
        raise CheckpointError(
            f"{path} is damaged or no saved model of TensorFlow",
            got=f"{type(error).__name__} {error}"[:200],
        ) from error


@contextlib.contextmanager
def _members(path: Path) -> Generator[tuple[Sequence[str], Callable[[str], bytes]]]:
    """The names in an archive or a folder, and what reads one."""
    if path.is_dir():
        yield [it.name for it in path.iterdir()], lambda name: (path / name).read_bytes()
    else:
        with zipfile.ZipFile(path) as archive:
            yield archive.namelist(), archive.read


def _only_index(names: Sequence[str]) -> str:
    found = [name for name in names if name.endswith(INDEX)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} tables of variables instead of one")
    return found[0]


def _table(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a sorted table."""
    footer = content[-FOOTER:]
    if not footer.endswith(MAGIC):
        raise ValueError("the index is no table")
    _, place = _handle(footer, 0)
    (start, size), _ = _handle(footer, place)
    for _, handle in _block(content, start, size):
        (start, size), _ = _handle(handle, 0)
        yield from _block(content, start, size)


def _block(content: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if content[start + size] != 0:
        raise ValueError("a block of the table is compressed")
    block = content[start : start + size]
    (restarts,) = struct.unpack("<I", block[-4:])
    end, place, key = size - 4 * (restarts + 1), 0, b""
    while place < end:
        shared, place = _varint(block, place)
        added, place = _varint(block, place)
        length, place = _varint(block, place)
        key = key[:shared] + block[place : place + added]
        place += added + length
        yield key, block[place - length : place]


def _handle(data: bytes, place: int) -> tuple[tuple[int, int], int]:
    """Where a block lies and its size, and the place after what says so."""
    start, place = _varint(data, place)
    size, place = _varint(data, place)
    return (start, size), place


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and the place after it."""
    number, shift = 0, 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place


def _fields(message: bytes) -> Message:
    found: Message = {}
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        value: int | bytes
        if tag & 7 == 0:
            value, place = _varint(message, place)
        else:
            length = LENGTHS.get(tag & 7)
            if length is None:
                length, place = _varint(message, place)
            value, place = message[place : place + length], place + length
        found.setdefault(tag >> 3, []).append(value)
    return found


def _variable(message: bytes) -> _Variable:
    """What a BundleEntryProto says; fields that are zero are left out of it."""
    fields = _fields(message)
    dtype, shard, start, size = (_int(fields.get(n, [0])[0]) for n in (1, 3, 4, 5))
    dimensions = [_fields(_bytes(it)) for it in _fields(_bytes(fields.get(2, [b""])[0])).get(2, [])]
    shape = tuple(_int(it.get(1, [0])[0]) for it in dimensions)
    return _Variable(dtype, shape, shard, start, size, sliced=7 in fields)


def _tensor(variable: _Variable, data: bytes) -> torch.Tensor:
    import numpy as np
    import torch

    if variable.sliced or variable.size != 4 * math.prod(variable.shape):
        raise ValueError(f"a variable of shape {variable.shape} has {variable.size} bytes")
    values = np.frombuffer(data, "<f4", math.prod(variable.shape), variable.start)
    return torch.from_numpy(values.astype(np.float32).reshape(variable.shape))


def _int(value: int | bytes) -> int:
    if isinstance(value, int):
        return value
    raise TypeError("bytes instead of a number")


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    raise TypeError("a number instead of bytes")
