"""Photos from files and results to files: the same whatever is done with a photo."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit import __version__
from restorekit.batch.journal import fingerprint
from restorekit.batch.plan import plan
from restorekit.batch.stages import Saved
from restorekit.contracts import Size
from restorekit.errors import OutputError
from restorekit.images.formats import FORMATS, output_format, suffix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from restorekit.batch.jobs import Plan
    from restorekit.contracts import Pixels
    from restorekit.images.photo import Photo
    from restorekit.tasks.file_options import FileOptions

MEMORY_SHARE = 0.5
"""Of the free main memory that photos in flight may hold."""


@dataclass(frozen=True)
class Restored:
    """A photo's result on its way to the file."""

    photo: Photo
    pixels: Pixels
    notes: tuple[str, ...] = ()
    """What was found on the way, one line each."""


def plan_photos(inputs: Sequence[str], suffix: str, files: FileOptions) -> Plan:
    """Which photo becomes which file, ``suffix`` marking those that lie beside their photo."""
    chosen = files.chosen_format()

    def suffix_for(path: Path) -> str:
        if chosen is not None:
            return suffix_of(chosen)
        heif = path.suffix.lower() in FORMATS["heif"].suffixes
        return suffix_of("jpeg") if heif else path.suffix

    return plan(
        inputs,
        output=files.output,
        suffix=suffix,
        suffix_for=suffix_for,
        recursive=files.recursive,
    )


def memory_needed(size: Size, result: Size) -> int:
    """Bytes of main memory that a photo takes: float in, integers out, and the encoder's copy."""
    return 16 * size.height * size.width + 11 * result.height * result.width


def fingerprint_of(files: FileOptions, options: dict[str, object]) -> str:
    """What the journal keeps of a result, to know it again: the options that decide its bytes.

    Args:
        files: Those of the files; where they go does not matter.
        options: All that decides the pixels: JSON values.
    """
    kept = dataclasses.asdict(files)
    for name in ("output", "recursive", "overwrite", "resume", "fail_fast"):
        kept.pop(name)
    kept["format"] = files.chosen_format()
    return fingerprint({**kept, **options, "version": __version__})


def measure(path: Path) -> Size:
    """The size of a photo, from its header."""
    from restorekit.images import measuring

    return measuring.measure(path, name=str(path))


def load(path: Path | None, stdin: Callable[[], bytes]) -> Photo:
    """The photo in a file, or for None on standard input."""
    from restorekit.images.reading import read

    return read(stdin()) if path is None else read(path, name=str(path))


def save(
    result: Restored, target: Path | None, files: FileOptions, stdout: Callable[[bytes], object]
) -> Saved:
    """Write a result to its file, or for None to standard output."""
    from restorekit.images.writing import encode, write

    photo, pixels = result.photo, result.pixels
    chosen, strip = files.chosen_format(), files.strip_metadata
    size = Size(pixels.shape[0], pixels.shape[1])
    if target is None:
        data, notes = encode(
            pixels, photo, format=chosen, quality=files.quality, strip_metadata=strip
        )
        stdout(data)
    else:
        make_folder(target.parent)
        notes = write(
            target,
            pixels,
            photo,
            format=chosen,
            quality=files.quality,
            strip_metadata=strip,
            overwrite=files.overwrite or files.resume,
        )
        kind = output_format(photo.encoding, chosen)
        if target.suffix.lower() not in FORMATS[kind].suffixes:
            notes = (*notes, f"a {kind.upper()}, as the photo is, whatever the name says")
    return Saved(size, (*photo.notes, *result.notes, *notes))


def make_folder(folder: Path) -> None:
    """Make the folder for results where it is not there.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise OutputError(
            f"{folder} is a file, and no folder for the results", hint="name another with -o"
        ) from error
    except OSError as error:
        raise OutputError(
            f"{folder}: the folder for the results cannot be made",
            got=error.strerror or str(error),
            hint="name another with -o",
        ) from error
