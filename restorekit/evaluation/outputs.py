"""The files that an evaluation leaves: a report, a page, a contact sheet, plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.errors import OutputError, UsageError
from restorekit.evaluation import report
from restorekit.files import unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from restorekit.evaluation.report import Finding
    from restorekit.viewing.page import Page
    from restorekit.viewing.plots import Plot

PAGES, SHEETS, DRAWN = (".html", ".htm"), (".png",), (".svg", ".png")


@dataclass(frozen=True)
class Outputs:
    """Which files are to be written.

    Raises:
        UsageError: A name contradicts what is to be in it.
        OutputError: A folder is not there, or a name is taken and must not be replaced.
    """

    report: Path | None = None
    format: str | None = None
    """Of the report; None: what its name tells."""
    page: Path | None = None
    contact_sheet: Path | None = None
    plots: Path | None = None
    """The folder for the plots; it is made where it is not there."""
    overwrite: bool = False

    def __post_init__(self) -> None:
        report.format_for(self.format, self.report)
        for target, suffixes in ((self.page, PAGES), (self.contact_sheet, SHEETS)):
            if target is not None and target.suffix.lower() not in suffixes:
                raise UsageError(
                    f"{target}: the name tells another format", expected=f"{suffixes[0]} at its end"
                )
        targets = [it for it in (self.report, self.page, self.contact_sheet) if it is not None]
        if len(set(targets)) < len(targets):
            raise UsageError("two outputs have the same name", expected="a file for each")
        for target in targets:
            check_target(target, overwrite=self.overwrite)
        if self.plots is not None and self.plots.exists() and not self.plots.is_dir():
            raise OutputError(f"{self.plots}: a file is where the folder for the plots should be")

    @property
    def needs_gallery(self) -> bool:
        """Whether pictures are to be shown."""
        return self.page is not None or self.contact_sheet is not None

    def write(self, found: Finding) -> Path | None:
        """Write the report, where one is asked for.

        Raises:
            OutputError: It cannot be written.
        """
        form = report.format_for(self.format, self.report)
        if self.report is not None and form is not None:
            report.write(found, self.report, form)
        return self.report

    def show(self, page: Page) -> Iterator[Path]:
        """Write the page and the contact sheet, where they are asked for.

        Raises:
            OutputError: One cannot be written.
        """
        if self.page is not None:
            from restorekit.viewing.page import write_page

            write_page(page, self.page)
            yield self.page
        if self.contact_sheet is not None and page.scenes:
            from restorekit.viewing.contact_sheet import contact_sheet

            contact_sheet(page.scenes, self.contact_sheet)
            yield self.contact_sheet

    def draw(self, plots: Mapping[str, Plot]) -> Iterator[Path]:
        """Write every plot as PNG and as SVG, where a folder for them is named.

        Args:
            plots: By the name of the file.

        Raises:
            OutputError: The folder cannot be made, a name is taken, or a plot cannot be written.
        """
        if self.plots is None:
            return
        targets = [self.plots / f"{name}{suffix}" for name in plots for suffix in DRAWN]
        try:
            self.plots.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(self.plots, error) from error
        for target in targets:
            check_target(target, overwrite=self.overwrite)
        for target in targets:
            plots[target.stem].write(target)
            yield target


def check_target(target: Path, *, overwrite: bool) -> None:
    """Make sure, before the work, that a file may be written there.

    Raises:
        OutputError: Its folder is not there, or the name is taken and must not be replaced.
    """
    if not target.parent.is_dir():
        raise OutputError(f"{target}: there is no folder {target.parent}")
    if target.is_dir():
        raise OutputError(f"{target}: a folder is where the file should be")
    if target.exists() and not overwrite:
        raise OutputError(f"{target}: this file is there already", hint="--overwrite replaces it")
