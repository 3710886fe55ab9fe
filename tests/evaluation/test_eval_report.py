"""Every form parses back to what was found, and names the protocol and the scale."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import re
from typing import TYPE_CHECKING

import pytest

from restorekit.errors import OutputError, UnknownNameError, UsageError
from restorekit.evaluation import result
from restorekit.evaluation.report import WRITERS, format_for, render, write
from restorekit.evaluation.result import Column, Evaluation, Row
from restorekit.evaluation.table import table
from restorekit.files import check_target

if TYPE_CHECKING:
    from pathlib import Path

ODD = r"[50%] a|b_c & {d}"
FOUND = Evaluation(
    protocol="y-crop (border 3)",
    columns=(
        Column("psnr", "dB", "higher", "y-crop (border 3)"),
        Column("ssim", "", "higher", "y-crop (border 3)"),
    ),
    rows=(
        Row("a", "one", {"psnr": 30.123456789, "ssim": 0.91}, seconds=0.25, memory=10_000_000),
        Row(ODD, "one", {"psnr": 34.5, "ssim": 0.97}, seconds=0.75, memory=30_000_000),
        Row("a", "two", {"psnr": math.inf, "ssim": 1.0}, seconds=0.5, memory=20_000_000),
        Row(ODD, "two", failure="b is damaged, it says"),
    ),
    scale=3,
    degradation="crop_to_multiple(3)|quantize(8)",
    models={"one": {"device": "cpu"}, "two": {"device": "cpu"}},
    seed=7,
)
PAIRS = Evaluation(
    protocol="rgb",
    columns=(Column("psnr", "dB", "higher", "rgb"),),
    rows=(Row("a", values={"psnr": 30.0}),),
    without_reference=("out/x.png",),
    without_prediction=("gt/y.png",),
)


@pytest.fixture(autouse=True)
def _two_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "FEWEST", 2)


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_every_form_names_protocol_scale_and_degradation(form: str) -> None:
    text = render(FOUND, form).replace("\\", "")
    assert "y-crop (border 3)" in text
    assert "crop_to_multiple(3)|quantize(8)" in text
    assert re.search(r'scale"?:? 3', text) or ",3,crop" in text
    assert text.endswith("\n")
    assert "b is damaged, it says" in text


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_names_without_a_partner_are_in_every_form(form: str) -> None:
    text = render(PAIRS, form)
    assert "out/x.png" in text
    assert "gt/y.png" in text


def test_csv_parses_back() -> None:
    rows = list(csv.DictReader(io.StringIO(render(FOUND, "csv"))))
    photos = [row for row in rows if row["row"] == "photo"]
    for row, was in zip(photos, FOUND.rows, strict=True):
        assert (row["model"], row["photo"], row["failure"]) == (
            was.model,
            was.photo,
            was.failure or "",
        )
        for name, value in was.values.items():
            assert float(row[name]) == value
    kinds = {row["row"]: row for row in rows if row["model"] == "one"}
    assert float(kinds["mean"]["psnr"]) == pytest.approx(32.3117283945, abs=1e-10)
    assert float(kinds["low95"]["psnr"]) == 30.123456789
    assert float(kinds["high95"]["psnr"]) == 34.5
    assert {(row["protocol"], row["scale"]) for row in rows} == {("y-crop (border 3)", "3")}


def test_csv_of_pairs_lists_the_partnerless() -> None:
    rows = list(csv.DictReader(io.StringIO(render(PAIRS, "csv"))))
    assert [(row["photo"], row["failure"]) for row in rows[1:3]] == [
        ("out/x.png", "no reference of this name"),
        ("gt/y.png", "no result of this name"),
    ]


def test_json_parses_back() -> None:
    document = json.loads(render(FOUND, "json"))
    assert document["scale"] == 3
    assert document["seed"] == 7
    assert document["models"] == {"one": {"device": "cpu"}, "two": {"device": "cpu"}}
    assert document["columns"][0] == {
        "name": "psnr",
        "unit": "dB",
        "better": "higher",
        "protocol": "y-crop (border 3)",
        "of_set": False,
    }
    for row, was in zip(document["rows"], FOUND.rows, strict=True):
        assert {name: float(it) for name, it in row["values"].items()} == was.values
        assert (row["seconds"], row["memory"]) == (was.seconds, was.memory)
    one, two = document["summaries"]
    assert one["means"]["psnr"]["low"] == 30.123456789
    assert (two["failed"], two["means"]["psnr"]["mean"], two["means"]["psnr"]["low"]) == (
        1,
        "inf",
        None,
    )


def test_markdown_is_one_table() -> None:
    lines = [it for it in render(FOUND, "markdown").splitlines() if it.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    assert {len(row) for row in cells} == {6}
    assert [it.strip() for it in cells[0]] == [
        "model", "photo", "psnr (dB)", "ssim", "seconds", "memory MB",
    ]  # fmt: skip
    assert cells[2][2].strip() == "30.12"
    assert re.sub(r"\\(.)", r"\1", cells[3][1]).strip() == ODD
    assert cells[-2][2].strip() == r"**32.31 \[30.12, 34.50\]**"
    assert cells[-1][1].strip() == "**mean of 1 (1 failed)**"


def test_latex_has_as_many_cells_as_columns() -> None:
    text = render(FOUND, "latex")
    (columns,) = re.findall(r"\\begin\{tabular\}\{(\w+)\}", text)
    assert columns == "llrrrr"
    lines = [it for it in text.splitlines() if it.endswith(r" \\")]
    assert len(lines) == 1 + 4 + 2
    assert {len(re.split(r"(?<!\\)&", line)) for line in lines} == {6}
    assert r"{[}50\%] a\textbar{}b\_c \& \{d\}" in text
    assert text.count("{") == text.count("}")


def test_results_that_were_there_have_no_model_and_no_cost() -> None:
    head = render(PAIRS, "markdown").splitlines()[2]
    assert head == "| photo | psnr (dB) |"


def test_a_report_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.json"
    write(FOUND, target, "json")
    assert target.read_text(encoding="utf-8") == render(FOUND, "json")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(OutputError, match=r"a\.json cannot be written: got No space left"):
        write(PAIRS, target, "json")
    assert target.read_text(encoding="utf-8") == render(FOUND, "json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_the_name_tells_the_form(tmp_path: Path) -> None:
    names = {"a.CSV": "csv", "a.json": "json", "a.md": "markdown", "a.tex": "latex"}
    assert {name: format_for(None, tmp_path / name) for name in names} == names
    assert format_for("csv", tmp_path / "a.txt") == "csv"
    assert format_for("csv", None) == "csv"
    assert format_for(None, None) is None
    with pytest.raises(UsageError, match=r"--format csv contradicts the name a\.json"):
        format_for("csv", tmp_path / "a.json")
    with pytest.raises(UsageError, match=r"tells no report format: expected \.csv or \.json"):
        format_for(None, tmp_path / "a.xls")
    with pytest.raises(UnknownNameError, match="did you mean latex"):
        format_for("latx", None)
    with pytest.raises(UnknownNameError, match="unknown report format 'html'"):
        render(FOUND, "html")


def test_a_target_is_looked_at_before_the_work(tmp_path: Path) -> None:
    there = tmp_path / "a.csv"
    check_target(there, overwrite=False)
    there.touch()
    check_target(there, overwrite=True)
    with pytest.raises(OutputError, match="--overwrite replaces it"):
        check_target(there, overwrite=False)
    with pytest.raises(OutputError, match="a folder is where the file should be"):
        check_target(tmp_path, overwrite=True)
    with pytest.raises(OutputError, match="there is no folder"):
        check_target(tmp_path / "no/a.csv", overwrite=False)


def test_a_metric_of_the_set_has_a_figure_only_in_the_mean() -> None:
    columns = (*PAIRS.columns, Column("fid", "", "lower", "rgb", of_set=True))
    found = dataclasses.replace(PAIRS, columns=columns, of_sets={None: {"fid": 12.5}})
    assert table(found).rows == (("a", "30.00", "-"),)
    assert table(found).means == (("mean of 1", "30.00", "12.5000"),)
    assert list(csv.reader(render(found, "csv").splitlines()))[-3][:5] == [
        "mean", "", "mean of 1", "30.0", "12.5",
    ]  # fmt: skip


def test_a_metric_says_what_it_was_shown_where_that_is_not_the_protocol() -> None:
    columns = (Column("psnr", "dB", "higher", "rgb"), Column("ssim", "", "higher", "rgb"))
    header = table(dataclasses.replace(FOUND, columns=columns)).header
    assert header[2:4] == ("psnr (dB, rgb)", "ssim (rgb)")


def test_what_was_interrupted_or_not_measured_is_said_and_not_whole() -> None:
    whole = dataclasses.replace(PAIRS, without_reference=(), without_prediction=())
    assert whole.is_whole
    for change, note in (
        ({"interrupted": True}, "interrupted: not all photos were measured"),
        ({"faults": ("fid of the results: too few",)}, "fid of the results: too few"),
    ):
        found = dataclasses.replace(whole, **change)
        assert not found.is_whole
        assert table(found).notes == (note,)
