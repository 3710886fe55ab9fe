"""What metrics measure with comes through the same store, and only what is of use is kept."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from bad_server import HASTY, Behaviour, file_of, metric_weights_of
from hand_placed import SHARED_METRICS

from restorekit.errors import CheckpointError
from restorekit.zoo.cache import Cache
from restorekit.zoo.checkpoint import read_arrays, read_tensors
from restorekit.zoo.fetch import fetch, fetch_entry


def saved(tensors: dict[str, torch.Tensor]) -> bytes:
    file = io.BytesIO()
    torch.save(tensors, file)
    return file.getvalue()


def archive(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


BACKBONE = saved({"features.0.weight": torch.ones(2, 3), "classifier.1.weight": torch.ones(500)})


def served(server, body: bytes, **options):
    return metric_weights_of(file_of(server.put("/tiny", Behaviour(body)), body), **options)


def test_only_what_is_needed_is_kept(server, cache):
    weights = served(server, BACKBONE, keep=("features.",))
    told = []
    path = fetch_entry(weights, cache, on_event=told.append, patience=HASTY)
    assert list(read_tensors(path)) == ["features.0.weight"]
    assert path.stat().st_size < len(BACKBONE) / 2
    assert told[0].text.startswith("downloading tiny (MIT, ")
    assert cache.holds(weights)
    assert [found.problem for found in cache.verify()] == [None]


def test_another_network_is_refused(server, cache):
    weights = served(server, BACKBONE, keep=("features.", "Mixed_"))
    with pytest.raises(CheckpointError, match=r"is no tiny: expected tensors Mixed_, got class"):
        fetch_entry(weights, cache, patience=HASTY)
    assert not cache.path("tiny").exists()


def test_arrays_keep_their_numbers(server, cache):
    mean = np.linspace(0, 1, 7)
    body = archive(mean=mean, window=np.ones((3, 3)), words=np.array(["a"]))
    path = fetch_entry(served(server, body, keep=("mean",), form="npz"), cache, patience=HASTY)
    tensors = read_tensors(path)
    assert list(tensors) == ["mean"]
    assert tensors["mean"].dtype == torch.float64
    np.testing.assert_array_equal(tensors["mean"].numpy(), mean)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", archive(a=np.ones(9))[:100], archive(a=np.array([object()]))],
    ids=["empty", "text", "cut", "objects"],
)
def test_what_is_no_archive_of_numbers(content, tmp_path):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"x\.npz is damaged or no \.npz: got"):
        read_arrays(tmp_path / "x.npz")


def test_the_parameters_of_niqe_through_the_shipped_manifest(tmp_path):
    file = SHARED_METRICS / "niqe_pris_params.npz"
    if not file.is_file():
        pytest.skip("needs ../shared/weights/metrics/niqe_pris_params.npz")
    cache = Cache(tmp_path)
    (tmp_path / "by hand").write_bytes(file.read_bytes())
    tensors = read_tensors(fetch("niqe", offline=True, cache=cache))
    assert {name: tuple(it.shape) for name, it in tensors.items()} == {
        "cov_pris_param": (36, 36),
        "mu_pris_param": (1, 36),
    }
