"""Methods that deblur, in one table: on made blur, on pairs, on photos without a truth.

    python benchmarks/deblur.py --photos PHOTOS --gopro FOLDER --real BLURRED
    python benchmarks/deblur.py --photos PHOTOS --most 2 --models wiener maxim-deblurring

``--photos``: sharp photos, blurred by ``mixed_blur`` of the seed, as ``restorekit eval --task
deblur`` does it; methods that take a kernel are told the true one, and the noise. ``--gopro``:
where the set gopro3 lies, pairs whose kernels nobody knows. ``--real``: blurred photos without a
truth. Methods that must be told a kernel have no figure on the last two.

PSNR is the mean over the photos in RGB. Sharpness is the variance of the Laplacian, as many times
as large as the input's, mean over the photos. The seam is the worst of any line of any of them;
straight edges count, and more so once they are sharp. Seconds a megapixel, and the most memory that
the model and its work took, are those over all that it restored, in a process of its own, alone. A
network whose usual precision here is another has a second row with float32. Nothing is downloaded:
methods whose weights are not in the cache are named at the end.
"""

from __future__ import annotations

import argparse
import multiprocessing
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from restorekit.batch.pairs import named_photos
from restorekit.errors import WeightsError
from restorekit.evaluation.datasets.finding import find_dataset
from restorekit.evaluation.inputs import Chained, Given
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.runner import measure_models
from restorekit.evaluation.trial import Listeners, Measured
from restorekit.evaluation.untouched import INPUT
from restorekit.metrics.sharpness import sharpness
from restorekit.zoo.listing import names_for
from restorekit.zoo.methods import method_named
from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from restorekit.contracts import Precision
    from restorekit.evaluation.inputs import Inputs

BLUR = "mixed_blur(2)"
HEADER = (
    "method",
    "precision",
    "made blur, PSNR dB",
    "GoPro, PSNR dB",
    "sharpness, times",
    "worst seam, levels",
    "s a megapixel",
    "memory, GB",
)


class Photos(NamedTuple):
    """A set of blurred photos."""

    references: Mapping[str, Path]
    inputs: Inputs
    is_told: bool = False
    """Whether the kernel of each is known."""
    has_truth: bool = True


class Figures(NamedTuple):
    """What was read of one method in one precision."""

    precision: str
    made: float | None = None
    gopro: float | None = None
    sharper: float | None = None
    seam: float | None = None
    seconds: float | None = None
    memory: float | None = None
    failures: tuple[str, ...] = ()


def sets(options: argparse.Namespace) -> dict[str, Photos]:
    """The sets that are there, each with its first photos alone."""

    def first(photos: Mapping[str, Path]) -> dict[str, Path]:
        return dict(islice(photos.items(), options.most))

    found: dict[str, Photos] = {}
    if options.photos:
        photos = first(named_photos(options.photos))
        found["made"] = Photos(photos, Chained(BLUR, photos, options.seed), is_told=True)
    if options.gopro:
        copy = find_dataset("gopro3", options.gopro)
        inputs = Given({name: paths[0] for name, paths in copy.degraded.items()})
        found["gopro"] = Photos(first(copy.photos), inputs)
    if options.real:
        photos = first(named_photos(options.real))
        found["real"] = Photos(photos, Given(photos), has_truth=False)
    return found


def figures(model: str, precision: Precision | None, photos: Mapping[str, Photos]) -> Figures:
    """The figures of a method; None: in the precision that a user gets.

    Raises:
        WeightsError: Its weights are not here.
    """
    quality: dict[str, float] = {}
    seen: list[Measured] = []
    failures: list[str] = []
    used = "fp32"
    for name, them in photos.items():
        found = measure_models(
            [model],
            them.references,
            Measures(["psnr"] if them.has_truth else ["sharpness", "seam"], task="deblur"),
            them.inputs,
            weights=WeightsOptions(offline=True),
            devices=DeviceOptions("cpu", precision or "auto"),
            listeners=Listeners(on_photo=seen.append),
        )
        (summary,) = found.summaries()
        used = str(found.models[model].get("precision", used))
        quality.update({f"{name} {key}": it.mean for key, it in summary.means.items()})
        failures += [row.failure for row in found.rows if row.failure]
    real = [it for it in seen if "seam" in it.row.values]
    pixels = sum(it.reference.shape[0] * it.reference.shape[1] for it in seen)
    return Figures(
        used,
        quality.get("made psnr"),
        quality.get("gopro psnr"),
        fmean(it.row.values["sharpness"] / sharpness(it.reference) for it in real)
        if real
        else None,
        max((it.row.values["seam"] for it in real), default=None),
        sum(it.row.seconds or 0 for it in seen) / pixels * 1e6 if pixels else None,
        max((it.row.memory or 0 for it in seen), default=0) / 1e9,
        tuple(failures),
    )


def alone(model: str, precision: Precision | None, photos: Mapping[str, Photos]) -> Figures:
    """The same in a process of its own, so that nothing before it counts."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(figures, (model, precision, photos))


def line(model: str, found: Figures) -> str:
    """A row of the table."""
    forms = ("{:.2f}", "{:.2f}", "{:.2f}", "{:.1f}", "{:.2f}", "{:.2f}")
    values = found[1:7]
    cells = ["-" if it is None else form.format(it) for form, it in zip(forms, values, strict=True)]
    return f"| {model} | {found.precision} | {' | '.join(cells)} |"


def table(models: Sequence[str], photos: Mapping[str, Photos]) -> None:
    """Print a row for the input, and for each method, in its usual precision and in float32."""
    counts = ", ".join(f"{name} {len(them.references)}" for name, them in photos.items())
    print(f"photos: {counts}; {BLUR}\n")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    left_out: list[str] = []
    failures: list[str] = []
    for model in (INPUT, *models):
        known = {
            name: it for name, it in photos.items() if it.is_told or method_named(model) is None
        }
        if not known:
            continue
        try:
            usual = alone(model, None, known)
        except WeightsError:
            left_out.append(model)
            continue
        rows = [usual] if usual.precision == "fp32" else [usual, alone(model, "fp32", known)]
        for found in rows:
            print(line(model, found), flush=True)
            failures += found.failures
    if left_out:
        print(f"\nwithout weights here: {', '.join(left_out)}")
    for failure in failures:
        print(f"failed: {failure}")


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=Path, help="a folder of sharp photos")
    parser.add_argument("--gopro", type=Path, help="where the set gopro3 lies")
    parser.add_argument("--real", type=Path, help="a folder of blurred photos")
    parser.add_argument("--models", nargs="+", default=names_for("deblur"))
    parser.add_argument("--most", type=int, help="photos of each set; default: all")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    found = sets(options)
    if not found:
        parser.error("nothing to deblur: --photos, --gopro or --real")
    table(options.models, found)


if __name__ == "__main__":
    main()
