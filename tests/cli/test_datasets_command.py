"""``restorekit datasets``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from restorekit.evaluation.datasets import manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Command

BENCH = Path(__file__).parents[2] / "../shared/bench"
NAMES = [it.name for it in manifest.datasets()]


@pytest.fixture
def set5(photo: Callable[..., Path]) -> Path:
    """A folder that is called like the set, with wrong photos of its names."""
    for name in ("baby", "bird", "butterfly", "head", "other"):
        photo(f"sets/Set5/{name}.png")
    return Path("sets")


def test_list(command: Command) -> None:
    done = command("datasets", "list")
    lines = done.out.splitlines()
    assert (done.status, done.err) == (0, "")
    assert lines[0].split() == ["name", "tasks", "photos", "sizes", "here", "licence"]
    assert [line.split()[0] for line in lines[1:]] == NAMES


def test_list_as_json(command: Command, set5: Path) -> None:
    events = command("datasets", "list", "--json", "--data", set5).events
    assert [event["name"] for event in events] == NAMES
    assert {event["event"] for event in events} == {"dataset"}
    here = {event["name"]: event["here"] for event in events if event["here"]}
    assert here == {"set5": str(set5 / "Set5")}


def test_info(command: Command) -> None:
    done = command("datasets", "info", "Set-5")
    facts = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert done.status == 0
    assert facts["name"] == "set5"
    assert facts["photos"] == "5, 256x256 to 512x512"
    assert facts["from"].startswith("https://")
    assert facts["set"] == f"sha256 {manifest.dataset('set5').sha256}"
    assert facts["baby"].startswith("512x512 colour f14d5154")
    (told,) = command("datasets", "info", "set5", "--json").events
    assert (told["event"], told["name"], told["photos"]) == ("dataset", "set5", 5)
    assert told["contents"]["baby"] == facts["baby"]
    assert (told["truth"], told["degraded"], told["here"]) == ("{name}", None, None)


def test_a_bad_copy_is_told(command: Command, set5: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = command("datasets", "verify", "set5", "--data", set5)
    lines = done.out.splitlines()
    assert (done.status, done.err) == (1, "")
    assert lines[0].startswith("set5: 4 of 5 photos differ (baby: 9x6 instead of 512x512, ")
    assert lines[1:] == [
        "differs  baby: 9x6 instead of 512x512",
        "differs  bird: 9x6 instead of 288x288",
        "differs  butterfly: 9x6 instead of 256x256",
        "differs  head: 9x6 instead of 280x280",
        "missing  woman",
        "extra    other",
    ]
    monkeypatch.setenv("RESTOREKIT_DATA", str(set5))
    done = command("datasets", "verify", "set5", "--json")
    (event,) = done.events
    assert done.status == 1
    assert (event["event"], event["state"], event["missing"]) == ("verified", "wrong", ["woman"])


def test_a_whole_copy(command: Command) -> None:
    if not BENCH.is_dir():
        pytest.skip("needs ../shared/bench")
    done = command("datasets", "verify", "set5", "--data", BENCH.resolve())
    assert (done.status, done.err) == (0, "")
    assert done.out == "set5: all 5 photos, as their hashes say\n"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("verify", "set5"), 2, "where is set5?: expected"),
        (("verify", "set5", "--data", "."), 1, "set5 is not in .: expected"),
        (("verify", "set5", "--data", "none"), 1, "got no such folder (get it from https://"),
        (("verify", "sett5"), 2, "unknown data set 'sett5' (did you mean set5"),
        (("info", "sett5"), 2, "unknown data set 'sett5' (did you mean set5"),
    ],
)
def test_refusals(command: Command, arguments: tuple[str, ...], status: int, words: str) -> None:
    done = command("datasets", *arguments)
    assert done.status == status
    assert words in done.complaint


def test_listing_loads_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys, json; sys.argv = ['restorekit', 'datasets', 'list', '--data', '.']\n"
        "from restorekit.cli.app import main\n"
        "try: main()\n"
        "finally: print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "restorekit.evaluation.datasets.listing" in loaded
    assert loaded & {"torch", "numpy", "PIL", "tifffile", "imagecodecs"} == set()
