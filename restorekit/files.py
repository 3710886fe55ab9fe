"""Files: written whole or not at all, and told apart by their content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Generator


def sha256_of(path: Path) -> str:
    """The sha256 of a file, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def unwritable(target: Path, error: OSError) -> OutputError:
    """What the user is told where the system does not let ``target`` be written."""
    return OutputError(
        f"{target} cannot be written",
        got=error.strerror or str(error),
        hint="check that the folder exists, may be written to and has room",
    )


def check_target(target: Path, *, overwrite: bool) -> None:
    """Make sure, before the work, that a file may be written there.

    Raises:
        OutputError: Its folder is not there, or the name is taken and must not be replaced.
    """
    if not target.parent.is_dir():
        raise OutputError(f"{target}: there is no folder {target.parent}")
    if target.is_dir():
        raise OutputError(f"{target}: a folder is where the file should be")
    if target.exists() and not overwrite:
        raise OutputError(f"{target}: this file is there already", hint="--overwrite replaces it")
    if not os.access(target.parent, os.W_OK):
        raise OutputError(f"{target}: nothing may be written into {target.parent}")


@contextlib.contextmanager
def whole(target: Path) -> Generator[Path]:
    """A temporary path beside ``target`` that takes its place when the block ends well.

    Raises:
        OSError: The folder cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as folder:
        temporary = Path(folder) / target.name
        yield temporary
        temporary.replace(target)
