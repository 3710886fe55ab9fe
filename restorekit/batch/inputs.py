"""From what the user typed to files: names, folders and globs are expanded and sorted."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.batch.events import Failed
from restorekit.errors import PhotoError
from restorekit.images.formats import READABLE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

STANDARD_STREAM = "-"
"""As an input: standard input. As an output: standard output."""
_SYSTEM_NAMES = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "__macosx", "$recycle.bin"}
)
_DIGITS = re.compile(r"(\d+)")


@dataclass
class Inputs:
    """What the user typed, expanded, with folders not yet looked into."""

    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    standard_input: int = 0
    """How often standard input was named."""
    failed: list[Failed] = field(default_factory=list)
    """Names that stand for nothing."""

    @property
    def is_one_file(self) -> bool:
        """Whether there is one photo at the most, and no folder."""
        return not self.folders and len(self.files) + self.standard_input <= 1


@dataclass
class Folder:
    """What was found in an input folder."""

    path: Path
    photos: list[Path] = field(default_factory=list)
    ignored: int = 0
    """Files that are no photos, hidden files and folders, files of the system."""
    failed: list[Failed] = field(default_factory=list)
    """Folders that could not be read, or the folder itself where it holds no photo."""


def expand(texts: Sequence[str]) -> Inputs:
    """Tell files from folders, and globs (``**`` too) from names.

    A file whose name happens to hold ``*``, ``?`` or ``[`` is taken as that file. Globs match
    what a shell would match: no hidden names; with ``**`` they stand for files only.
    """
    inputs = Inputs()
    for text in texts:
        if text == STANDARD_STREAM:
            inputs.standard_input += 1
            continue
        found = [text] if os.path.exists(text) else _matches(text)  # noqa: PTH110 - "" is no "."
        if not found:
            kind = "no file matches this" if _is_glob(text) else "no such file or folder"
            inputs.failed.append(Failed.because(Path(text), PhotoError(f"{text}: {kind}")))
        for name in found:
            path = Path(name)
            (inputs.folders if path.is_dir() else inputs.files).append(path)
    inputs.files = list(dict.fromkeys(inputs.files))
    inputs.folders = list(dict.fromkeys(inputs.folders))
    return inputs


def search(folder: Path, *, recursive: bool, without: Collection[str] = ()) -> Folder:
    """The photos in ``folder``, told by their suffixes.

    Args:
        folder: Where to look.
        recursive: Whether to look into the folders in it; links to folders are not followed.
        without: Folders inside ``folder``, as ``os.path.realpath`` gives them, that are left out.
    """
    found = Folder(folder)
    others: Counter[str] = Counter()
    inner = 0
    for at, folders, files in os.walk(folder, onerror=lambda e: found.failed.append(_unread(e))):
        visible = [name for name in folders if not _is_hidden(name)]
        inner += len(visible)
        found.ignored += len(folders) - len(visible)
        # os.walk goes on into what is left in this list.
        folders[:] = visible if recursive else []
        folders[:] = [it for it in folders if os.path.realpath(f"{at}/{it}") not in without]
        here = Path(at)
        for name in files:
            if _is_hidden(name):
                found.ignored += 1
            elif is_photo_name(name):
                found.photos.append(here / name)
            else:
                others[os.path.splitext(name)[1].lower() or name] += 1  # noqa: PTH122 - speed
    found.ignored += sum(others.values())
    if not found.photos and not found.failed:
        found.failed.append(_empty(folder, others, inner, recursive=recursive))
    return found


def is_photo_name(name: str) -> bool:
    """Whether a file of this name is taken for a photo."""
    return os.path.splitext(name)[1].lower() in READABLE_SUFFIXES  # noqa: PTH122 - 10,000 names


def natural_key(path: Path) -> tuple[list[str | int], str]:
    """Sorts ``a2.jpg`` before ``a10.jpg``, whatever the case of the letters."""
    text = str(path)
    # Splitting at digits alternates text and number, so only like is compared with like.
    return [int(it) if it.isdecimal() else it for it in _DIGITS.split(text.casefold())], text


def _is_glob(text: str) -> bool:
    return any(sign in text for sign in "*?[")


def _matches(text: str) -> list[str]:
    if not _is_glob(text):
        return []
    names = glob.glob(text, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    return [name for name in names if "**" not in text or not Path(name).is_dir()]


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES


def _unread(error: OSError) -> Failed:
    path = Path(str(error.filename))
    cause = PhotoError(f"{path}: the folder cannot be read", got=error.strerror)
    return Failed.because(path, cause)


def _empty(folder: Path, others: Counter[str], inner: int, *, recursive: bool) -> Failed:
    kinds = ", ".join(kind for kind, _ in others.most_common(3))
    got = f"{sum(others.values())} other files" + (f" ({kinds})" if kinds else "")
    error = PhotoError(
        f"{folder}: no photo in this folder",
        expected="files such as .jpg, .png or .tif",
        got=f"{got} and {inner} folders",
        hint="--recursive looks into the folders" if inner and not recursive else None,
    )
    return Failed.because(folder, error)
