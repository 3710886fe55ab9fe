"""What degradations of the folder need that run a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_degrader import write_degrader

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def degrader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small network in the file that the texts of ``learned`` name, in the folder of the test."""
    monkeypatch.chdir(tmp_path)
    return write_degrader(tmp_path / "degrader.safetensors")
