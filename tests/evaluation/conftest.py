"""An empty cache for everyone, and the benchmark photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

BENCH = Path(__file__).parents[2] / "../shared/bench"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def bench() -> Callable[[str], Path]:
    """A folder of the benchmark photos, which lie beside the repository."""

    def find(name: str) -> Path:
        if not (BENCH / name).is_dir():
            pytest.skip(f"needs ../shared/bench/{name}")
        return BENCH / name

    return find
