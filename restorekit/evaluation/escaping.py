"""Text in the forms of a report: what a photo is called never acts there, it is only read."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING, Any

from restorekit.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMULA = ("=", "+", "-", "@")
"""What makes spreadsheets compute a cell."""
MARKDOWN = {sign: f"\\{sign}" for sign in "\\|*_`<[]&~$"}
LATEX = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "[": "{[}",  # an option of the line break before it, otherwise
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # Other signs in the places where OT1, LaTeX's own encoding, has these.
    "|": r"\textbar{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
SET_WITHOUT_ACCENTS = frozenset("ÆØßæø¡¿£§©¶")
"""Signs of Latin-1 that OT1 and its companions have, besides letters with accents."""
CODE_POINT = r"\texttt{U+"
"""What stands for a sign that is not set begins with this."""


def in_csv(cell: Any) -> Any:
    """A cell: text on one line, with an apostrophe before what would be a formula."""
    if not isinstance(cell, str):
        return cell
    text = one_line(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def in_json(document: str) -> str:
    """JSON that holds control characters and broken UTF-8 as escapes only, the rest as it is."""
    return re.sub("[\x7f-\x9f\ud800-\udfff]", lambda it: f"\\u{ord(it[0]):04x}", document)


def in_markdown(text: str) -> str:
    """One line of text with nothing in it that Markdown takes for more."""
    return _replaced(one_line(text), MARKDOWN)


def in_latex(text: str) -> str:
    r"""One line of text that pdflatex sets without packages.

    What it has no letter for stands as its code points, so that names stay apart: 東京 is
    ``\texttt{U+6771 U+4EAC}``.
    """
    parts: list[str] = []
    for is_set, run in groupby(unicodedata.normalize("NFC", one_line(text)), _is_set):
        if is_set:
            parts.append(_replaced(run, LATEX))
        else:
            points = " ".join(f"U+{ord(sign):04X}" for sign in run)
            parts.append(rf"\texttt{{{points}}}")
    return "".join(parts)


def _is_set(sign: str) -> bool:
    """Whether it is ASCII, or ASCII with an accent of Latin-1, or one of a few more."""
    if sign.isascii() or sign in SET_WITHOUT_ACCENTS:
        return True
    return sign <= "ÿ" and sign.isalpha() and unicodedata.normalize("NFD", sign)[0].isascii()


def _replaced(text: Iterable[str], signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
