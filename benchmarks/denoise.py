"""Denoisers: their published figures, their speed and their memory.

    python benchmarks/denoise.py figures FOLDER           # with set12, bsd68 and cbsd68 in it
    python benchmarks/denoise.py figures FOLDER --methods bm3d --sets set12

``figures``: every denoiser of ``restorekit eval --reproduce``, measured as that does it. Noise of
each photo from a generator seeded by its name, added in float without clipping; the result clipped
and rounded to 8 bits; PSNR over the whole picture, its mean over the set. Networks are measured in
float32 and in the precision that a user gets here.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.evaluation.papers.published import published
from restorekit.evaluation.papers.reproduce import reproduce, reproducible
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.restorers import DeviceOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Precision


def figures(folder: Path, methods: Sequence[str], sets: Sequence[str] | None) -> None:
    """Print a row for each figure: the published one, and ours."""
    print("| method | set | photos | sigma | published dB | float32 | as users get it |")
    print("|---|---|---|---|---|---|---|")
    for method in methods:
        paper = published(method)
        known = {it.dataset for it in paper.figures}
        chosen = known if sets is None else known & set(sets)
        if not chosen:
            continue
        usual = precision_of(paper.model)
        precisions: list[Precision] = ["fp32"] if usual == "fp32" else ["fp32", usual]
        found = [
            reproduce(
                method, folder, datasets=sorted(chosen), devices=DeviceOptions(precision=precision)
            ).rows
            for precision in precisions
        ]
        for row, rough in zip(found[0], found[-1], strict=True):
            if row.ours is None or rough.ours is None:
                raise SystemExit(row.note)
            user = f"{rough.ours:.3f} ({usual})" if usual != "fp32" else "the same"
            print(
                f"| {method} | {row.figure.dataset} | {row.photos} | {row.figure.sigma} "
                f"| {row.figure.printed} | {row.ours:.3f} | {user} |",
                flush=True,
            )


def precision_of(model: str) -> Precision:
    """The precision that a user gets here; methods without weights have float32 alone."""
    restorer = load_restorers(model, task="denoise").restorers[0]
    return restorer.precision if isinstance(restorer, NetworkRestorer) else "fp32"


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parts = parser.add_subparsers(dest="part", required=True)
    part = parts.add_parser("figures", help="published beside measured")
    denoisers = [name for name in reproducible() if published(name).task == "denoise"]
    part.add_argument("folder", type=Path)
    part.add_argument("--methods", nargs="+", choices=denoisers, default=denoisers)
    part.add_argument("--sets", nargs="+", default=None)
    options = parser.parse_args()
    if options.part == "figures":
        figures(options.folder, options.methods, options.sets)


if __name__ == "__main__":
    main()
