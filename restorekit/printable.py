"""Names as they can be shown: a file may be called anything, a line of text may not."""

from __future__ import annotations

import unicodedata

REPLACED = {"Cc", "Cs"}
"""Unicode's categories of control characters and of lone surrogates (bytes that were no UTF-8)."""
LEFT_OUT = {"Cf"}
"""Marks that are not seen, among them those that turn the direction of the text around."""


def one_line(text: str) -> str:
    """``text`` on one line: white space as single spaces, what cannot be shown replaced."""
    return "".join(map(_shown, " ".join(text.split())))


def shortened(text: str, most: int) -> str:
    """``text`` in at most ``most`` signs, its middle left out, for names differ at both ends.

    Args:
        text: A name on one line.
        most: At least 3.
    """
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def _shown(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in LEFT_OUT:
        return ""
    return "\N{REPLACEMENT CHARACTER}" if category in REPLACED else sign
