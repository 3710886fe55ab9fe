from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from restorekit.errors import CheckpointError
from restorekit.zoo.ncnn import parse_param, read_graph

SHARED = Path(__file__).parents[3] / "shared" / "weights" / "realesr-general-x4v3"
GRAPH = """7767517
3 3
Input in 0 1 data
Convolution conv 1 1 data a 0=2 1=3 4=1 5=1 6=54 9=2 -23310=1,2.000000e-01
PReLU act 1 1 a out 0=2
"""
KERNEL = np.arange(54, dtype=np.float32).reshape(2, 3, 3, 3) / 8 - 3
BIAS, SLOPES = np.float32([0.1, -7]), np.float32([0.25, 1e-3])
FLOAT16, INT8 = 0x01306B47, 0x000D4B38


def weights(kernel: bytes, flag: int = FLOAT16) -> bytes:
    return struct.pack("<I", flag) + kernel + BIAS.tobytes() + SLOPES.tobytes()


HALF = KERNEL.astype("<f2").tobytes()


def read(tmp_path: Path, data: bytes, text: str = GRAPH):
    param, binary = tmp_path / "net.param", tmp_path / "net.bin"
    param.write_text(text)
    binary.write_bytes(data)
    return read_graph(param, binary)


@pytest.mark.parametrize(
    "data", [weights(HALF), weights(KERNEL.tobytes(), 0)], ids=["float16", "float32"]
)
def test_layers_and_weights(tmp_path, data):
    entrance, conv, act = read(tmp_path, data)
    assert (entrance.kind, entrance.inputs, entrance.outputs) == ("Input", (), ("data",))
    assert (conv.name, conv.inputs, conv.outputs) == ("conv", ("data",), ("a",))
    assert conv.parameters == {0: 2, 1: 3, 4: 1, 5: 1, 6: 54, 9: 2, 10: [0.2]}
    np.testing.assert_array_equal(conv.weights[0], KERNEL)
    np.testing.assert_array_equal(conv.weights[1], BIAS)
    np.testing.assert_array_equal(act.weights[0], SLOPES)
    assert all(array.dtype == np.float32 for array in (*conv.weights, *act.weights))


def test_float16_is_padded_to_four_bytes(tmp_path):
    text = "7767517\n2 2\nInput in 0 1 data\nConvolution c 1 1 data out 0=1 1=3 11=1 5=1 6=3\n"
    kernel = np.float16([1, 2, 3]).tobytes() + b"\0\0"
    data = struct.pack("<I", FLOAT16) + kernel + np.float32([9]).tobytes()
    conv = read(tmp_path, data, text)[1]
    assert conv.weights[0].shape == (1, 1, 1, 3)
    assert conv.weights[0].ravel().tolist() == [1, 2, 3]
    assert conv.weights[1].tolist() == [9]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (weights(HALF)[:-1], "ends before layer act: expected at least 128 bytes, got 127"),
        (weights(HALF)[:40], "ends before layer conv"),
        (weights(HALF) + b"\0", "does not belong to this graph: expected 128 bytes, got 129"),
        (weights(HALF, INT8), "quantised: expected float16 or float32, got flag 0x000D4B38"),
        (weights(HALF, 5), "quantised"),
        (b"", "ends before layer conv"),
    ],
)
def test_weights_that_do_not_fit(tmp_path, data, told):
    with pytest.raises(CheckpointError) as info:
        read(tmp_path, data)
    assert told in str(info.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("7767517", "7767516", "is no ncnn graph"),
        ("3 3", "4 3", "expected 4 layers and 3 blobs, got 3 and 3"),
        ("3 3", "x", "is no ncnn graph"),
        ("PReLU act 1 1 a", "PReLU act 1 1 b", "layer act reads b"),
        ("PReLU act 1 1 a out 0=2", "Deconvolution act 1 1 a out 0=2", "got Deconvolution"),
        ("6=54", "6=53", "impossible number of weights: expected a multiple of 18, got 53"),
        ("9=2", "8=1", "quantised"),
        ("9=2", "nine", "is no ncnn graph"),
        ("-23310=1,", "-23310=2,", "has 1 values of 2"),
        ("1 1 a out 0=2", "1 9 a out", "names 2 blobs of 10"),
    ],
)
def test_graphs_that_do_not_fit(tmp_path, old, new, told):
    assert old in GRAPH
    with pytest.raises(CheckpointError) as info:
        read(tmp_path, weights(HALF), GRAPH.replace(old, new))
    assert told in str(info.value)
    assert "\n" not in str(info.value)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared weights are not here")
@pytest.mark.parametrize("stem", ["RealESRGAN_General_x4_v3", "RealESRGAN_General_WDN_x4_v3"])
def test_real_files_against_their_graph(stem):
    param = SHARED / f"{stem}.param"
    layers = read_graph(param, SHARED / f"{stem}.bin")
    assert [layer._replace(weights=()) for layer in layers] == parse_param(param.read_text(), stem)
    convolutions = [layer for layer in layers if layer.kind == "Convolution"]
    assert len(convolutions) == 34
    for layer in convolutions:
        assert layer.weights[0].size == layer.parameters[6]
        assert layer.weights[1].shape == (layer.parameters[0],)
    values = np.concatenate([array.ravel() for layer in layers for array in layer.weights])
    assert values.size == 1_213_296
    assert np.isfinite(values).all()
    assert 0.01 < values.std() < 1
