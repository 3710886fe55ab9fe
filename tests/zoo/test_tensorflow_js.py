"""TensorFlow.js graph models: arrays found in their shards, and what is refused."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from bad_server import HASTY, Behaviour, entry_of, file_of

from restorekit.errors import CheckpointError
from restorekit.zoo.fetch import fetch_entry
from restorekit.zoo.sources import Source
from restorekit.zoo.tensorflow_js import read_graph_model

if TYPE_CHECKING:
    from pathlib import Path

KERNEL = np.arange(12, dtype=np.float32).reshape(3, 4) / 8 - 1
SCALAR = np.float32(0.1)
MODEL: dict[str, Any] = {
    "format": "graph-model",
    "weightsManifest": [
        {
            "paths": ["z.bin", "a.bin"],
            "weights": [
                {"name": "net/kernel", "shape": [3, 4], "dtype": "float32"},
                {"name": "net/axis", "shape": [2], "dtype": "int32"},
                {"name": "net/flag", "shape": [], "dtype": "bool"},
                {"name": "net/nothing", "shape": [0, 3], "dtype": "float32"},
                {"name": "net/scalar", "shape": [], "dtype": "float32"},
            ],
        }
    ],
}
DATA = KERNEL.astype("<f4").tobytes() + b"\1\0\0\0\2\0\0\0" + b"\1" + SCALAR.tobytes()


def read(folder: Path, model: object = MODEL, data: bytes = DATA, cut: int = 21):
    """The arrays; the shards are cut within a value, and have names of their own."""
    (folder / "model.json").write_text(json.dumps(model))
    (folder / "2").write_bytes(data[:cut])
    (folder / "1").write_bytes(data[cut:])
    return read_graph_model(folder / "model.json", [folder / "2", folder / "1"])


def test_arrays_by_name(tmp_path):
    found = read(tmp_path)
    assert list(found) == ["net/kernel", "net/nothing", "net/scalar"]
    np.testing.assert_array_equal(found["net/kernel"], KERNEL)
    assert found["net/nothing"].shape == (0, 3)
    assert found["net/scalar"] == SCALAR
    assert all(array.dtype == np.float32 for array in found.values())
    assert found["net/kernel"].flags.writeable


def test_groups_follow_one_another(tmp_path):
    one = {"paths": ["z.bin"], "weights": MODEL["weightsManifest"][0]["weights"][:1]}
    two = {"paths": ["a.bin"], "weights": MODEL["weightsManifest"][0]["weights"][1:]}
    found = read(tmp_path, {"weightsManifest": [one, two]}, cut=48)
    np.testing.assert_array_equal(found["net/kernel"], KERNEL)
    assert found["net/scalar"] == SCALAR


def changed(**values: Any) -> dict[str, Any]:
    model = copy.deepcopy(MODEL)
    model["weightsManifest"][0]["weights"][0].update(values)
    return model


@pytest.mark.parametrize(
    ("model", "data", "told"),
    [
        (MODEL, DATA[:-1], "end before net/scalar"),
        (
            MODEL,
            DATA + b"\0",
            f"do not belong to .*expected {len(DATA)} bytes, got {len(DATA) + 1}",
        ),
        (changed(dtype="uint8"), DATA, "array net/kernel cannot be read: .*got quantised uint8"),
        (changed(quantization={"scale": 1, "min": 0}), DATA, "got quantised float32"),
        (changed(shape=[3, -4]), DATA, r"no TensorFlow\.js model: got ValueError .*\(3, -4\)"),
        (changed(shape=["3"]), DATA, r"no TensorFlow\.js model"),
        (changed(shape=None), DATA, r"no TensorFlow\.js model: got TypeError"),
        ([], DATA, r"no TensorFlow\.js model: got TypeError"),
        ({}, DATA, r"no TensorFlow\.js model: got KeyError"),
        (
            {"weightsManifest": [{"paths": ["z.bin"], "weights": []}]},
            DATA,
            "has other shards: .* z.bin, got 2",
        ),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, model, data, told):
    with pytest.raises(CheckpointError, match=told) as info:
        read(tmp_path, model, data)
    assert "\n" not in str(info.value)


def test_no_json_and_no_file(tmp_path):
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"model\.json is no TensorFlow\.js model"):
        read_graph_model(tmp_path / "model.json", [])
    with pytest.raises(CheckpointError, match=r"none\.json is no TensorFlow\.js model"):
        read_graph_model(tmp_path / "none.json", [])
    read(tmp_path)
    with pytest.raises(CheckpointError, match=r"a shard cannot be read: got .*none"):
        read_graph_model(tmp_path / "model.json", [tmp_path / "2", tmp_path / "none"])


@pytest.mark.parametrize(
    ("architecture", "told"),
    [
        ("srvggnet-compact", "srvggnet-compact cannot be read from TensorFlow.js files"),
        ("maxim", "the graph is no MAXIM: got 0 stages and 0 resizes"),
    ],
)
def test_a_source_of_this_format(server, cache, architecture, told):
    parts = (("model.json", json.dumps(MODEL).encode()), ("z.bin", DATA[:21]), ("a.bin", DATA[21:]))
    files = tuple(file_of(server.put(f"/{name}", Behaviour(it)), it) for name, it in parts)
    source = Source("tfjs", "float32", files, None)
    entry = dataclasses.replace(entry_of(), sources=(source,), architecture=architecture)
    with pytest.raises(CheckpointError, match=told):
        fetch_entry(entry, cache, patience=HASTY)
