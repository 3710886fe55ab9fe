"""A folder as a table: listing imports nothing, a new file is an entry, a wrong name is told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from restorekit.catalog import Catalog
from restorekit.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "a_made_up_package"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "wide_median.py").write_text("ENTRY = 'the median'")
    (folder / "bm3d.py").write_text("ENTRY = 'the blocks'")
    (folder / "_blocks.py").write_text("raise RuntimeError('private modules are no entries')")
    (folder / "notes.txt").write_text("no module")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_names_are_the_files_and_importing_waits(folder: Path) -> None:
    (folder / "broken.py").write_text("raise RuntimeError('must not be imported')")
    catalog: Catalog[str] = Catalog(PACKAGE, "ENTRY", "filter")
    assert catalog.names() == ["bm3d", "broken", "wide-median"]
    assert "wide-median" in catalog
    assert "wide_median" not in catalog
    assert "-blocks" not in catalog
    assert f"{PACKAGE}.wide_median" not in sys.modules
    assert catalog["wide-median"] == "the median"
    assert f"{PACKAGE}.bm3d" not in sys.modules
    with pytest.raises(RuntimeError, match="must not be imported"):
        catalog["broken"]


def test_iterating_gives_every_entry_in_the_order_of_names(folder: Path) -> None:
    assert folder.is_dir()
    assert list(Catalog[str](PACKAGE, "ENTRY", "filter")) == ["the blocks", "the median"]


@pytest.mark.parametrize("name", ["bm3", "_blocks", "__init__", "os.path", "", "../bm3d"])
def test_what_is_no_entry_is_told_with_the_nearest(folder: Path, name: str) -> None:
    assert folder.is_dir()
    with pytest.raises(UnknownNameError, match="unknown filter") as info:
        Catalog[str](PACKAGE, "ENTRY", "filter")[name]
    assert "bm3d" in str(info.value)
