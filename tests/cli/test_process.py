"""What only a process of its own can show: imports, signals, pipes that end early."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hand_placed import MODEL
from PIL import Image

from restorekit.evaluation.gallery import MOST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROGRAM = "import sys; from restorekit.cli.app import main; sys.argv[0] = 'restorekit'; main()"
LOADED = """
import atexit, sys
heavy = ("torch", "spandrel", "requests", "safetensors", "multiprocessing")
atexit.register(lambda: print("LOADED", *(it for it in heavy if it in sys.modules)))
"""
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""Colours and moves of the cursor."""


def arguments(*typed: str, first: str = "") -> Sequence[str]:
    return [sys.executable, "-W", "error", "-c", first + PROGRAM, *typed]


def test_interpolation_needs_no_torch(photo: Callable[..., Path]) -> None:
    photo("a.png")
    done = subprocess.run(
        arguments("sr", "a.png", "--model", "lanczos", first=LOADED),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "LOADED\n"
    assert Path("a_x4.png").is_file()


def test_bytes_from_pipe_to_pipe(photo: Callable[..., Path]) -> None:
    with photo("a.jpg").open("rb") as source:
        done = subprocess.run(
            arguments("sr", "-", "--model", "nearest", "--scale", "2"),
            stdin=source,
            capture_output=True,
            check=True,
            timeout=60,
        )
    Path("b.jpg").write_bytes(done.stdout)
    with Image.open("b.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (18, 12))


def test_a_reader_that_goes_away() -> None:
    process = subprocess.Popen(
        arguments("models", "list"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert told == b""


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent Ctrl-C there")
def test_ctrl_c_leaves_no_half_file(weights: Path, photo: Callable[..., Path]) -> None:
    photo("in/1.png")
    pixels = np.random.default_rng(3).integers(0, 256, (1500, 1500, 3), np.uint8)
    Image.fromarray(pixels).save("in/2.png", compress_level=0)
    options = ("--offline", "--device", "cpu", "--precision", "fp32", "--tile", "128", "--json")
    with subprocess.Popen(
        arguments("sr", "in", "--model", MODEL, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "tile" and event["source"].endswith("2.png"):
                break
        process.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in process.stdout]
        told = process.stderr.read()
        assert process.wait(60) == 130
    assert told == b""
    assert rest[-1]["event"] == "notice"
    assert rest[-1]["text"].startswith("interrupted")
    assert rest[-2]["event"] == "batch_finished"
    assert (rest[-2]["done"], rest[-2]["left"]) == (1, 1)
    left = {path.name for path in Path("in_x4").iterdir()}
    assert left == {"1.png", ".restorekit-journal.jsonl"}


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent Ctrl-C there")
def test_ctrl_c_leaves_the_report_of_what_was_measured() -> None:
    photos = 400
    pixels = np.random.default_rng(4).integers(0, 256, (240, 240, 3), np.uint8)
    Path("set").mkdir()
    Image.fromarray(pixels).save("set/0.png", compress_level=0)
    for number in range(1, photos):
        os.link("set/0.png", f"set/{number}.png")
    models = ("-m", "nearest", "-m", "bicubic")
    sr = ("eval", "--task", "sr", "--scale", "2", "--data", "set", *models)
    with subprocess.Popen(
        arguments(*sr, "-o", "found.csv", "--html", "found.html"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # The bar, which tells how far the run is, is drawn for terminals alone.
        env={**os.environ, "OMP_NUM_THREADS": "1", "FORCE_COLOR": "1", "TERM": "xterm"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = b""
        # The second is told of while the first is still on its way into the report.
        while not re.search(rb"photo ([3-9]|\d\d+)/%d " % (2 * photos), told):
            more = os.read(process.stderr.fileno(), 4096)
            assert more, told.decode()
            told += more
        process.send_signal(signal.SIGINT)
        drawn, rest = (
            CONTROLS.sub("", it.read().decode()) for it in (process.stdout, process.stderr)
        )
        assert process.wait(60) == 130
    lines = rest.splitlines()
    assert lines[-3:] == [
        "interrupted: not all photos were measured",
        "wrote found.csv",
        "wrote found.html",
    ]
    rows = list(csv.DictReader(io.StringIO(Path("found.csv").read_text(encoding="utf-8"))))
    measured = [row for row in rows if row["row"] == "photo"]
    assert 1 <= len(measured) < photos
    assert [row["photo"] for row in measured] == [str(number) for number in range(len(measured))]
    assert all(5 < float(row["psnr"]) < 30 for row in measured)
    assert f"mean of {len(measured)} " in drawn
    page = Path("found.html").read_text(encoding="utf-8")
    scenes = page.count('<article class="scene"')
    # The signal may come between the crops of a photo and its row.
    assert min(len(measured), MOST) <= scenes <= min(len(measured) + 1, MOST)
    assert page.count(">nearest</option>") == 2 * scenes  # left and right: no photo without result
    assert {it.name for it in Path().iterdir()} == {"set", "found.csv", "found.html"}
