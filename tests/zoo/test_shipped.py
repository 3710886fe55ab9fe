from __future__ import annotations

import json

import pytest
import torch
from safetensors import safe_open

from restorekit.errors import ChecksumError, ManifestError
from restorekit.files import sha256_of
from restorekit.zoo import manifest
from restorekit.zoo import shipped as house
from restorekit.zoo.cache import VARIABLE
from restorekit.zoo.checkpoint import read_tensors, write_safetensors
from restorekit.zoo.fetch import fetch_entry
from restorekit.zoo.listing import facts, listing, verified
from restorekit.zoo.load import load_network
from restorekit.zoo.shipped import shipped
from restorekit.zoo.standing_in import stand_in


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(house, "FOLDER", tmp_path / "weights")
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


def entry_of(file: dict[str, object], **source: object):
    text = {
        "version": 1,
        "weights": [
            {
                "name": "small",
                "title": "a test's",
                "task": "sr",
                "scale": 4,
                "architecture": "srvggnet-compact",
                "channels": 3,
                "range": [0, 1],
                "licence": "CC0-1.0",
                "paper": "none",
                "sources": [
                    {"format": "safetensors", "dtype": "float16", "files": [file], **source}
                ],
            }
        ],
    }
    return manifest.parse(json.dumps(text), "test")["small"]


@pytest.fixture
def entry(folder):
    half = {"weight": torch.linspace(-1, 1, 12).half().reshape(3, 4)}
    write_safetensors(folder / "small.safetensors", half, {})
    path = folder / "small.safetensors"
    file = {
        "name": path.name,
        "sha256": sha256_of(path),
        "bytes": path.stat().st_size,
    }
    return entry_of(file, shipped=True)


def test_what_is_shipped_is_read_from_the_program_with_nothing_fetched_or_written(
    entry, folder, cache
):
    assert entry.is_shipped
    assert entry.bytes == 0
    assert str(entry.sources[0]) == "restorekit itself"
    path = fetch_entry(entry, cache, offline=True)
    assert path == folder / "small.safetensors"
    assert not cache.root.exists() or not list(cache.root.rglob("*.safetensors"))


def test_half_precision_is_read_as_float32_with_the_same_values(entry, folder):
    weight = read_tensors(folder / "small.safetensors")["weight"]
    assert weight.dtype == torch.float32
    assert torch.equal(weight, torch.linspace(-1, 1, 12).half().float().reshape(3, 4))


def test_a_damaged_or_missing_file_is_refused(entry, folder, cache):
    path = folder / "small.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 255
    path.write_bytes(content)
    with pytest.raises(ChecksumError, match=r"small.safetensors is damaged.*install"):
        fetch_entry(entry, cache)
    path.unlink()
    with pytest.raises(ChecksumError, match=r"small.safetensors is missing"):
        fetch_entry(entry, cache)


def test_the_houses_weights_are_whole_and_small():
    entries = [it for it in manifest.entries() if it.is_shipped]
    assert {it.name for it in entries} >= {
        "restorekit-sr-x4",
        "restorekit-sr-x2",
        "restorekit-denoise",
        "restorekit-deblur",
        "deblurgan",
    }
    files = [shipped(it) for it in entries]
    assert sum(it.stat().st_size for it in files) < 25e6
    assert set(house.FOLDER.iterdir()) == set(files)
    for entry, file in zip(entries, files, strict=True):
        assert "recipe" in safe_open(file, "pt").metadata()
        network = load_network(entry.name)
        assert network.architecture == entry.architecture
        assert (network.scale, network.channels) == (entry.scale, entry.channels)


@pytest.mark.usefixtures("folder")
def test_what_is_missing_is_found_by_verify(cache, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(cache.root))
    problems = [it.problem for it in verified()]
    assert len(problems) >= 3
    assert all("is missing" in it and "install restorekit again" in it for it in problems)
    assert stand_in("edsr-x2") == "-m lanczos needs no weights"


def test_other_entries_are_not_shipped():
    address = {"url": "https://example.org/small.pth", "sha256": None, "bytes": None}
    assert shipped(entry_of(address)) is None
    with pytest.raises(ManifestError, match="name"):
        entry_of(address, shipped=True)


@pytest.mark.usefixtures("folder")
def test_what_is_missing_is_told_with_all_else_that_is_known(cache, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(cache.root))
    found = facts("restorekit-denoise")
    assert found["licence"] == "MIT"
    assert "is missing" in found["here"]
    assert not next(row for row in listing() if row.name == "restorekit-denoise").here
