"""The command line, run inside the test's own process, in an empty folder with an empty cache."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from hand_placed import place_weights

from restorekit.cli.app import main

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).parents[1] / "images"))


class Outcome(NamedTuple):
    status: int
    data: bytes
    """Of standard output."""
    err: str

    @property
    def out(self) -> str:
        return self.data.decode()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The only line on standard error, with nothing on standard output."""
        assert self.data == b""
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.rstrip("\n")


class Command(Protocol):
    def __call__(self, *arguments: object, stdin: bytes = b"") -> Outcome: ...


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("RESTOREKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """``restorekit`` with arguments: its exit status and what it wrote."""

    def run(*arguments: object, stdin: bytes = b"") -> Outcome:
        out, err = io.BytesIO(), io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr("sys.argv", ["restorekit", *map(str, arguments)])
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
            patch.setattr("sys.stdout", io.TextIOWrapper(out, "utf-8", write_through=True))
            patch.setattr("sys.stderr", err)
            with pytest.raises(SystemExit) as ended:
                main()
            sys.stdout.flush()
            return Outcome(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def photo() -> Callable[..., Path]:
    """Writes a small photo; its suffix tells the format."""
    import pillow_heif
    from made_photos import saved, smooth
    from PIL import Image

    def write(name: str, *, height: int = 6, width: int = 9, **options: Any) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = smooth(height, width)
        if path.suffix.lower() == ".heic":
            pillow_heif.from_pillow(Image.fromarray(pixels)).save(path)
        else:
            kinds = {".jpg": "JPEG", ".tif": "TIFF"}
            kind = kinds.get(path.suffix.lower(), path.suffix[1:].upper())
            path.write_bytes(saved(pixels, kind, **options))
        return path

    return write


@pytest.fixture(scope="session")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the small network."""
    return place_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def weights(placed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, in use."""
    monkeypatch.setenv("RESTOREKIT_CACHE", str(placed))
    return placed
