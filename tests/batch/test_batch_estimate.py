"""What a dry run says, and how time left is reckoned."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from toy_batch import measure, names, plan_toys, run_toys, write_toy

from restorekit.batch.estimate import Estimate, Prediction, estimate
from restorekit.batch.progress import Progress
from restorekit.contracts import Size

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.batch.jobs import Plan


def predict(path: Path, size: Size) -> Prediction:
    pixels = size.height * size.width
    return Prediction(Size(2 * size.height, 2 * size.width), 3, 60 * pixels, 0.5 * pixels, pixels)


def estimate_toys(plan: Plan, **options: object) -> Estimate:
    settings = {"measure": measure, "predict": predict, "options": "x2", **options}
    return estimate(plan, **settings)  # type: ignore[arg-type]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number, size in enumerate(("10x4", "20x5", "2x3")):
        write_toy(tmp_path / f"in/{number}.jpg", size=size)
    return tmp_path / "in"


def test_totals(photos: Path) -> None:
    foretold = estimate_toys(plan_toys(photos, photos / "gone.jpg"))
    assert [it.size for it in foretold.forecasts] == [Size(4, 10), Size(5, 20), Size(3, 2)]
    assert foretold.tiles == 9
    assert foretold.memory == 6000
    assert foretold.seconds == pytest.approx(0.5 * 146)
    assert names(foretold.failed) == ["gone.jpg"]
    (disk,) = foretold.disks
    assert disk.needed == 146
    assert disk.suffices
    assert disk.folder == photos.parent, "the result's own folder is not made by asking"
    assert not (photos.parent / "in_x2").exists()


def test_devices_share_the_time_but_no_photo(photos: Path) -> None:
    plan = plan_toys(photos)
    assert estimate_toys(plan, workers=2).seconds == pytest.approx(50.0), "the longest photo"
    write_toy(photos / "3.jpg", size="20x5")
    assert estimate_toys(plan_toys(photos), workers=2).seconds == pytest.approx(0.25 * 246)


def test_a_full_disk_is_foretold(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(photos)._replace(free=145)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: full)
    (disk,) = estimate_toys(plan_toys(photos)).disks
    assert (disk.needed, disk.free, disk.suffices) == (146, 145, False)


def test_it_foretells_what_a_run_then_does(photos: Path) -> None:
    assert run_toys(plan_toys(photos)).exit_status == 0
    write_toy(photos / "1.jpg", "another")
    write_toy(photos / "broken.jpg").write_text("no size")
    write_toy(photos / "new.jpg", "new")
    plan = plan_toys(photos)
    blocked = estimate_toys(plan)
    assert names(blocked.failed) == ["0.jpg", "1.jpg", "2.jpg", "broken.jpg"]
    foretold = estimate_toys(plan, resume=True)
    report = run_toys(plan, resume=True)
    assert names(report.done) == ["1.jpg", "new.jpg"]
    assert [it.job.source for it in foretold.forecasts] == [it.source for it in report.done]
    assert names(foretold.skipped) == names(report.skipped) == ["0.jpg", "2.jpg"]
    assert names(foretold.failed) == names(report.failed) == ["broken.jpg"]


def test_standard_input_cannot_be_foretold() -> None:
    foretold = estimate_toys(plan_toys("-"))
    assert (foretold.forecasts, foretold.disks, foretold.seconds) == ((), (), 0.0)


def test_time_left() -> None:
    now = 100.0
    progress = Progress(4, clock=lambda: now)
    for photo, pixels in enumerate((100, 300, 100, 500)):
        assert progress.seconds_left() is None
        progress.measured(photo, pixels)
    progress.begin()
    now = 102.0
    assert progress.seconds_left() is None, "nothing is done"
    progress.advance(0, 0.5)
    assert progress.seconds_left() == pytest.approx(2.0 * 950 / 50)
    progress.advance(0, 1.0)
    progress.advance(1, 1 / 3)
    assert progress.seconds_left() == pytest.approx(2.0 * 800 / 200)
    progress.drop(3)
    assert progress.seconds_left() == pytest.approx(2.0 * 300 / 200)
    progress.measured(3, 500)
    assert progress.seconds_left() == pytest.approx(3.0), "dropped is dropped"
    progress.measured(2, 200)
    assert progress.seconds_left() == pytest.approx(2.0 * 400 / 200)
    progress.drop(1)
    assert progress.seconds_left() == pytest.approx(2.0 * 200 / 100)
    progress.advance(2, 1.0)
    assert progress.seconds_left() == 0.0
