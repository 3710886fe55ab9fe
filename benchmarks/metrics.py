"""How near the metrics are to official figures, and what a pair of 100 megapixels takes.

    python benchmarks/metrics.py agreement ../shared/bench/pyiqa_calib
    python benchmarks/metrics.py large ../shared/bench/large/san-francisco-skyline.jpg

``agreement`` reads the five pairs of TID2013 and the official figures beside them
(``ref_dir``, ``dist_dir``, ``results_official.csv``); metrics whose weights cannot be had are left
out. ``large`` enlarges a photo to 12000 x 8000 pixels, spoils a copy by JPEG, and runs
``restorekit eval`` on the two in a process of its own for each metric.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from restorekit.errors import WeightsError
from restorekit.evaluation.measures import METRICS, Measures
from restorekit.evaluation.trial import pixels_of

OFFICIAL = {
    "psnr": ("psnr", "rgb"),
    "ssim": ("ssim", "grey"),
    "ms-ssim": ("ms_ssim", "grey"),
    "niqe": ("niqe", "rgb"),
    "lpips-alex": ("lpips", "rgb"),
    "dists": ("dists", "rgb"),
}
"""By metric: its row in the official table, and the protocol that it was measured under."""
SIZE = (12000, 8000)


def agreement(folder: Path) -> None:
    """Print a row for each metric: ours beside the official figure, pair by pair."""
    with (folder / "results_official.csv").open(encoding="utf-8") as file:
        official = {row.pop("Method"): row for row in csv.DictReader(file)}
    names = sorted(next(iter(official.values())))
    print(f"| metric | {' | '.join(names)} | largest difference |")
    print("|---" * (len(names) + 2) + "|")
    for metric, (row, protocol) in OFFICIAL.items():
        try:
            meter = Measures([metric], protocol).meter()
        except WeightsError as error:
            print(f"{metric}: {error}", file=sys.stderr)
            continue
        ours = [
            meter.read(
                pixels_of(next((folder / "dist_dir").glob(f"{Path(name).stem}.*"))),
                pixels_of(next((folder / "ref_dir").glob(f"{Path(name).stem}.*"))),
                {},
            ).values[metric]
            for name in names
        ]
        theirs = [float(official[row][name]) for name in names]
        cells = [f"{a:.4f} ({b:.4f})" for a, b in zip(ours, theirs, strict=True)]
        worst = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
        print(f"| {metric} | {' | '.join(cells)} | {worst:.4f} |")


def large(photo: Path, metrics: list[str]) -> None:
    """Print a row for each metric: seconds and the largest memory of the whole command."""
    with tempfile.TemporaryDirectory() as folder:
        reference, restored = Path(folder, "reference.png"), Path(folder, "restored.jpg")
        whole = Image.open(photo).convert("RGB").resize(SIZE, Image.Resampling.BICUBIC)
        whole.save(reference, compress_level=1)
        whole.save(restored, quality=50)
        del whole
        print("| metric | seconds | largest memory, GB |\n|---|---|---|")
        for metric in metrics:
            command = [str(Path(sys.executable).with_name("restorekit")), "eval"]
            command += ["--metric", metric]
            command += ["--pred", str(restored), "--gt", str(reference), "--format", "csv"]
            began = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds, memory = time.perf_counter() - began, usage.ru_maxrss * 1024 / 1e9
            told = f"{seconds:.0f} | {memory:.2f}" if status == 0 else "failed | -"
            print(f"| {metric} | {told} |", flush=True)


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["agreement", "large"])
    parser.add_argument("path", type=Path)
    parser.add_argument("--metric", nargs="+", default=METRICS.names())
    options = parser.parse_args()
    if options.what == "agreement":
        agreement(options.path)
    else:
        large(options.path, options.metric)


if __name__ == "__main__":
    main()
