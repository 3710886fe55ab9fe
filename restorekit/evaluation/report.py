"""A finding as text: for people, for spreadsheets, for programs and for papers.

Every form names the protocol, the scale and how the input was made, and holds a row for each photo
and the mean of each model. CSV and JSON have all digits; infinity is ``inf`` there, in JSON a
string, since JSON has no such number.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from restorekit.errors import OutputError, UnknownNameError, UsageError
from restorekit.evaluation.table import TEXTS, partnerless, table
from restorekit.files import unwritable, whole

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.evaluation.result import Evaluation, Summary

SUFFIXES = {".csv": "csv", ".json": "json", ".md": "markdown", ".tex": "latex"}


def format_for(format: str | None, target: Path | None) -> str | None:  # noqa: A002
    """The form to write: the one asked for, or the one that the name tells.

    Args:
        format: ``csv``, ``json``, ``markdown`` or ``latex``.
        target: The file to be written, if any.

    Returns:
        None where neither is given.

    Raises:
        UsageError: Both are given and differ, or neither is known.
    """
    if format is not None and format not in WRITERS:
        raise UnknownNameError.among("report format", format, WRITERS)
    if target is None:
        return format
    told = SUFFIXES.get(target.suffix.lower())
    if format is None and told is None:
        raise UsageError(
            f"{target}: the name tells no report format",
            expected=" or ".join(SUFFIXES),
            hint=f"or --format {', '.join(WRITERS)}",
        )
    if format is not None and told is not None and format != told:
        raise UsageError(f"--format {format} contradicts the name {target.name}")
    return format or told


def render(found: Evaluation, format: str) -> str:  # noqa: A002
    """The finding as text that ends with a newline.

    Raises:
        UnknownNameError: There is no such format.
    """
    if format not in WRITERS:
        raise UnknownNameError.among("report format", format, WRITERS)
    return WRITERS[format](found)


def check_target(target: Path | None, *, overwrite: bool) -> None:
    """Make sure, before the work, that a report may be written there.

    Raises:
        OutputError: Its folder is not there, or the name is taken and must not be replaced.
    """
    if target is None:
        return
    if not target.parent.is_dir():
        raise OutputError(f"{target}: there is no folder {target.parent}")
    if target.is_dir():
        raise OutputError(f"{target}: a folder is where the report should be")
    if target.exists() and not overwrite:
        raise OutputError(f"{target}: this file is there already", hint="--overwrite replaces it")


def write(found: Evaluation, target: Path, format: str) -> None:  # noqa: A002
    """Write the finding as the file ``target``: whole, or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    text = render(found, format)
    try:
        with whole(target) as part:
            part.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise unwritable(target, error) from error


def _csv(found: Evaluation) -> str:
    """One table: the column ``row`` tells photos from means and the ends of their interval."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [column.name for column in found.columns]
    frame = (found.protocol, found.scale, found.degradation)
    head = ("row", "model", "photo", *names, "seconds", "peak_memory", "failure")
    writer.writerow((*head, "protocol", "scale", "degradation"))
    for row in (*found.rows, *partnerless(found)):
        values = [row.values.get(name) for name in names]
        cells = ("photo", row.model, row.photo, *values, row.seconds, row.memory, row.failure)
        writer.writerow((*cells, *frame))
    for it in found.summaries():
        for kind, ends in _ends(it, names).items():
            cost = (it.seconds, it.memory) if kind == "mean" else (None, None)
            writer.writerow((kind, it.model, None, *ends, *cost, None, *frame))
    return text.getvalue()


def _ends(summary: Summary, names: list[str]) -> dict[str, list[float | None]]:
    means = [summary.means.get(name) for name in names]
    return {
        "mean": [it and it.mean for it in means],
        "low95": [it and it.low for it in means],
        "high95": [it and it.high for it in means],
    }


def _json(found: Evaluation) -> str:
    document = {**_plain(found), "summaries": _plain(found.summaries())}
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """``value`` in what JSON has."""
    if dataclasses.is_dataclass(value):
        return {it.name: _plain(getattr(value, it.name)) for it in dataclasses.fields(value)}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, Mapping):
        return {key: _plain(it) for key, it in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(it) for it in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _markdown(found: Evaluation) -> str:
    cells = table(found)
    rule = ["---"] * len(cells.header)
    means = [[f"**{cell}**" if cell else "" for cell in row] for row in cells.means]
    lines = [
        "| " + " | ".join(_escaped(cell, MARKDOWN) for cell in row) + " |"
        for row in (cells.header, rule, *cells.rows)
    ]
    lines += ["| " + " | ".join(row) + " |" for row in means]
    notes = [f"- {_escaped(note, MARKDOWN)}" for note in cells.notes]
    blocks = [[_escaped(cells.title, MARKDOWN)], lines, notes]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _latex(found: Evaluation) -> str:
    cells = table(found)
    texts = sum(head in TEXTS for head in cells.header)
    columns = "l" * texts + "r" * (len(cells.header) - texts)

    def line(row: tuple[str, ...]) -> str:
        return " & ".join(_escaped(cell, LATEX) for cell in row) + r" \\"

    body = [line(cells.header), r"\hline", *map(line, cells.rows), r"\hline"]
    comments = [f"% {text}" for text in (cells.title, *cells.notes)]
    caption = rf"\caption{{{_escaped(cells.title, LATEX)}}}"
    tabular = [rf"\begin{{tabular}}{{{columns}}}", *body, *map(line, cells.means)]
    end = [r"\end{tabular}", caption, r"\end{table}"]
    return "\n".join([*comments, r"\begin{table}", *tabular, *end]) + "\n"


def _escaped(text: str, signs: Mapping[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)


MARKDOWN = {sign: f"\\{sign}" for sign in "\\|*_`<[]"}
LATEX = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "[": "{[}",  # an option of the line break before it, otherwise
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
WRITERS: dict[str, Callable[[Evaluation], str]] = {
    "csv": _csv,
    "json": _json,
    "markdown": _markdown,
    "latex": _latex,
}
"""By the name that users type."""
