"""One page to look at: figures, plots, and a before/after slider for every photo.

The page is one file that needs no other and no network; its own policy forbids it to load any. What
it shows is in ``page.html``, how it looks in ``page.css``, what it does in ``page.js``.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

import jinja2

from restorekit.files import unwritable, whole
from restorekit.printable import one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from restorekit.viewing.scene import Scene, View

FIGURE = re.compile(r"(-?(\d+(\.\d+)?(e[-+]?\d+)?|inf|nan)( \[.*\])?|-)?")
"""A cell of figures: a number, perhaps with its interval; a dash or nothing stands for none."""
LONGEST_CELL = 64
"""Signs of a cell; the photo that it leads to has its name in full."""


class Cells(Protocol):
    """A table, rounded for reading."""

    @property
    def header(self) -> Sequence[str]:
        """One heading a column."""
        ...

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """One row for each photo; a cell that names a scene leads to it."""
        ...

    @property
    def means(self) -> Sequence[Sequence[str]]:
        """One row for each model."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What keeps the table from being whole, one line each."""
        ...


@dataclass(frozen=True)
class Page:
    """What the page shows, from the top down. Texts are plain: markup in them is shown as it is."""

    title: str
    subtitle: str = ""
    facts: Sequence[tuple[str, str]] = ()
    """What makes the figures mean something: protocol, degradation, version, by their names."""
    table: Cells | None = None
    plots: Sequence[tuple[str, str]] = ()
    """Captions, and ``<svg>`` elements that are trusted, as :meth:`Plot.svg` makes them."""
    scenes: Sequence[Scene] = ()


def write_page(page: Page, target: Path) -> None:
    """Write ``page`` as the HTML file ``target``: whole, or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    script = _part("page.js")
    places = {one_line(it.name): f"photo-{at}" for at, it in enumerate(page.scenes, 1)}
    stream = _template().stream(
        page=page,
        style=_part("page.css"),
        script=script,
        policy=_policy(script),
        is_figure=_figure_columns(page.table, names=places.keys()),
        places=places,
    )
    try:
        with whole(target) as part, part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(stream)
    except OSError as error:
        raise unwritable(target, error) from error


def _part(name: str) -> str:
    return resources.files("restorekit.viewing").joinpath(name).read_text(encoding="utf-8")


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    # jinja2 types its table of filters by those that it holds at first.
    filters: dict[str, Any] = environment.filters
    filters.update(line=one_line, brief=_brief, data=_data, shown=_shown)
    return environment.from_string(_part("page.html"))


def _policy(script: str) -> str:
    """What the page may load: its own script, known by its hash, its own style and pictures."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )


def _figure_columns(table: Cells | None, names: Collection[str]) -> list[bool]:
    """Which columns hold figures, and are thus set to the right and sorted as numbers.

    Args:
        table: Of the page.
        names: Of the photos, which may look like numbers.
    """
    if table is None:
        return []
    columns = zip(*(table.rows or table.means), strict=True)
    found = [
        all(FIGURE.fullmatch(cell) and one_line(cell) not in names for cell in column)
        for column in columns
    ]
    return found or [False] * len(table.header)


def _brief(text: str) -> str:
    return shortened(text, LONGEST_CELL)


def _shown(view: View) -> dict[str, str]:
    return {
        "label": one_line(view.label),
        "figures": one_line(view.figures),
        "source": _data(view.encoded, view.media_type),
    }


def _data(encoded: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(encoded).decode()}"
