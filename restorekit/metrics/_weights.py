"""The tensors of a metric out of the files that ``restorekit.zoo`` keeps."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import torch

    Arrays = dict[str, npt.NDArray[np.float64]]


def read_arrays(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Arrays:
    """The arrays called as in ``shapes``, in float64.

    Args:
        path: A safetensors file.
        shapes: The shape that each must have.

    Raises:
        CheckpointError: The file is no such file, or holds something else.
    """
    import numpy as np
    from safetensors.numpy import load_file

    with _readable(path):
        found = load_file(path)
    wrong = {
        name: found[name].shape if name in found else "nothing"
        for name, shape in shapes.items()
        if name not in found or found[name].shape != shape
    }
    if wrong:
        raise CheckpointError(
            f"{path} holds something else",
            expected=", ".join(f"{name} {shapes[name]}" for name in wrong),
            got=", ".join(map(str, wrong.values())),
        )
    arrays = {name: found[name].astype(np.float64) for name in shapes}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise CheckpointError(f"{path} holds numbers that are not finite")
    return arrays


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """All tensors of a safetensors file.

    Raises:
        CheckpointError: The file is no such file.
    """
    from safetensors.torch import load_file

    with _readable(path):
        return load_file(path)


@contextlib.contextmanager
def _readable(path: Path) -> Generator[None]:
    from safetensors import SafetensorError

    try:
        yield
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} cannot be read", got=str(error)) from error


@contextlib.contextmanager
def matching(path: Path) -> Generator[None]:
    """Tell a network whose tensors have other names or shapes as what it is.

    Raises:
        CheckpointError: It is another network than the one that is built inside.
    """
    try:
        yield
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} holds another network", got=str(error).split("\n")[-1].strip()
        ) from error


def fill(module: torch.nn.Module, path: Path, names: Mapping[str, str]) -> None:
    """Put tensors of a file into a network, which may be made of ``meta`` tensors.

    Args:
        module: The network, which does not learn any more.
        path: A safetensors file.
        names: For each of the network's tensors its name in the file.

    Raises:
        CheckpointError: The file is no such file, or is of another network.
    """
    found = read_tensors(path)
    with matching(path):
        module.load_state_dict({own: found[name] for own, name in names.items()}, assign=True)
    module.requires_grad_(requires_grad=False).eval()
