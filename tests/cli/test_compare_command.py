"""``restorekit compare``: pages, contact sheets, exit statuses and refusals."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Command

    Write = Callable[..., Path]

HOSTILE = "<script>alert(1)<\N{DIVISION SLASH}script> '&\"[bold]\n.png"

SIZE = {"height": 24, "width": 30}


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def written() -> list[str]:
    """Every file, with what was there before the command."""
    return sorted(str(it) for it in Path().rglob("*") if it.is_file())


@pytest.fixture
def folders(photo: Write) -> None:
    for name in ("truth/a.png", "truth/b.png", "out/a_x4.png", "out/b_x4.jpg"):
        photo(name, **SIZE)


def test_two_files_make_a_page(command: Command, photo: Write) -> None:
    before = {it: digest(photo(it, **SIZE)) for it in ("a.png", "b.jpg")}
    done = command("compare", "a.png", "b.jpg")
    assert (done.status, done.err) == (0, "wrote compare.html\n")
    lines = done.out.splitlines()
    assert lines[0] == "against the first picture, protocol rgb, where the sizes are the same"
    assert re.findall(r"\w+", lines[2]) == ["photo", "picture", "size", "psnr", "dB", "ssim"]
    assert all(words in lines[4] for words in ("b.jpg", "30x24"))
    page = Path("compare.html").read_text(encoding="utf-8")
    assert "<title>Comparison</title>" in page
    assert written() == ["a.png", "b.jpg", "compare.html"]
    assert {it: digest(Path(it)) for it in before} == before


def test_the_page_is_not_replaced_unless_asked_for(command: Command, photo: Write) -> None:
    photo("a.png", **SIZE)
    photo("b.png", **SIZE)
    Path("compare.html").write_bytes(b"mine")
    done = command("compare", "a.png", "b.png")
    assert done.status == 1
    assert done.complaint == (
        "restorekit: compare.html: this file is there already (--overwrite replaces it)"
    )
    assert Path("compare.html").read_bytes() == b"mine"
    assert command("compare", "a.png", "b.png", "--overwrite").status == 0
    assert Path("compare.html").read_bytes().startswith(b"<!doctype html>")


@pytest.mark.usefixtures("folders")
def test_a_contact_sheet_alone_writes_no_page(command: Command) -> None:
    before = written()
    done = command("compare", "truth", "out", "--contact-sheet", "sheet.png")
    assert (done.status, done.err) == (0, "wrote sheet.png\n")
    assert written() == sorted([*before, "sheet.png"])
    with Image.open("sheet.png") as sheet:
        assert sheet.format == "PNG"
        assert sheet.width == 2 * 24 + 2 * 160 + 12  # margins, two columns, the gap between them


@pytest.mark.usefixtures("folders")
def test_a_page_and_a_contact_sheet(command: Command) -> None:
    both = ("--html", "page.htm", "--contact-sheet", "sheet.png", "--metric", "psnr")
    done = command("compare", "truth", "out", "truth", *both)
    assert (done.status, done.err) == (0, "wrote page.htm\nwrote sheet.png\n")
    assert "ssim" not in done.out
    assert not Path("compare.html").exists()


@pytest.mark.usefixtures("folders")
def test_what_is_not_whole_is_told_and_the_rest_shown(command: Command) -> None:
    Path("out/a_x4.png").write_bytes(Path("out/a_x4.png").read_bytes()[:70])
    done = command("compare", "truth", "out")
    assert done.status == 1
    first, second = done.err.splitlines()
    assert first.startswith("failed: out/a_x4.png is damaged or cut off")
    assert second == "wrote compare.html"
    assert Path("compare.html").read_text(encoding="utf-8").count('<article class="scene"') == 1


@pytest.mark.parametrize("targets", [(), ("--contact-sheet", "sheet.png")])
def test_nothing_to_look_at_is_told(
    command: Command, photo: Write, targets: tuple[str, ...]
) -> None:
    photo("one/a.png")
    photo("two/b.png")
    done = command("compare", "one", "two", *targets)
    assert done.status == 1
    *notes, complaint = done.err.splitlines()
    assert notes == ["two/b.png: none of this name in one", "one/a.png: nothing to compare it with"]
    assert complaint.startswith("restorekit: nothing to show: expected at least one photo with two")
    assert written() == ["one/a.png", "two/b.png"]


def test_a_transparent_picture_is_shown(command: Command, photo: Write) -> None:
    photo("a.png", **SIZE)
    Image.new("RGBA", (30, 24), (9, 9, 9, 90)).save("b.png")
    done = command("compare", "a.png", "b.png")
    assert (done.status, done.err.splitlines()) == (
        0,
        [
            "a, b.png: transparent in places; shown on grey, no figures",
            "wrote compare.html",
        ],
    )


def test_inner_folders(command: Command, photo: Write) -> None:
    for name in ("one/a.png", "one/deep/a.png", "two/a.png", "two/deep/a.png"):
        photo(name)
    assert "deep/a" not in command("compare", "one", "two").out
    assert "deep/a" in command("compare", "one", "two", "-r", "--overwrite").out


@pytest.mark.skipif(os.name == "nt", reason="names cannot hold these signs there")
def test_hostile_names(command: Command, photo: Write) -> None:
    photo(f"one/{HOSTILE}", **SIZE)
    photo(f"--two/{HOSTILE}", **SIZE)
    done = command("compare", "--contact-sheet", "sheet.png", "--", "one", "--two")
    assert done.status == 0
    done = command("compare", "--", "one", "--two")
    assert (done.status, done.err) == (0, "wrote compare.html\n")
    assert "<script>alert" not in Path("compare.html").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="names cannot hold these signs there")
def test_names_do_not_steer_the_terminal(command: Command, photo: Write) -> None:
    for name in ("one/a\x1b[31m.png", "two/a\x1b[31m.png", "two/\x9b2J\n.png"):
        photo(name, **SIZE)
    done = command("compare", "one", "two")
    assert done.status == 1
    assert "\N{REPLACEMENT CHARACTER}[31m" in done.out
    assert "\N{REPLACEMENT CHARACTER}2J" in done.err
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.out + done.err)


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "restorekit compare: Missing argument 'PICTURES'"),
        (("truth",), 2, "nothing to compare with: expected two pictures or more, or folders"),
        (("truth", "out/a_x4.png"), 2, "expected two folders, or two files"),
        (("truth", "no"), 1, "no: no such file or folder"),
        (("truth", "out", "--metric", "fid"), 2, "fid measures many photos together (restorekit"),
        (("truth", "out", "--metric", "psrn"), 2, "unknown metric 'psrn' (did you mean psnr"),
        (("truth", "out", "--html", "a.pdf"), 2, "a.pdf: the name tells another format"),
        (("truth", "out", "--html", "no/a.html"), 1, "there is no folder no"),
        (("truth", "out", "--contact-sheet", "a.jpg"), 2, "expected .png at its end"),
        (("truth", "out", "--protocol", "rgb"), 2, "No such option: --protocol"),
    ],
)
def test_what_cannot_be_meant(
    command: Command, arguments: tuple[str, ...], status: int, words: str
) -> None:
    before = written()
    done = command("compare", *arguments)
    assert words in done.complaint
    assert done.status == status
    assert written() == before


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    "places",
    [("truth/a.png", "out/a_x4.png"), ("truth", "out"), ("truth", "out", "-r"), (".", "..", "-r")],
)
def test_no_photo_is_replaced(command: Command, places: tuple[str, ...]) -> None:
    before = Path("out/a_x4.png").read_bytes()
    sheet = ("--contact-sheet", "out/a_x4.png")
    taken = command("compare", *places, *sheet)
    assert (taken.status, "is there already" in taken.complaint) == (1, True)
    done = command("compare", *places, *sheet, "--overwrite")
    assert (done.status, "a photo would be replaced" in done.complaint) == (2, True)
    assert Path("out/a_x4.png").read_bytes() == before
