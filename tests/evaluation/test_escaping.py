"""Names that would break a report, or act in one, are only read there."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from restorekit.evaluation.escaping import in_csv, in_json, in_latex, in_markdown
from restorekit.evaluation.report import WRITERS, cells, render
from restorekit.evaluation.result import Column, Evaluation, Row

HOSTILE = "\x1b[31mred\n\x9b2J\udce9\u202e|<b>"
CALM = "\ufffd[31mred \ufffd2J\ufffd|<b>"


def finding(*names: str) -> Evaluation:
    column = Column("psnr", "dB", "higher", "rgb")
    rows = [Row(name, name, {"psnr": 30.0}, failure=f"{name} failed") for name in names]
    return Evaluation(
        protocol="rgb", columns=(column,), rows=tuple(rows), degradation="quantize(8)"
    )


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_no_control_character_reaches_a_report(form: str) -> None:
    text = render(finding(HOSTILE), form)
    assert text.encode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert cells(finding(HOSTILE)).notes == (f"failed: {CALM} failed",)


def test_json_has_names_as_they_are() -> None:
    text = render(finding(HOSTILE, "東京"), "json")
    assert [row["photo"] for row in json.loads(text)["rows"]] == [HOSTILE, "東京"]
    assert "東京" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text)
    assert in_json('"a\x7f\udce9é"') == '"a\\u007f\\udce9é"'


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n-1"])
def test_names_are_no_formulas(name: str) -> None:
    row = next(csv.DictReader(io.StringIO(render(finding(name), "csv"))))
    assert (row["photo"], row["model"]) == (f"'{name.strip()}", f"'{name.strip()}")
    assert (float(row["psnr"]), row["row"]) == (30.0, "photo")


def test_figures_and_other_names_are_left_alone_in_csv() -> None:
    assert [in_csv(it) for it in (-3.5, None, "a=b", "'a", "a\nb")] == [
        -3.5, None, "a=b", "'a", "a b",
    ]  # fmt: skip


def test_a_name_on_two_lines_is_one_row() -> None:
    for form, mark in (("csv", "photo,"), ("markdown", "| a"), ("latex", "a b &")):
        lines = [it for it in render(finding("a\nb"), form).splitlines() if it.startswith(mark)]
        assert len(lines) == (2 if form == "latex" else 1)  # there the mean begins so too


def test_markdown_takes_names_for_words() -> None:
    assert in_markdown("a|b*c_d`<i>[x]&lt;~~$y$\\") == (
        r"a\|b\*c\_d\`\<i>\[x\]\&lt;\~\~\$y\$" + r"\\"
    )
    means = [it for it in render(finding("m_[x]"), "markdown").splitlines() if "**" in it]
    assert means[0].startswith(r"| **m\_\[x\]** | **mean of")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<b>|c", r"a\textless{}b\textgreater{}\textbar{}c"),
        (
            "50% of $x_1^2 \\~",
            r"50\% of \$x\_1\textasciicircum{}2 \textbackslash{}\textasciitilde{}",
        ),
        ("né Größe ¿Ñ?", "né Größe ¿Ñ?"),
        ("ne\N{COMBINING ACUTE ACCENT}", "né"),
        ("東京_1", r"\texttt{U+6771 U+4EAC}\_1"),
        ("±þ\x07", r"\texttt{U+00B1 U+00FE U+FFFD}"),
        ("\N{GRINNING FACE}", r"\texttt{U+1F600}"),
    ],
)
def test_latex_is_what_pdflatex_sets(text: str, expected: str) -> None:
    assert in_latex(text) == expected


def test_latex_says_what_code_points_are_only_where_there_are_some() -> None:
    told = "% U+ and digits: a sign that pdflatex does not set, by its code point"
    assert told in render(finding("東京"), "latex").splitlines()
    assert told not in render(finding("né U+6771"), "latex").splitlines()
