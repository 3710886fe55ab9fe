"""Tensors out of checkpoint files and into safetensors; code in a file is never run."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path

    import torch

# Where training tools put the network among other things, the averaged weights first.
WRAPPERS = ("params_ema", "params", "state_dict", "model_state_dict", "generator", "g_ema", "netG",
            "model", "net", "G")  # fmt: skip
PREFIX = "module."
SUFFIXES = frozenset({".pkl", ".pt", ".pth", ".safetensors"})


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint on the CPU, by the names that their network gave them.

    safetensors files and those of ``torch.save`` are told apart by their content. Of the latter
    only tensors and plain containers are read. What training tools wrap around the network
    (``params_ema``, ``state_dict``, ...) is taken off, and so is the prefix ``module.``. Values of
    half precision are given in float32.

    Raises:
        CheckpointError: The file is damaged, holds code, or holds no tensors.
    """
    content = _read_safetensors(path) if _is_safetensors(path) else _read_torch(path)
    tensors = _unwrapped(content)
    if not tensors:
        keys = ", ".join(sorted(map(str, content))[:5]) if isinstance(content, Mapping) else ""
        raise CheckpointError(
            f"{path} holds no network",
            expected="named tensors",
            got=keys or type(content).__name__,
        )
    if all(name.startswith(PREFIX) for name in tensors):
        tensors = {name[len(PREFIX) :]: value for name, value in tensors.items()}
    return {name: _full(value) for name, value in tensors.items()}


def parts_in(folder: Path) -> dict[str, Path]:
    """The files of a folder that may be parts of a network, by their names without suffix.

    Raises:
        CheckpointError: There are none.
    """
    parts = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES}
    if not parts:
        expected = f"files that end in {', '.join(sorted(SUFFIXES))}"
        raise CheckpointError(f"the folder {folder} holds no checkpoint", expected=expected)
    return parts


def read_parts(parts: Mapping[str, Path]) -> dict[str, torch.Tensor]:
    """The tensors of a network that its authors saved in parts, each behind the part's name.

    ``layer1.weight`` of the part ``encoder`` becomes ``encoder.layer1.weight``.

    Raises:
        CheckpointError: A file is damaged, holds code, or holds no tensors.
    """
    return {
        f"{part}.{name}": value
        for part, path in parts.items()
        for name, value in read_tensors(path).items()
    }


def read_arrays(path: Path) -> dict[str, torch.Tensor]:
    """The arrays of numbers in an .npz file; others, such as texts, are left out.

    Raises:
        CheckpointError: The file is damaged, is no .npz, or would need code of its own.
    """
    import numpy as np
    import torch

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    # A file that is no archive can fail in any way.
    except Exception as error:
        raise CheckpointError(
            f"{path} is damaged or no .npz", got=f"{type(error).__name__} {error}"[:200]
        ) from error
    return {name: torch.from_numpy(a) for name, a in arrays.items() if a.dtype.kind in "fiu"}


def write_safetensors(
    path: Path, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]
) -> None:
    """Write tensors and facts about them; ``path`` should be a temporary one."""
    from safetensors.torch import save_file

    # Views and shared storage cannot be written, contiguous copies can.
    own = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    path.touch()  # for its mode: the writer makes files that no one else may read
    mode = path.stat().st_mode
    save_file(own, path, metadata=dict(metadata))
    path.chmod(mode)


def _full(value: torch.Tensor) -> torch.Tensor:
    return value.float() if value.is_floating_point() and value.itemsize == 2 else value


def _is_safetensors(path: Path) -> bool:
    """Whether the file begins as safetensors do: eight bytes of length, then a JSON object."""
    try:
        with path.open("rb") as file:
            return file.read(9)[8:] == b"{"
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read", got=error.strerror) from error


def _is_torch(path: Path) -> bool:
    """Whether the file begins as those of ``torch.save`` do: a zip archive, or a pickle."""
    with path.open("rb") as file:
        return file.read(2) in {b"PK", b"\x80\x02"}


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path, device="cpu")
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is damaged", got=str(error)) from error


def _read_torch(path: Path) -> Any:
    import torch

    try:
        # An open file: of a path, torch would go by the suffix and not by the content.
        with path.open("rb") as file, warnings.catch_warnings():
            # About TorchScript archives, which are then refused with our own words.
            warnings.simplefilter("ignore")
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if not _is_torch(path):
            raise CheckpointError(f"{path} is no checkpoint") from error
        raise CheckpointError(
            f"{path} holds more than tensors and was not read: code in it could run",
            hint="ask for a safetensors file, or save its state_dict again where you trust it",
        ) from error
    # Torch reads a pickle by steps of its own, each of which fails in its own way at what is none.
    except Exception as error:
        raise CheckpointError(
            f"{path} is damaged or no checkpoint",
            got=f"{type(error).__name__} {error}".split("\n", 1)[0][:200],
        ) from error


def _unwrapped(content: Any) -> dict[str, torch.Tensor]:
    import torch

    while isinstance(content, Mapping):
        inner = cast("Mapping[str, Any]", content)
        tensors = {k: v for k, v in inner.items() if isinstance(v, torch.Tensor)}
        if tensors:
            return tensors
        wrapper = next((k for k in WRAPPERS if isinstance(inner.get(k), Mapping)), None)
        if wrapper is None:
            break
        content = inner[wrapper]
    return {}
