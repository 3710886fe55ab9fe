"""``restorekit eval --reproduce``: a paper's table beside ours, in every form."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Command

SET5 = Path(__file__).parents[2] / "../shared/bench/set5"
REPRODUCE = ("eval", "--reproduce", "bicubic", "--data", "sets")
PRINTED = {
    ("2", "psnr"): "33.66",
    ("2", "ssim"): "0.9299",
    ("3", "psnr"): "30.39",
    ("3", "ssim"): "0.8682",
    ("4", "psnr"): "28.42",
    ("4", "ssim"): "0.8104",
}
"""By scale and metric, what the paper prints of Set5."""


@pytest.fixture
def _set5(_elsewhere: None) -> None:
    """A folder with this set alone."""
    if not SET5.is_dir():
        pytest.skip("needs ../shared/bench/set5")
    shutil.copytree(SET5, "sets/Set5")


@pytest.mark.usefixtures("_set5")
def test_sets_that_are_there_have_the_papers_figures_and_others_say_so(command: Command) -> None:
    done = command(*REPRODUCE, "-o", "found.csv")
    assert done.status == 1
    rows = list(csv.DictReader(io.StringIO(Path("found.csv").read_text(encoding="utf-8"))))
    ours = {(it["scale"], it["metric"]): it for it in rows if it["copy"] == "whole"}
    assert {it["dataset"] for it in ours.values()} == {"set5"}
    for (scale, metric), printed in PRINTED.items():
        row = ours.pop((scale, metric))
        decimals = 2 if metric == "psnr" else 4
        assert f"{float(row['published']):.{decimals}f}" == printed
        assert f"{float(row['ours']):.{decimals}f}" == printed
        assert row["photos"] == "5"
    assert ours == {}
    absent = [it for it in rows if it["copy"] == "absent"]
    assert {it["dataset"] for it in absent} == {"set14", "bsd100", "urban100"}
    assert len(absent) + len(PRINTED) == len(rows)
    assert {(it["ours"], it["difference"], it["photos"]) for it in absent} == {("", "", "0")}
    for name in ("set14", "bsd100", "urban100"):
        assert re.search(rf"{name} .* x2 .* - .* absent", done.out)
        assert re.search(rf"^{name} is not in sets: .*get it from https://", done.err, re.MULTILINE)


@pytest.mark.usefixtures("_set5")
def test_every_form_holds_the_same_table(command: Command) -> None:
    part = (*REPRODUCE, "--dataset", "Set-5", "--scale", "4")
    texts = {}
    for form, name in (("csv", "a.csv"), ("json", "a.json"), ("markdown", "a.md")):
        done = command(*part, "--format", form)
        assert done.status == 0
        texts[form] = done.out
        assert command(*part, "-o", name).status == 0
        assert Path(name).read_bytes() == done.data
    texts["latex"] = command(*part, "--format", "latex").out
    row, _ = json.loads(texts["json"])["rows"]
    assert (row["dataset"], row["scale"], row["metric"]) == ("set5", 4, "psnr")
    assert row["difference"] == pytest.approx(row["ours"] - 28.42, abs=1e-9)
    told = next(csv.DictReader(io.StringIO(texts["csv"])))
    assert float(told["ours"]) == row["ours"]
    cells = ["set5", "x4", "psnr", "28.42", "28.42", f"{row['difference']:+.2f}", "5", "whole"]
    markdown = [line for line in texts["markdown"].splitlines() if line.startswith("| set5")]
    assert [it.strip() for it in markdown[0].strip("|").split("|")] == cells
    latex = [line for line in texts["latex"].splitlines() if line.startswith("set5")]
    assert [it.strip() for it in latex[0].removesuffix(r"\\").split("&")] == cells
    assert len(markdown) == len(latex) == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--pred", "out"),
        ("--gt", "gt"),
        ("--task", "sr"),
        ("--model", "bicubic"),
        ("--metric", "psnr"),
        ("--protocol", "rgb"),
        ("--sigma", "25"),
        ("--seed", "1"),
        ("--recursive",),
        ("--html", "a.html"),
        ("--contact-sheet", "a.png"),
        ("--plots", "plots"),
    ],
)
def test_options_that_it_does_not_take(command: Command, options: tuple[str, ...]) -> None:
    done = command(*REPRODUCE, *options)
    assert done.status == 2
    assert "--reproduce measures what the paper measured, as it did" in done.complaint
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--reproduce", "bicubik"), 2, "did you mean bicubic"),
        (("--reproduce", "bicubic"), 2, "where is set5?: expected the folder that holds it"),
        ((*REPRODUCE[1:], "--scale", "7"), 2, "no such data set or scale: expected set5 x2 or"),
        ((*REPRODUCE[1:], "--dataset", "kodak24"), 2, "no such data set or scale"),
        ((*REPRODUCE[1:], "-o", "no/a.csv"), 1, "there is no folder no"),
        ((*REPRODUCE[1:], "--tile", "big"), 2, "--tile: expected auto, 0 or a number"),
    ],
)
def test_what_cannot_be_meant(
    command: Command, arguments: tuple[str, ...], status: int, words: str
) -> None:
    done = command("eval", *arguments)
    assert words in done.complaint
    assert done.status == status
