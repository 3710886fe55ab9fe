from __future__ import annotations

import argparse
import os
import pickle
from typing import TYPE_CHECKING

import pytest
import torch

from restorekit.errors import CheckpointError
from restorekit.zoo.checkpoint import read_tensors, write_safetensors

if TYPE_CHECKING:
    from pathlib import Path

TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.tensor([1.5])}


def same(found) -> bool:
    return found.keys() == TENSORS.keys() and all(
        torch.equal(found[key], TENSORS[key]) for key in TENSORS
    )


@pytest.mark.parametrize(
    "content",
    [
        TENSORS,
        {"params": {"x": torch.zeros(1)}, "params_ema": TENSORS},
        {"params": TENSORS},
        {"epoch": 3, "state_dict": TENSORS, "optimizer": {"lr": 0.1}},
        {"generator": {"params": TENSORS}},
        {"D": {"x": torch.zeros(1)}, "G": TENSORS},
        {"state_dict": {f"module.{key}": value for key, value in TENSORS.items()}},
    ],
    ids=["plain", "averaged first", "params", "training state", "nested", "G and D", "module."],
)
@pytest.mark.parametrize("legacy", [False, True])
def test_wrappers_come_off(tmp_path, content, legacy):
    path = tmp_path / "x.pth"
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    assert same(read_tensors(path))


def test_safetensors_whatever_the_suffix(tmp_path):
    path = tmp_path / "x.bin"
    write_safetensors(path, TENSORS, {"name": "toy"})
    assert same(read_tensors(path))


def test_views_and_shared_tensors_can_be_written(tmp_path):
    path = tmp_path / "x.safetensors"
    base = torch.arange(6.0).reshape(2, 3)
    write_safetensors(path, {"a": base.t(), "b": base, "c": base[0]}, {})
    found = read_tensors(path)
    assert torch.equal(found["a"], base.t())
    assert torch.equal(found["c"], base[0])


class Bomb:
    """What a pickle may do when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("form", ["zip", "legacy", "bare pickle"])
def test_malicious_pickle_is_refused_in_one_line_and_does_not_run(tmp_path, form):
    path, crater = tmp_path / "x.pth", tmp_path / "crater"
    content = {"params": TENSORS, "extra": Bomb(crater)}
    if form == "bare pickle":
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(CheckpointError, match="code in it could run") as info:
        read_tensors(path)
    assert "\n" not in str(info.value)
    assert not crater.exists()


def test_whole_modules_and_options_are_refused(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"params": TENSORS, "options": argparse.Namespace(lr=1)}, path)
    with pytest.raises(CheckpointError, match="more than tensors"):
        read_tensors(path)
    torch.save(torch.nn.Linear(2, 2), path)
    with pytest.raises(CheckpointError, match="more than tensors"):
        read_tensors(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "damaged"),
        (b"hello, I am a photo", "no checkpoint"),
        (b"\0" * 64, "no checkpoint"),
    ],
)
def test_files_that_are_none(tmp_path, content, told):
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=told) as info:
        read_tensors(path)
    assert str(path) in str(info.value)
    assert "\n" not in str(info.value)


@pytest.mark.parametrize("kind", ["torch", "legacy", "safetensors"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_files(tmp_path, kind, share):
    path = tmp_path / "x"
    if kind == "safetensors":
        write_safetensors(path, TENSORS, {})
    else:
        torch.save(TENSORS, path, _use_new_zipfile_serialization=kind == "torch")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(CheckpointError) as info:
        read_tensors(path)
    assert "\n" not in str(info.value)


def test_no_tensors_and_no_file(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"epoch": 3, "lr": 0.1}, path)
    with pytest.raises(CheckpointError, match="expected named tensors, got epoch, lr"):
        read_tensors(path)
    torch.save([1, 2], path)
    with pytest.raises(CheckpointError, match="got list"):
        read_tensors(path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_tensors(tmp_path / "nothing.pth")
