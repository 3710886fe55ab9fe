"""What an evaluation shows of its photos, and its plots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from shown import pixels, pixels_of

from restorekit.evaluation import gallery as galleries
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.gallery import Gallery, page, plot_names, plots
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.result import Column, Evaluation, Row
from restorekit.evaluation.runner import measure_models, measure_pairs
from restorekit.evaluation.trial import Listeners, Measured
from restorekit.images.quantize import to_float, to_integers
from restorekit.viewing import scene as scenes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.viewing.page import Page
    from restorekit.viewing.scene import Scene

    Write = Callable[..., Path]

PSNR = Column("psnr", "dB", "higher", "rgb")
LPIPS = Column("lpips-alex", "", "lower", "rgb")
MODELS = ["nearest", "bicubic"]
RGB2 = Measures(["psnr"], "rgb", "sr", 2)


@pytest.fixture
def small_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "SIDE", 32)


def looked_at(measure: Callable[..., Evaluation], *arguments: Any) -> tuple[Evaluation, Page]:
    """An evaluation, and its page; the measures come last."""
    gallery = Gallery(arguments[-1].columns())
    found = measure(*arguments, listeners=Listeners(gallery.start, gallery.add))
    return found, page(found, gallery)


def labels(scene: Scene) -> list[str]:
    return [it.label for it in scene.views]


def crop(picture: np.ndarray, scene: Scene) -> np.ndarray:
    top, left, height, width = scene.box
    return picture[top : top + height, left : left + width]


@pytest.mark.usefixtures("small_crops")
def test_one_box_for_all_that_is_shown_of_a_photo(photo: Write, tmp_path: Path) -> None:
    path = photo("set/a.png", size=(80, 97))
    found, shown = looked_at(measure_models, MODELS, tmp_path / "set", RGB2)
    (scene,) = shown.scenes
    assert scene.size == (80, 96)  # what the scale leaves over is cut off
    assert labels(scene) == ["reference", "input", *MODELS]
    assert [pixels(it).shape for it in scene.views] == [(32, 32, 3)] * 4
    reference = pixels_of(path)[:, :96]
    degraded = to_integers(Degradation(2)(reference, "a"), 8)
    enlarged = degraded.repeat(2, axis=0).repeat(2, axis=1)
    seen = dict(zip(labels(scene), map(pixels, scene.views), strict=True))
    assert np.array_equal(seen["reference"], crop(reference, scene))
    assert np.array_equal(seen["input"], crop(enlarged, scene))
    assert np.array_equal(seen["nearest"], crop(enlarged, scene))
    assert not np.array_equal(seen["bicubic"], seen["nearest"])
    told = [f"psnr {row.values['psnr']:.2f} dB" for row in found.rows]
    assert [it.figures for it in scene.views] == ["", "", *told]


@pytest.mark.usefixtures("small_crops")
def test_the_place_that_differs_is_shown() -> None:
    reference = np.full((96, 128, 3), 90, np.uint8)
    restored = reference.copy()
    restored[72:80, 8:16] = 200
    degraded = to_float(reference[::2, ::2]).copy()
    degraded[4:8, 50:54] = 1
    row = Row("a", "one", {"psnr": 30.0})
    # Where there is an input, it is the place that this lost: no model is favoured.
    for it, (top, left) in (
        (Measured(row, reference, restored), (72, 8)),
        (Measured(row, reference, restored, degraded), (8, 100)),
    ):
        gallery = Gallery((PSNR,))
        gallery.start(1)
        gallery.add(it)
        box = gallery.scenes()[0].box
        assert box.top <= top <= top + 8 <= box.top + 32
        assert box.left <= left <= left + 8 <= box.left + 32


def test_results_that_are_there_have_no_input(photo: Write, tmp_path: Path) -> None:
    photo("gt/a.png")
    photo("out/a.png", offset=5)
    measures = Measures(["psnr"])
    _, shown = looked_at(measure_pairs, tmp_path / "out", tmp_path / "gt", measures)
    assert labels(shown.scenes[0]) == ["reference", "result"]
    assert shown.scenes[0].views[1].figures == "psnr 34.15 dB"
    folders = [tmp_path / "out", tmp_path / "gt"]
    _, shown = looked_at(measure_pairs, folders, tmp_path / "gt", measures)
    assert labels(shown.scenes[0]) == ["reference", *map(str, folders)]


@pytest.mark.parametrize("missing", [0, 1])
def test_a_photo_that_one_folder_lacks_is_shown_with_the_other(
    photo: Write, tmp_path: Path, missing: int
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for name in ("gt/9.png", "gt/10.png", "one/9.png", "one/10.png", "two/9.png", "two/10.png"):
        photo(name)
    (folders[missing] / "9.png").unlink()
    found, shown = looked_at(measure_pairs, folders, tmp_path / "gt", Measures(["psnr"]))
    assert not found.is_whole
    first, second = shown.scenes
    assert (first.name, labels(first)) == ("9", ["reference", str(folders[1 - missing])])
    assert (second.name, labels(second)) == ("10", ["reference", *map(str, folders)])


def test_a_photo_that_fails_is_told_and_the_others_are_shown(photo: Write, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        photo(f"set/{name}.png")
    (tmp_path / "set/b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    _, shown = looked_at(measure_models, MODELS, tmp_path / "set", RGB2)
    assert [(it.name, len(it.views)) for it in shown.scenes] == [("a", 4), ("c", 4)]
    assert shown.table is not None
    assert sum("b.png is damaged" in note for note in shown.table.notes) == len(MODELS)


def test_grey_photos(photo: Write, tmp_path: Path) -> None:
    grey = Image.open(photo("set/a.png")).convert("L")
    grey.save(tmp_path / "set/a.png")
    found, shown = looked_at(measure_models, MODELS, tmp_path / "set", RGB2)
    assert found.is_whole
    assert labels(shown.scenes[0]) == ["reference", "input", *MODELS]
    assert np.array_equal(pixels(shown.scenes[0].views[0])[:, :, 0], np.asarray(grey))


@pytest.mark.usefixtures("small_crops")
def test_many_photos_have_smaller_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "SMALL_SIDE", 8)
    for photos, side in ((40, 32), (41, 8), (10_000, 8)):
        gallery = Gallery((PSNR,))
        gallery.start(photos)
        gallery.add(measured("a", 30))
        assert gallery.scenes()[0].box[2:] == (side, side)
    monkeypatch.setattr(galleries, "MOST", 40)  # so many are shown, however many there are
    gallery.start(10_000)
    gallery.add(measured("b", 30))
    assert gallery.scenes()[1].box[2:] == (32, 32)


def measured(name: str, value: float, model: str = "one", metric: str = "psnr") -> Measured:
    reference = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    return Measured(Row(name, model, {metric: value}), reference, reference)


VALUES = {"a": 31.0, "b": math.inf, "c": 25.0, "d": 29.0, "e": 33.0}


@pytest.mark.parametrize(("column", "kept"), [(PSNR, ["a", "c", "d"]), (LPIPS, ["a", "b", "e"])])
def test_of_too_many_the_worst_of_the_first_model_are_kept(
    monkeypatch: pytest.MonkeyPatch, column: Column, kept: list[str]
) -> None:
    monkeypatch.setattr(galleries, "MOST", 3)
    gallery = Gallery((column,))
    gallery.start(len(VALUES))
    rows = [measured(name, it, metric=column.name) for name, it in VALUES.items()]
    rows += [measured(name, -it, "two", column.name) for name, it in VALUES.items()]
    for it in rows:
        gallery.add(it)
    assert gallery.seen == 5
    assert [it.name for it in gallery.scenes()] == kept
    assert {tuple(labels(it)) for it in gallery.scenes()} == {("reference", "one", "two")}
    facts = page(Evaluation("rgb", (column,), tuple(it.row for it in rows)), gallery).facts
    assert ("photos shown", "the 3 of 5 that came out worst") in facts


def test_as_many_as_are_shown_need_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(galleries, "MOST", 5)
    gallery = Gallery((PSNR,))
    gallery.start(5)
    rows = [measured(name, it) for name, it in VALUES.items()]
    for it in rows:
        gallery.add(it)
    shown = page(Evaluation("rgb", (PSNR,), tuple(it.row for it in rows)), gallery)
    assert len(shown.scenes) == 5
    assert "photos shown" not in dict(shown.facts)


def test_a_photo_that_failed_under_the_first_model_is_ranked_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(galleries, "MOST", 2)
    gallery = Gallery((PSNR,))
    gallery.start(4)
    for it in (measured("a", 30), measured("c", 20), measured("d", 28)):
        gallery.add(it)
    for it in (measured("a", 10, "two"), measured("b", 25, "two"), measured("c", 40, "two")):
        gallery.add(it)
    assert [(it.name, labels(it)[1:]) for it in gallery.scenes()] == [
        ("b", ["two"]),
        ("c", ["one", "two"]),
    ]


def test_infinite_figures_break_no_plot(photo: Write, tmp_path: Path) -> None:
    for name in ("gt/a.png", "out/a.png", "gt/b.png"):
        photo(name)
    photo("out/b.png", offset=5)
    measures = Measures(["psnr"])
    found, shown = looked_at(measure_pairs, tmp_path / "out", tmp_path / "gt", measures)
    assert [row.values["psnr"] for row in found.rows] == [math.inf, pytest.approx(34.15, abs=0.01)]
    ((caption, svg),) = shown.plots
    assert caption.startswith("psnr (dB) by model: every photo a dot")
    assert "left out, not finite: 1" in svg
    assert plots(found)["distribution-psnr"].png()[:4] == b"\x89PNG"
    assert shown.scenes[0].views[1].figures == "psnr inf dB"


def test_what_is_drawn() -> None:
    fid = Column("fid", "", "lower", "rgb", of_set=True)
    rows = [
        Row(photo, model, {"psnr": 30.0, "lpips-alex": 0.1}, seconds=seconds)
        for model, seconds in (("one", 0.5), ("two", 2.0))
        for photo in ("a", "b")
    ]
    of_sets = {"one": {"fid": 12.0}, "two": {"fid": 9.0}}
    found = Evaluation("rgb", (PSNR, LPIPS, fid), tuple(rows), of_sets=of_sets)
    assert list(plots(found)) == [
        "distribution-psnr",
        "psnr-against-time",
        "distribution-lpips-alex",
        "lpips-alex-against-time",
        "fid-against-time",
    ]
    assert set(plots(found)) < set(plot_names(found.columns))
    infinite = Evaluation("rgb", (PSNR,), (Row("a", "one", {"psnr": math.inf}, seconds=1.0),))
    assert list(plots(infinite)) == ["distribution-psnr"]
    failed = Evaluation("rgb", (PSNR,), (Row("a", "one", failure="a is damaged"),))
    assert plots(failed) == {}


def test_a_page_of_failures_alone(photo: Write, tmp_path: Path) -> None:
    photo("set/a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    _, shown = looked_at(measure_models, MODELS, tmp_path / "set", RGB2)
    assert (shown.scenes, list(shown.plots)) == ((), [])


def test_the_facts_of_a_page(photo: Write, tmp_path: Path) -> None:
    photo("set/a.png")
    _, shown = looked_at(measure_models, MODELS, tmp_path / "set", RGB2)
    facts = dict(shown.facts)
    assert facts["protocol"] == "rgb"
    assert facts["input made by"] == "crop_to_multiple(2)|downscale(2, 'matlab')|quantize(8)"
    assert facts["scale"] == "2"
    assert facts["model nearest"] == "licence none needed, device cpu"
    assert "data" not in facts
