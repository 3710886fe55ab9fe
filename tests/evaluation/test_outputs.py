"""Files that an evaluation leaves: what is refused before the work, and disks that refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from restorekit.errors import OutputError, UsageError
from restorekit.evaluation.outputs import Outputs
from restorekit.evaluation.result import Column, Evaluation, Row
from restorekit.viewing.page import Page
from restorekit.viewing.plots import Plot, distribution

if TYPE_CHECKING:
    from collections.abc import Iterator

FOUND = Evaluation(
    "rgb", (Column("psnr", "dB", "higher", "rgb"),), (Row("a", values={"psnr": 1.0}),)
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture(scope="module")
def drawn() -> dict[str, Plot]:
    return {"distribution-psnr": distribution({"one": [1.0, 2.0]}, "psnr (dB)")}


def outputs(**names: Any) -> Outputs:
    paths = ("report", "page", "contact_sheet", "plots")
    return Outputs(**{key: Path(it) if key in paths else it for key, it in names.items()})


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"report": "a.xls"}, "a.xls: the name tells no report format: expected .csv or"),
        ({"report": "a"}, "a: the name tells no report format"),
        ({"report": "a.csv", "format": "json"}, "--format json contradicts the name a.csv"),
        ({"format": "html"}, "unknown report format 'html'"),
        ({"page": "a.pdf"}, "a.pdf: the name tells another format: expected .html at its end"),
        ({"page": "html"}, "html: the name tells another format"),
        ({"contact_sheet": "a.jpg"}, "a.jpg: the name tells another format: expected .png"),
        ({"report": "a.html", "format": "csv", "page": "a.html"}, "two outputs have the same"),
        ({"report": "./a.html", "format": "csv", "page": "a.html"}, "two outputs have the same"),
        ({"report": "b/../a.html", "format": "csv", "page": "a.html"}, "two outputs have the same"),
    ],
)
def test_names_that_cannot_be_meant(names: dict[str, str], words: str) -> None:
    Path("b").mkdir()
    with pytest.raises(UsageError) as caught:
        outputs(**names)
    assert words in str(caught.value)


def test_the_same_file_from_elsewhere() -> None:
    with pytest.raises(UsageError, match="two outputs have the same name"):
        Outputs(report=Path("a.html").absolute(), format="csv", page=Path("a.html"))


@pytest.mark.parametrize("key", ["report", "page", "contact_sheet"])
def test_names_that_are_taken_and_folders_that_are_missing(key: str) -> None:
    name = {"report": "a.csv", "page": "a.HTM", "contact_sheet": "a.PNG"}[key]
    assert outputs(**{key: name}).needs_gallery == (key != "report")
    with pytest.raises(OutputError, match="there is no folder no"):
        outputs(**{key: f"no/{name}"})
    Path(name).write_bytes(b"before")
    with pytest.raises(OutputError, match=r"is there already \(--overwrite replaces it\)"):
        outputs(**{key: name})
    outputs(**{key: name}, overwrite=True)
    assert Path(name).read_bytes() == b"before"
    Path(name).unlink()
    Path(name).mkdir()
    with pytest.raises(OutputError, match="a folder is where the file should be"):
        outputs(**{key: name}, overwrite=True)


@pytest.mark.parametrize("overwrite", [True, False])
def test_the_folder_for_the_plots(overwrite: bool) -> None:
    Path("file").write_bytes(b"")
    with pytest.raises(OutputError, match="file: a file is where the plots' folder should be"):
        outputs(plots="file", overwrite=overwrite)
    with pytest.raises(OutputError, match="there is no folder no"):
        outputs(plots="no/plots", overwrite=overwrite)
    outputs(plots="plots", overwrite=overwrite)
    assert not Path("plots").exists()  # nothing is made before there is something to draw
    Path("plots").mkdir()
    outputs(plots="plots", overwrite=overwrite)


def test_plots_are_written(drawn: dict[str, Plot]) -> None:
    wanted = outputs(plots="plots")
    wanted.check_plots(drawn)
    targets = [Path("plots/distribution-psnr.svg"), Path("plots/distribution-psnr.png")]
    assert list(wanted.draw(drawn)) == targets
    assert targets[0].read_text(encoding="utf-8").startswith("<svg ")
    assert targets[1].read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(OutputError, match=r"distribution-psnr\.svg: this file is there already"):
        wanted.check_plots(drawn)
    wanted.check_plots(["distribution-ssim"])
    outputs(plots="plots", overwrite=True).check_plots(drawn)


def test_nothing_asked_for_writes_nothing(drawn: dict[str, Plot]) -> None:
    wanted = Outputs()
    assert not wanted.needs_gallery
    assert wanted.write(FOUND) is None
    assert [*wanted.show(Page("Title")), *wanted.draw(drawn)] == []
    assert list(Path().iterdir()) == []


def test_a_page_without_photos_has_no_contact_sheet() -> None:
    wanted = outputs(page="a.html", contact_sheet="a.png")
    assert list(wanted.show(Page("Title"))) == [Path("a.html")]


@pytest.mark.parametrize(
    ("places", "recursive"),
    [
        (["set/a.png"], False),
        (["other", "set"], False),
        (["./set/../set"], False),
        (["."], True),
    ],
)
def test_no_photo_is_replaced(places: list[str], recursive: bool) -> None:
    Path("set").mkdir()
    Path("set/a.png").write_bytes(b"a photo")
    with pytest.raises(UsageError, match="a photo would be replaced"):
        outputs(contact_sheet="set/a.png", overwrite=True).spare(places, recursive=recursive)


def test_new_files_may_lie_beside_the_photos() -> None:
    Path("set").mkdir()
    outputs(contact_sheet="set/b.png", page="set/b.html").spare(["set"])
    Path("set/b.png").write_bytes(b"a sheet")
    wanted = outputs(contact_sheet="set/b.png", overwrite=True)
    wanted.spare(["."])  # the folder itself, not those in it
    wanted.spare(["other"], recursive=True)


@pytest.fixture
def full_disk() -> Iterator[None]:
    """The system lets no file grow beyond 100 bytes."""
    resource = pytest.importorskip("resource", reason="needs limits of the system")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("there", [True, False])
def test_a_disk_that_refuses_keeps_what_was_there(drawn: dict[str, Plot], there: bool) -> None:
    Path("plots").mkdir()
    before = ["a.csv", "a.html", "plots/distribution-psnr.svg"] if there else []
    for name in before:
        Path(name).write_bytes(b"before")
    wanted = outputs(report="a.csv", page="a.html", plots="plots", overwrite=True)
    for write in (
        lambda: wanted.write(FOUND),
        lambda: list(wanted.show(Page("Title"))),
        lambda: list(wanted.draw(drawn)),
    ):
        with pytest.raises(OutputError, match="cannot be written: got File too large"):
            write()
    assert sorted(str(it) for it in Path().rglob("*") if it.is_file()) == before
    assert {Path(name).read_bytes() for name in before} <= {b"before"}


def test_a_folder_for_plots_that_cannot_be_made(drawn: dict[str, Plot]) -> None:
    Path("later").mkdir()
    wanted = outputs(plots="later/plots")
    Path("later").rmdir()
    with pytest.raises(OutputError, match="cannot be written: got No such file or directory"):
        list(wanted.draw(drawn))
