"""Variables out of MATLAB files, in which the authors of the first networks released them.

Both forms of file give the same: arrays with MATLAB's order of axes, without axes of one; structs
as objects with attributes; cells as lists; texts as ``str``.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path

HDF5 = b"\x89HDF\r\n\x1a\n"
HEADER = 512
"""Bytes of MATLAB's own before the HDF5 of version 7.3 begins."""


def read_matlab(path: Path) -> dict[str, Any]:
    """The variables of a MATLAB file of any version since 5, by name.

    Raises:
        CheckpointError: It is damaged, or no MATLAB file.
    """
    try:
        with path.open("rb") as file:
            file.seek(HEADER)
            newer = file.read(len(HDF5)) == HDF5
        return _version_7_3(path) if newer else _version_5(path)
    # The parsers raise whatever they stumble over in a damaged file.
    except Exception as error:
        raise CheckpointError(
            f"{path} is damaged or no MATLAB file",
            got=f"{type(error).__name__} {error}".split("\n", 1)[0][:200],
        ) from error


def _version_5(path: Path) -> dict[str, Any]:
    from scipy.io import loadmat

    with path.open("rb") as file:
        content: dict[str, Any] = loadmat(file, squeeze_me=True, struct_as_record=False)
    return {name: _plain(value) for name, value in content.items() if not name.startswith("__")}


def _plain(value: Any) -> Any:
    """What scipy gives, with its own structs and its arrays of objects taken away."""
    import numpy as np
    from scipy.io.matlab import mat_struct

    if isinstance(value, mat_struct):
        names: list[str] = value._fieldnames  # pyright: ignore[reportAttributeAccessIssue]  # noqa: SLF001 - it has no public one
        return SimpleNamespace(**{name: _plain(getattr(value, name)) for name in names})
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [_plain(it) for it in value.ravel()]
    return value


def _version_7_3(path: Path) -> dict[str, Any]:
    import h5py

    with h5py.File(path, "r") as file:
        names = [str(name) for name in file]
        return {name: _read(file[name], file) for name in names if not name.startswith("#")}


def _read(item: Any, file: Any) -> Any:
    import h5py
    import numpy as np

    if isinstance(item, h5py.Group):
        return SimpleNamespace(**{name: _read(it, file) for name, it in item.items()})
    if "MATLAB_empty" in item.attrs:
        return np.zeros(0)
    value = item[()]
    if value.dtype == object:  # a cell: references to its parts, column by column
        return [_read(file[it], file) for it in value.T.ravel(order="F")]
    if item.attrs.get("MATLAB_class") == b"char":
        return "".join(map(chr, value.ravel()))
    return np.squeeze(value.T)
