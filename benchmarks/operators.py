"""Where a network's time goes on a CPU: seconds by kind of operator.

    python benchmarks/operators.py maxim-deblurring --side 512
    python benchmarks/operators.py nafnet-gopro --side 256 --precision fp32 --threads 1

A crop of a photo, enlarged where it is too small, goes through the network at once, first to warm
up and then under torch.profiler. What an operator takes is its own, without those that it calls; a
copy that happens inside of a matrix product counts there only where torch does not tell of it. The
profiler looks at the clock: on a busy machine only the shares mean anything.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from restorekit.contracts import Size
from restorekit.images.reading import read
from restorekit.images.resize import resize
from restorekit.inference.device import choose_precision
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.load import load_network

if TYPE_CHECKING:
    from collections.abc import Iterable

PHOTO = Path(__file__).parent.parent / "photos" / "astronaut.jpg"
KINDS = {
    "resize": ("upsample", "interpolate", "pixel_shuffle", "pixel_unshuffle"),
    "convolution": ("conv",),
    "matmul": ("mm", "matmul", "linear", "addmv", "dot", "einsum"),
    "normalisation": ("norm", "mean", "var"),
    "activation": ("gelu", "relu", "sigmoid", "softmax", "tanh", "silu", "softplus"),
    "copies": ("copy", "clone", "contiguous", "cat", "fill", "zero", "pad", "roll", "stack"),
    "arithmetic": ("add", "mul", "sub", "div", "sum", "square", "rsqrt", "clamp", "pow", "exp"),
}
"""What the names of its operators contain; the first kind that fits is taken."""
OTHER = "other"


def kind(operator: str) -> str:
    """Which row of the table an operator such as ``aten::addmm`` belongs to."""
    name = operator.removeprefix("aten::")
    return next((it for it, words in KINDS.items() if any(w in name for w in words)), OTHER)


def table(operators: Iterable[tuple[str, float, int]]) -> list[str]:
    """A Markdown table of names, seconds and calls by kind, the slowest first."""
    seconds: dict[str, float] = defaultdict(float)
    calls: dict[str, int] = defaultdict(int)
    parts: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for name, taken, count in operators:
        row = kind(name)
        seconds[row] += taken
        calls[row] += count
        parts[row].append((taken, name.removeprefix("aten::")))
    whole = sum(seconds.values())
    lines = ["| kind | seconds | share | calls | most of it |", "|---|---|---|---|---|"]
    for row in sorted(seconds, key=seconds.__getitem__, reverse=True):
        most = ", ".join(name for _, name in sorted(parts[row], reverse=True)[:3])
        share = seconds[row] / whole
        lines.append(f"| {row} | {seconds[row]:.2f} | {share:.0%} | {calls[row]} | {most} |")
    return lines


def main() -> None:
    """Read the options, run the network and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--side", type=int, default=512, help="of the picture")
    parser.add_argument("--precision", choices=["fp32", "bf16"], help="default: as users get it")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cpu, side = torch.device("cpu"), options.side
    network = load_network(options.model)
    precision = choose_precision(cpu, network, options.precision or "auto")
    restorer = NetworkRestorer(network, name=options.model, device=cpu, precision=precision, tile=0)
    picture = resize(read(PHOTO).color, Size(side, side), "lanczos").clip(0, 1).astype(np.float32)
    for _band in restorer.bands(picture):
        pass
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        for _band in restorer.bands(picture):
            pass
    print(
        f"{options.model}, {precision}, {side} x {side} pixels, {options.threads} threads, "
        f"torch {torch.__version__}\n"
    )
    events = profiler.key_averages()
    print("\n".join(table((it.key, it.self_cpu_time_total / 1e6, it.count) for it in events)))


if __name__ == "__main__":
    main()
