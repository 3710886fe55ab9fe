"""Help answers at once: the command line loads nothing heavy before a command runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    "torch", "torchvision", "numpy", "scipy", "PIL", "pillow_heif", "tifffile", "imagecodecs",
    "spandrel", "safetensors", "requests", "rich", "psutil", "filelock", "multiprocessing",
    "asyncio", "matplotlib", "jinja2", "lpips", "torchmetrics", "torch_fidelity",
}  # fmt: skip
HELP_SECONDS, PYTHON_SECONDS, RUNS = 0.3, 0.1, 5
PROGRAM = """
import sys
from restorekit.cli.app import main
sys.argv = ["restorekit", *sys.argv[1:]]
try:
    main()
finally:
    print("LOADED", *sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def run(*arguments: str, cache: Path) -> tuple[str, set[str]]:
    """What ``restorekit`` prints and the top-level modules it leaves loaded."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
        env={**os.environ, "RESTOREKIT_CACHE": str(cache), "PYTHONIOENCODING": "utf-8"},
    )
    loaded = done.stderr.splitlines()[-1].split()
    assert loaded[0] == "LOADED"
    return done.stdout, set(loaded[1:])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--help",), "models"),
        (("--version",), "restorekit "),
        (("sr", "--help"), "--scale"),
        (("eval", "--help"), "--reproduce"),
        (("compare", "--help"), "--contact-sheet"),
        (("models", "--help"), "licenses"),
    ],
)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    printed, loaded = run(*arguments, cache=tmp_path)
    assert told in printed
    assert "typer" in loaded  # so the modules were really counted
    assert loaded & HEAVY == set()


def test_listing_models_loads_no_torch(tmp_path: Path) -> None:
    printed, loaded = run("models", "list", cache=tmp_path)
    assert "realesrgan-x4plus" in printed
    assert loaded & {"torch", "PIL", "spandrel", "safetensors", "requests"} == set()


def seconds(command: list[str]) -> float:
    """The best of some runs: what the machine can do when nobody disturbs it."""
    times: list[float] = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True, timeout=60)
        times.append(time.perf_counter() - start)
    return min(times)


def test_help_answers_at_once() -> None:
    bare = seconds([sys.executable, "-c", "pass"])
    if bare > PYTHON_SECONDS:
        pytest.skip(f"python alone takes {bare:.2f} s to start here")
    door = "import sys; from restorekit.cli.app import main; sys.argv[0] = 'restorekit'; main()"
    assert seconds([sys.executable, "-c", door, "--help"]) < HELP_SECONDS
