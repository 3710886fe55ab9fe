"""The files that an evaluation leaves: a report, a page, a contact sheet, plots."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.errors import OutputError, UsageError
from restorekit.evaluation import report
from restorekit.files import check_target, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
        targets = self._files()
        if len({it.resolve() for it in targets}) < len(targets):
            raise UsageError("two outputs have the same name", expected="a file for each")
        for target in targets:
            check_target(target, overwrite=self.overwrite)
        if self.plots is not None and not self.plots.is_dir():
            if self.plots.exists():
                raise OutputError(f"{self.plots}: a file is where the plots' folder should be")
            check_target(self.plots, overwrite=False)

    def _files(self) -> list[Path]:
        return [it for it in (self.report, self.page, self.contact_sheet) if it is not None]

    @property
    def needs_gallery(self) -> bool:
        """Whether pictures are to be shown."""
        return self.page is not None or self.contact_sheet is not None

    def spare(self, places: Iterable[str | Path], *, recursive: bool = False) -> None:
        """Make sure, before the work, that none of the photos would be replaced.

        Args:
            places: The photos, or folders of them.
            recursive: Whether the folders in them hold photos too.

        Raises:
            UsageError: One would be.
        """
        files = {it.resolve() for it in self._files()}
        folders: Sequence[Path] = ()
        if self.contact_sheet is not None and self.contact_sheet.exists():
            folders = self.contact_sheet.resolve().parents
        for place in (Path(it) for it in places):
            if place.resolve() in (*files, *(folders if recursive else folders[:1])):
                raise UsageError(
                    f"{place}: a photo would be replaced",
                    expected="no photo that is looked at among the outputs",
                    hint="give another name",
                )

    def check_plots(self, names: Iterable[str]) -> None:
        """Make sure, before the work, that the plots may be written.

        Args:
            names: What :meth:`draw` may be given.

        Raises:
            OutputError: A name is taken and must not be replaced.
        """
        if self.plots is not None and self.plots.is_dir():
            for target in _drawn(self.plots, names):
                check_target(target, overwrite=self.overwrite)

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
            OutputError: The folder cannot be made, or a plot cannot be written.
        """
        if self.plots is None:
            return
        try:
            self.plots.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(self.plots, error) from error
        for target in _drawn(self.plots, plots):
            plots[target.stem].write(target)
            yield target


def _drawn(folder: Path, names: Iterable[str]) -> list[Path]:
    return [folder / f"{name}{suffix}" for name in names for suffix in DRAWN]
