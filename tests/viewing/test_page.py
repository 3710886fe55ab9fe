"""The page is one whole file that needs no other, whatever the photos are called."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import made_pages
import pytest

from restorekit.errors import OutputError
from restorekit.viewing.page import Page, write_page

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "link", "img", "input", "br", "path", "use"}


class Elements(HTMLParser):
    """Counts elements, and checks that each is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = tmp_path_factory.mktemp("page") / "report.html"
    write_page(made_pages.page(), target)
    assert [it.name for it in target.parent.iterdir()] == ["report.html"]
    return target.read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_holds_every_photo(text: str) -> None:
    found = Elements(text)
    assert found.open == []
    assert found.counts["article"] == made_pages.PHOTOS
    assert found.counts["svg"] == 2
    assert found.counts["table"] == 1 + made_pages.PHOTOS
    # One script for each photo, which is data, and the one of the page; none from a name.
    assert found.counts["script"] == made_pages.PHOTOS + 1


def test_nothing_is_fetched(text: str) -> None:
    assert all(it.startswith(("data:", "#")) for it in Elements(text).addresses)
    assert not re.search(r"@import|url\((?!#)", text)
    assert "default-src &#39;none&#39;" in text


def test_only_the_script_of_the_page_may_run(text: str) -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert f"script-src &#39;sha256-{digest}&#39;" in policy


def test_the_same_page_gives_the_same_text(text: str, tmp_path: Path) -> None:
    write_page(made_pages.page(), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == text


def test_photos_named_by_numbers_are_names(tmp_path: Path) -> None:
    """Column by column: models, photos with and without ending, figures, what is missing."""
    scenes = [dataclasses.replace(made_pages.page().scenes[0], name=it) for it in ("0801", "0802")]
    rows = [
        ("2xnet", "0801", "0801.png", "28.4", "inf", "-"),
        ("2xnet", "0802", "0802.png", "-1e-05", "1.5 [1.2, 1.8]", "-"),
    ]
    table = made_pages.Table(tuple("abcdef"), tuple(rows))
    write_page(Page("Title", table=table, scenes=scenes), tmp_path / "a.html")
    found = (tmp_path / "a.html").read_text(encoding="utf-8")
    heads = re.findall(r'<th scope="col"[^>]*>', found)
    assert ['class="figure"' in it for it in heads] == [False] * 3 + [True] * 3
    assert '<td><a href="#photo-2">0802</a></td>' in found


def test_names_that_are_no_unicode_are_written(tmp_path: Path) -> None:
    name = b"caf\xe9.jpg".decode(errors="surrogateescape")
    write_page(Page(name, facts=[("file", name)]), tmp_path / "a.html")
    found = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert found.count("caf\N{REPLACEMENT CHARACTER}.jpg") == 3


def test_a_page_of_little_has_no_empty_parts(tmp_path: Path) -> None:
    write_page(Page("Title", scenes=made_pages.page().scenes[:1]), tmp_path / "a.html")
    found = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert Elements(found).counts.get("h2") == 1
    assert 'id="together"' not in found


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("older", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_page(Page("Title"), tmp_path / "none" / "report.html")
    broken = Page("Title", scenes=[made_pages.page().scenes[0], None])  # type: ignore[list-item]
    with pytest.raises(Exception, match="None"):
        write_page(broken, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "older"
    assert [it.name for it in tmp_path.iterdir()] == ["report.html"]
