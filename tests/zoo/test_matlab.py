"""MATLAB files of both forms say the same; damaged ones are told in one line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from restorekit.errors import CheckpointError
from restorekit.zoo.matlab import HEADER, read_matlab

if TYPE_CHECKING:
    from pathlib import Path

KERNEL = np.arange(3 * 3 * 2 * 4, dtype=np.float32).reshape(3, 3, 2, 4)


def version_5(path: Path) -> None:
    cell = np.empty((1, 2), object)
    cell[0, 0], cell[0, 1] = KERNEL, np.arange(4.0)[None]
    layers = np.empty((1, 2), object)
    layers[0, 0] = {"type": "conv", "weights": cell}
    layers[0, 1] = {"type": "relu", "leak": 0.0}
    savemat(path, {"net": {"layers": layers}, "alone": np.array([[2.5]])})


def version_7_3(path: Path) -> None:
    with h5py.File(path, "w", userblock_size=HEADER) as file:
        parts = file.create_group("#refs#")

        def text(group: h5py.Group, value: str) -> None:
            item = group.create_dataset("type", data=np.array([[ord(it)] for it in value], "u2"))
            item.attrs["MATLAB_class"] = np.bytes_("char")

        def cell(group: h5py.Group, name: str, items: list[h5py.Dataset | h5py.Group]) -> None:
            references = np.array([[it.ref] for it in items], h5py.ref_dtype)
            group.create_dataset(name, data=references, dtype=h5py.ref_dtype)

        kernel = parts.create_dataset("k", data=KERNEL.T)
        bias = parts.create_dataset("b", data=np.arange(4.0)[:, None])
        convolution, relu = parts.create_group("c"), parts.create_group("r")
        text(convolution, "conv")
        cell(convolution, "weights", [kernel, bias])
        text(relu, "relu")
        relu.create_dataset("leak", data=np.zeros((1, 1)))
        nothing = relu.create_dataset("weights", data=np.zeros(2, "u8"))
        nothing.attrs["MATLAB_empty"] = 1
        cell(file.create_group("net"), "layers", [convolution, relu])
        file.create_dataset("alone", data=np.array([[2.5]]))
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


@pytest.mark.parametrize("write", [version_5, version_7_3])
def test_both_forms_say_the_same(tmp_path: Path, write: object) -> None:
    assert callable(write)
    write(tmp_path / "a.mat")
    found = read_matlab(tmp_path / "a.mat")
    assert sorted(found) == ["alone", "net"]
    assert float(found["alone"]) == 2.5
    convolution, relu = found["net"].layers
    assert isinstance(convolution, SimpleNamespace)
    assert (convolution.type, relu.type) == ("conv", "relu")
    assert float(relu.leak) == 0
    kernel, bias = convolution.weights
    np.testing.assert_array_equal(kernel, KERNEL)
    np.testing.assert_array_equal(bias, np.arange(4))


def test_what_is_empty_has_no_numbers(tmp_path: Path) -> None:
    version_7_3(tmp_path / "a.mat")
    assert read_matlab(tmp_path / "a.mat")["net"].layers[1].weights.size == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MATLAB 5.0 MAT-file" + bytes(200),
        b"\x89HDF\r\n\x1a\n",
        b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(64),
    ],
)
def test_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a\.mat is damaged or no MATLAB file: got") as info:
        read_matlab(tmp_path / "a.mat")
    assert "\n" not in str(info.value)


def test_a_cut_off_file(tmp_path: Path) -> None:
    for write in (version_5, version_7_3):
        write(tmp_path / "a.mat")
        whole = (tmp_path / "a.mat").read_bytes()
        (tmp_path / "a.mat").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(CheckpointError, match="damaged"):
            read_matlab(tmp_path / "a.mat")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="FileNotFoundError"):
        read_matlab(tmp_path / "a.mat")
