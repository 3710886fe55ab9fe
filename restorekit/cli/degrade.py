"""``restorekit degrade``: photos, spoilt on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from restorekit.cli import options
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.batch.events import Event
    from restorekit.tasks.degrade import Degrading
    from restorekit.tasks.file_options import FileOptions

EXAMPLES = """\b
Examples:
  restorekit degrade --list                                what there is
  restorekit degrade photo.jpg -c "gaussian_noise(25)"     writes photo_degraded.jpg beside it
  restorekit degrade photos/ -o bad/ -c "motion_blur([5, 30])|jpeg([30, 95])" --seed 7
  restorekit degrade photo.jpg -c "real_esrgan(4)"         a quarter of the size, as its paper
  restorekit degrade photos/ -o blurred/ -c mixed_blur --seed 7 --format png   a set for deblur
  restorekit degrade clip.mp4 frames/ -o pairs/ --frames 7-13   pairs/blurred, pairs/sharp"""


def degrade(
    photos: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PHOTOS",
            help="Photos, folders or globs; - reads standard input. With --frames: videos.",
            show_default=False,
        ),
    ] = None,
    output: options.Output = None,
    chain: Annotated[
        str | None,
        typer.Option("--chain", "-c", help="Steps joined by |; [a, b] draws from a to b."),
    ] = None,
    frames: Annotated[
        str | None,
        typer.Option(help="7-13: the mean of so many frames, and their middle one beside it."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all that is left to chance.")] = 0,
    listed: Annotated[
        bool, typer.Option("--list", help="Print every degradation and what its papers draw.")
    ] = False,
    gallery: Annotated[
        Path | None,
        typer.Option(help="A .png with every degradation of the photo, each with its chain."),
    ] = None,
    format: options.Format = None,  # noqa: A002
    quality: options.Quality = None,
    strip_metadata: options.StripMetadata = False,
    recursive: options.Recursive = False,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
    fail_fast: options.FailFast = False,
    json: options.Json = False,
) -> None:
    """Spoil photos: blur, noise, JPEG, age, recipes of papers."""
    if listed:
        _tell_all(as_json=json)
        return
    if not photos:
        raise UsageError("degrade", expected="photos", got="none", hint="--list needs none")
    if frames is not None:
        if gallery or chain is not None:
            raise UsageError("--frames makes pairs of its own", hint="no --chain, no --gallery")
        if format not in {None, "png"} or quality is not None or recursive or resume:
            took = "leave out --format, --quality, --recursive and --resume"
            raise UsageError("--frames writes PNGs of each video or folder", hint=took)
        _average(photos, output, frames, seed, overwrite=overwrite, as_json=json)
    if gallery and chain is not None:
        raise UsageError("--gallery shows every degradation", hint="leave out --chain")
    if gallery:
        _write_gallery(photos, gallery, seed, overwrite=overwrite)
        return
    if chain is None:
        raise UsageError(
            "degrade", expected="--chain", got="none", hint="--list shows what there is"
        )
    from restorekit.tasks.degrade import Degrading
    from restorekit.tasks.file_options import FileOptions

    files = FileOptions(
        output=output,
        format=format,
        quality=quality,
        strip_metadata=strip_metadata,
        recursive=recursive,
        overwrite=overwrite,
        resume=resume,
        fail_fast=fail_fast,
    )
    _degrade(photos, Degrading(chain, seed), files, as_json=json)


def _degrade(photos: list[str], task: Degrading, files: FileOptions, *, as_json: bool) -> NoReturn:
    """Degrade the photos, tell the chain of each, and end with the exit status."""
    from restorekit.cli import console
    from restorekit.tasks.degrade import Applied, degrade_photos

    to_stdout = (files.output or ("-" if "-" in photos else "")) == "-"
    with console.reporter(as_json=as_json, to_stdout=to_stdout) as report:

        def tell(event: Event) -> None:
            if isinstance(event, Applied) and not as_json:
                report.note(f"{event.source or 'standard input'}: {event.chain}")
            else:
                report.photos(event)

        result = degrade_photos(
            photos,
            task,
            files,
            stdin=console.read_stdin,
            stdout=console.write_stdout,
            on_event=tell,
        )
        if result.interrupted:
            report.note("interrupted" + " (--resume goes on from here)" * bool(result.done))
    raise typer.Exit(result.exit_status)


def _average(
    sources: list[str],
    output: str | None,
    frames: str,
    seed: int,
    *,
    overwrite: bool,
    as_json: bool,
) -> NoReturn:
    """Pairs of videos and of folders of frames; ends with the exit status.

    Raises:
        UsageError: No folder for them, or numbers of frames that cannot be meant.
        OutputError: A pair cannot be written.
    """
    from restorekit.cli import console
    from restorekit.tasks.frame_pairs import Averaged, Averaging, average_frames

    if output is None:
        raise UsageError("--frames makes pairs", expected="-o FOLDER for them", got="none")
    options = Averaging.said(frames, seed)
    with console.reporter(as_json=as_json, to_stdout=False) as report:

        def tell(event: Event) -> None:
            if isinstance(event, Averaged) and not as_json:
                report.note(f"{event.target}  mean of {event.frames} frames")
            else:
                report.photos(event)

        places = [Path(it) for it in sources]
        failed = average_frames(places, Path(output), options, overwrite=overwrite, on_event=tell)
    raise typer.Exit(1 if failed else 0)


def _write_gallery(photos: list[str], target: Path, seed: int, *, overwrite: bool) -> None:
    """The sheet of one photo.

    Raises:
        UsageError: Several photos, or another format.
        OutputError: The file is there, or cannot be written.
    """
    from restorekit.cli.console import wrote
    from restorekit.files import check_target
    from restorekit.tasks.degradation_gallery import degradation_gallery

    if len(photos) > 1 or Path(photos[0]).is_dir():
        raise UsageError("--gallery", expected="one photo", got=", ".join(photos[:3]))
    if target.suffix.lower() != ".png":
        raise UsageError("--gallery", expected="the name of a .png", got=str(target))
    check_target(target, overwrite=overwrite)
    degradation_gallery(Path(photos[0]), target, seed=seed)
    wrote([target])


def _tell_all(*, as_json: bool) -> None:
    """Every degradation: its title, a strength that everybody sees, what is drawn."""
    from restorekit.degradations import family, names

    entries = {name: family(name) for name in names()}
    if as_json:
        from restorekit.cli.json_reporter import JsonReporter

        for name, it in entries.items():
            drawn = {"typical": it.typical, "drawn": it.drawn, "neutral": it.neutral}
            JsonReporter.line({"event": "degradation", "name": name, "title": it.title, **drawn})
        return
    from restorekit.cli.console import print_table

    print_table(
        ("what it is", "typical", "drawn from"),
        [(it.title, it.typical, it.drawn) for it in entries.values()],
    )
