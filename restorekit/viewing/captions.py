"""Words beside pictures, in a font that has their signs, on as many lines as they need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

from restorekit.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import ImageDraw

DEFAULT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
"""The font of the plots; Pillow's own has no letter beyond English."""
NO_LETTERS = ("Last Resort", "Emoji")
"""Parts of the names of fonts that have every sign as a box, or in colours that are not drawn."""
REGULAR = (400, "normal", "regular", "book")


@dataclass(frozen=True)
class Lettering:
    """Letters of one font and size."""

    font: ImageFont.FreeTypeFont

    @classmethod
    def of(cls, texts: Iterable[str], size: int) -> Lettering:
        """Letters for ``texts``, of ``size`` pixels an em.

        Where the default font lacks signs, that of the system's which lacks the fewest is taken;
        what none has is drawn as boxes.
        """
        return cls(ImageFont.truetype(font_for(one_line(" ".join(texts))), size))

    @property
    def line(self) -> int:
        """The height of a line in pixels."""
        return int(self.font.size * 3 // 2)

    def wrapped(self, text: str, room: int) -> list[str]:
        """All of ``text``, on lines no wider than ``room`` pixels; nothing gives no line.

        Lines end after a comma where they can, else at a space, else in a word.
        """
        font = self.font
        lines: list[str] = []
        for part in re.split("(?<=,) ", one_line(text)):
            for word in [part] if font.getlength(part) <= room else part.split(" "):
                longer = f"{lines[-1]} {word}" if lines else word
                if lines and font.getlength(longer) <= room:
                    lines[-1] = longer
                else:
                    lines += _broken(word, font, room)
        return [it for it in lines if it]

    def write(
        self,
        draw: ImageDraw.ImageDraw,
        lines: Sequence[str],
        place: tuple[int, int],
        color: tuple[int, int, int],
    ) -> None:
        """Write ``lines`` below one another; ``place`` is left and top of the first, in pixels."""
        left, top = place
        for number, text in enumerate(lines):
            draw.text((left, top + number * self.line), text, color, self.font)


def _broken(word: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """A word in pieces that have room, each of one sign at least."""
    pieces: list[str] = []
    while font.getlength(word) > room and len(word) > 1:
        most = len(word)
        while most > 1 and font.getlength(word[:most]) > room:
            # In proportion, and at least by one sign, so that a very long word does not take long.
            most = max(1, min(most - 1, int(most * room / font.getlength(word[:most]))))
        pieces.append(word[:most])
        word = word[most:]
    return [*pieces, word]


def font_for(text: str) -> Path:
    """The file of the default font, or of the system's font that lacks fewer signs of ``text``."""
    signs = set(map(ord, text))
    if not _lacking(DEFAULT, signs):
        return DEFAULT
    return min((DEFAULT, *_system_fonts()), key=lambda path: len(_lacking(path, signs)))


def _system_fonts() -> list[Path]:
    """Upright fonts of regular weight, always in the same order."""
    return sorted(
        Path(it.fname)
        for it in font_manager.fontManager.ttflist
        if it.style == "normal"
        and it.weight in REGULAR
        and not any(part in it.name for part in NO_LETTERS)
    )


def _lacking(path: Path, signs: set[int]) -> set[int]:
    """Which of the code points a font lacks; all where it cannot be read."""
    try:
        ImageFont.truetype(path, 13)
        return signs.difference(FT2Font(str(path)).get_charmap())
    except (OSError, RuntimeError):
        return signs
