"""Options that mean the same in every command."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from restorekit.contracts import Cells


class PrecisionName(str, Enum):
    """What ``--precision`` takes."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="PHOTOS",
        help="Photos, folders or globs; - reads standard input.",
        show_default=False,
    ),
]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", help="A file, a folder, or - for standard output."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="A name of `restorekit models list`, or a weights file."),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, mps, xpu, or several: cuda:0,cuda:1.")]
Precision = Annotated[
    PrecisionName, typer.Option(help="auto takes what was measured fastest on the device.")
]
Tile = Annotated[
    str, typer.Option(help="Largest side of a tile in pixels; 0: the whole photo; auto.")
]
Format = Annotated[
    str | None, typer.Option(help="jpeg, png, webp, avif, tiff or bmp; default: the photo's own.")
]
Quality = Annotated[
    int | None, typer.Option(help="1 to 100; default: high, never below the photo's own.")
]
StripMetadata = Annotated[
    bool, typer.Option("--strip-metadata", help="Drop EXIF, XMP and texts; keep the colours.")
]
Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Look into the folders of a folder.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Skip what is done with these options, redo what changed.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failure.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print outputs, tiles, memory and time; write no photo.")
]
Json = Annotated[bool, typer.Option("--json", help="One event a line on standard output, as JSON.")]
Database = Annotated[
    Path | None, typer.Option(help="A folder of photos to take examples from, for example-based.")
]
Offline = Annotated[bool, typer.Option("--offline", help="Use only weights that are here.")]
TrustUnverified = Annotated[
    bool,
    typer.Option("--trust-unverified", help="Accept weights whose hash nobody has published."),
]
ConfiguredData = Annotated[
    str | None, typer.Option("--configured-data", envvar="RESTOREKIT_DATA", hidden=True)
]
Html = Annotated[
    Path | None, typer.Option(help="A page to look at: table, plots, every photo with a slider.")
]
ContactSheet = Annotated[
    Path | None, typer.Option(help="A .png with a row for each photo, a column for each picture.")
]
Strength = Annotated[
    float, typer.Option(help="0, the photo as it is or merely resized, to 1, fully restored.")
]
SelfEnsemble = Annotated[
    bool,
    typer.Option("--self-ensemble", help="Mean of eight runs, turned: better, 8 times slower."),
]
ColorLock = Annotated[
    bool | None,
    typer.Option(
        "--color-lock/--no-color-lock",
        help="Hold colours that a network would shift; sr does so for its own networks.",
    ),
]
Grain = Annotated[
    float, typer.Option(help="Film grain, so that nothing looks plastic: 3 is fine, 8 is much.")
]


Grid = Annotated[
    str | None,
    typer.Option(help="A kernel for each cell, rows by columns, such as 3x3; for a rolled camera."),
]


def cells(text: str | None) -> Cells | None:
    """``--grid`` as rows and columns; None where it is not given.

    Raises:
        UsageError: It is something else.
    """
    from restorekit.contracts import Cells
    from restorekit.errors import UsageError

    if text is None:
        return None
    counts = text.lower().split("x")
    if len(counts) != 2 or not all(it.isdecimal() for it in counts):
        raise UsageError("--grid", expected="rows by columns, such as 3x3", got=repr(text))
    return Cells(*map(int, counts))


def tile_size(text: str) -> int | None:
    """``--tile`` as a number; None for ``auto``.

    Raises:
        UsageError: It is neither.
    """
    from restorekit.errors import UsageError

    if text == "auto":
        return None
    if not text.isdecimal():
        raise UsageError("--tile", expected="auto, 0 or a number of pixels", got=repr(text))
    return int(text)


def pixels(option: str, text: str) -> int | None:
    """A number of pixels; None for ``auto``.

    Raises:
        UsageError: It is neither.
    """
    from restorekit.errors import UsageError

    if text == "auto":
        return None
    if not text.isdecimal():
        raise UsageError(option, expected="auto or a number of pixels", got=repr(text))
    return int(text)


def noise_level(text: str) -> float | None:
    """``--sigma`` as a number; None for ``auto``.

    Raises:
        UsageError: It is neither.
    """
    from restorekit.errors import UsageError

    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise UsageError("--sigma", expected="auto, or 0 to 255", got=repr(text)) from error
