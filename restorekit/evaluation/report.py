"""A finding as text: for people, for spreadsheets, for programs and for papers.

Every form names the protocol, the scale and how the input was made, and holds a row for each photo
and the mean of each model. CSV and JSON have all digits; infinity is ``inf`` there, in JSON a
string, since JSON has no such number. JSON has names as they are, with escapes; elsewhere text is
on one line without control characters. In CSV an apostrophe stands before what begins with ``=``,
``+``, ``-`` or ``@``, which spreadsheets would compute.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from restorekit.errors import UnknownNameError, UsageError
from restorekit.evaluation.escaping import CODE_POINT, in_csv, in_json, in_latex, in_markdown
from restorekit.evaluation.papers.reproduction import Reproduction, reproduction_table
from restorekit.evaluation.table import faults, mean_of, partnerless, table
from restorekit.files import unwritable, whole
from restorekit.printable import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.evaluation.result import Evaluation, Summary
    from restorekit.evaluation.table import Table

    Finding = Evaluation | Reproduction

FRAME = ("method", "source", "version")
"""What each row of a reproduction's CSV repeats."""
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


def render(found: Finding, format: str) -> str:  # noqa: A002
    """The finding as text that ends with a newline.

    Raises:
        UnknownNameError: There is no such format.
    """
    if format not in WRITERS:
        raise UnknownNameError.among("report format", format, WRITERS)
    return WRITERS[format](found)


def write(found: Finding, target: Path, format: str) -> None:  # noqa: A002
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


def cells(found: Finding) -> Table:
    """The finding rounded for reading, its notes each on one line that a terminal can show."""
    drawn = reproduction_table(found) if isinstance(found, Reproduction) else table(found)
    return drawn._replace(notes=tuple(map(one_line, drawn.notes)))


def _csv(found: Finding) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = _compared(found) if isinstance(found, Reproduction) else _measured(found)
    writer.writerows(map(in_csv, row) for row in rows)
    return text.getvalue()


def _compared(found: Reproduction) -> Iterator[Iterable[Any]]:
    """A head, and a row for each figure."""
    whole = found.as_dict()
    frame = [whole[key] for key in FRAME]
    yield *whole["rows"][0], *FRAME
    for row in whole["rows"]:
        yield *row.values(), *frame


def _measured(found: Evaluation) -> Iterator[Iterable[Any]]:
    """A head, and rows: the column ``row`` tells photos from means and the ends of intervals."""
    names = [column.name for column in found.columns]
    frame = (found.protocol, found.scale, found.degradation, found.data, found.seed, found.version)
    head = ("row", "model", "photo", *names, "seconds", "memory", "failure")
    yield *head, "protocol", "scale", "degradation", "data", "seed", "version"
    for row in (*found.rows, *partnerless(found)):
        values = [row.values.get(name) for name in names]
        photo = ("photo", row.model, row.photo, *values, row.seconds, row.memory, row.failure)
        yield *photo, *frame
    why = "; ".join(faults(found)) or None
    for it in found.summaries():
        for kind, ends in _ends(it, names).items():
            cost = (it.seconds, it.memory) if kind == "mean" else (None, None)
            yield kind, it.model, mean_of(it), *ends, *cost, why, *frame


def _ends(summary: Summary, names: list[str]) -> dict[str, list[float | None]]:
    means = [summary.means.get(name) for name in names]
    return {
        "mean": [it and it.mean for it in means],
        "low95": [it and it.low for it in means],
        "high95": [it and it.high for it in means],
    }


def _json(found: Finding) -> str:
    if isinstance(found, Reproduction):
        document = _plain(found.as_dict())
    else:
        document = {**_plain(found), "summaries": _plain(found.summaries())}
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    return in_json(text) + "\n"


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


def _markdown(found: Finding) -> str:
    drawn = cells(found)
    rule = ["---"] * len(drawn.header)
    rows = [[in_markdown(cell) for cell in row] for row in (drawn.header, rule, *drawn.rows)]
    rows += [[f"**{in_markdown(cell)}**" if cell else "" for cell in row] for row in drawn.means]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    notes = [f"- {in_markdown(note)}" for note in drawn.notes]
    blocks = [[in_markdown(drawn.title)], lines, notes]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _latex(found: Finding) -> str:
    drawn = cells(found)
    columns = "l" * drawn.words + "r" * (len(drawn.header) - drawn.words)

    def line(row: tuple[str, ...]) -> str:
        return " & ".join(map(in_latex, row)) + r" \\"

    head, rows, means = line(drawn.header), map(line, drawn.rows), map(line, drawn.means)
    body = [head, r"\hline", *rows, r"\hline", *means, r"\end{tabular}"]
    body += [rf"\caption{{{in_latex(drawn.title)}}}", r"\end{table}"]
    comments = [f"% {one_line(text)}" for text in (drawn.title, *drawn.notes)]
    if any(CODE_POINT in text for text in body):
        comments.append("% U+ and digits: a sign that pdflatex does not set, by its code point")
    begin = [r"\begin{table}", rf"\begin{{tabular}}{{{columns}}}"]
    return "\n".join([*comments, *begin, *body]) + "\n"


WRITERS: dict[str, Callable[[Finding], str]] = {
    "csv": _csv,
    "json": _json,
    "markdown": _markdown,
    "latex": _latex,
}
"""By the name that users type."""
