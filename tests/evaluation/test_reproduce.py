"""Papers' tables beside ours: real figures, missing and partial sets, and made-up tables."""

from __future__ import annotations

import json
import math
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hand_placed import place_vdsr

from restorekit.errors import ManifestError, UnknownNameError, UsageError
from restorekit.evaluation.datasets.manifest import dataset
from restorekit.evaluation.measures import METRICS, Measures
from restorekit.evaluation.papers import published as table_files
from restorekit.evaluation.papers.published import methods, parse, published
from restorekit.evaluation.papers.reproduce import reproduce, reproducible
from restorekit.evaluation.papers.reproduction import reproduction_table
from restorekit.evaluation.trial import Listeners
from restorekit.zoo.restorers import DeviceOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.evaluation.papers.reproduction import Reproduction
    from restorekit.evaluation.trial import Measured

    Find = Callable[[str], Path]

TOY: dict[str, Any] = {
    "method": "toy",
    "task": "sr",
    "model": "nearest",
    "authors": "A. Nobody",
    "title": "On Toys",
    "year": 1999,
    "link": "https://example.org/toys",
    "table": "table 1",
    "protocol": "rgb",
    "measured_on": "colours",
    "input": "as ours",
    "luma": False,
    "rounded": True,
    "differs": "nothing",
    "source": "made up",
    "rows": [
        {"dataset": "BSDS100", "scale": 2, "figures": {"psnr": "30.00"}},
        {"dataset": "bsd100", "scale": 4, "figures": {"psnr": "28.0", "ssim": "0.9000"}},
        {"dataset": "urban100", "scale": 2, "figures": {"psnr": "29.00"}},
    ],
}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a table, with other values of some keys, the only one there is."""

    def write(**changes: Any) -> None:
        (tmp_path / "papers").mkdir(exist_ok=True)
        (tmp_path / "papers/toy.json").write_text(json.dumps({**TOY, **changes}))

    monkeypatch.setattr(table_files, "PAPERS", tmp_path / "papers")
    write()
    return write


@pytest.fixture
def bsd100(photo: Callable[..., Path], tmp_path: Path) -> Path:
    """A folder with two photos under the name of a set whose hashes are not known."""
    for number in range(2):
        photo(f"data/BSD100/{number}.png", number, size=(32, 36))
    return tmp_path / "data"


def by_cell(found: Reproduction) -> dict[tuple[str, int | None, str], float | None]:
    return {(it.figure.dataset, it.figure.scale, it.figure.metric): it.ours for it in found.rows}


def test_bicubic_beside_its_table(bench: Find) -> None:
    """Set5: every figure to the last printed digit; Set14: within 0.015 dB and 0.001."""
    folder = bench("set5").parent
    bench("set14")
    found = reproduce("bicubic", folder, datasets=["Set5", "Set14"])
    assert len(found.rows) == 12
    assert found.is_whole
    for row in found.rows:
        assert row.difference is not None
        assert row.copy == "whole"
        if row.figure.dataset == "set5":
            assert f"{row.ours:.{row.figure.decimals}f}" == row.figure.printed
            assert row.photos == 5
        else:
            assert abs(row.difference) < (0.015 if row.figure.metric == "psnr" else 0.001)
            assert row.photos == 14
    assert found.protocols == tuple(f"y-crop (border {scale})" for scale in (2, 3, 4))
    assert found.degradations[0] == "luma|crop_to_multiple(2)|downscale(2, 'matlab')"


@pytest.mark.slow
def test_vdsr_beside_its_table(bench: Find, tmp_path: Path) -> None:
    place_vdsr(tmp_path / "cache")
    found = reproduce(
        "vdsr",
        bench("set5").parent,
        datasets=["set5"],
        scales=[3],
        devices=DeviceOptions(device="cpu", precision="fp32"),
    )
    psnr, ssim = found.rows
    assert psnr.ours == pytest.approx(33.66, abs=0.005)
    assert ssim.ours == pytest.approx(0.9213, abs=0.00005)
    assert found.model["precision"] == "fp32"


def test_a_set_that_is_not_there_is_a_row_that_says_so(toy: object, bsd100: Path) -> None:
    found = reproduce("toy", bsd100)
    ours = by_cell(found)
    assert list(ours) == [
        ("bsd100", 2, "psnr"),
        ("bsd100", 4, "psnr"),
        ("bsd100", 4, "ssim"),
        ("urban100", 2, "psnr"),
    ]
    assert all(ours[cell] is not None for cell in list(ours)[:3])
    absent = found.rows[3]
    assert (absent.ours, absent.difference, absent.photos) == (None, None, 0)
    assert absent.copy == "absent"
    assert "urban100 is not in" in absent.note
    assert "get it from https://" in absent.note
    assert not found.is_whole


def test_no_set_at_all(toy: object, tmp_path: Path) -> None:
    found = reproduce("toy", tmp_path)
    assert {row.copy for row in found.rows} == {"absent"}
    assert (found.protocols, found.degradations, dict(found.model)) == ((), (), {})


def test_fewer_photos_than_the_set_has_are_told(toy: object, bsd100: Path) -> None:
    found = reproduce("toy", bsd100, datasets=["bsd100"])
    assert {(row.copy, row.photos) for row in found.rows} == {("unverified", 2)}
    assert found.rows[0].note.startswith("bsd100: 2 of 100 photos, not verified")
    assert not found.is_whole


def test_extra_photos_are_not_measured(
    bench: Find, toy: Callable[..., None], tmp_path: Path
) -> None:
    shutil.copytree(bench("set5"), tmp_path / "Set5")
    shutil.copyfile(tmp_path / "Set5/bird_GT.bmp", tmp_path / "Set5/another.bmp")
    toy(rows=[{"dataset": "set5", "scale": 4, "figures": {"psnr": "27.00"}}])
    found = reproduce("toy", tmp_path)
    assert (found.rows[0].copy, found.rows[0].photos) == ("extra", 5)
    assert found.is_whole
    (tmp_path / "Set5/bird_GT.bmp").unlink()  # the copy of it is told by its pixels
    assert reproduce("toy", tmp_path).rows[0].copy == "whole"
    (tmp_path / "Set5/another.bmp").unlink()
    partial = reproduce("toy", tmp_path)
    assert (partial.rows[0].copy, partial.rows[0].photos) == ("partial", 4)
    assert not partial.is_whole


def test_photos_that_fail_are_told(toy: object, bsd100: Path) -> None:
    (bsd100 / "BSD100/1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found = reproduce("toy", bsd100, scales=[4])
    assert {row.photos for row in found.rows} == {1}
    assert "1.png is damaged or cut off" in found.rows[0].note


def test_what_is_asked_for_is_all_that_is_measured(toy: object, bsd100: Path) -> None:
    found = reproduce("toy", bsd100, scales=[4], datasets=["BSD-100"])
    assert list(by_cell(found)) == [("bsd100", 4, "psnr"), ("bsd100", 4, "ssim")]
    assert found.degradations == ("crop_to_multiple(4)|downscale(4, 'matlab')|quantize(8)",)
    with pytest.raises(UsageError, match="no such data set or scale: expected bsd100 x2 or bsd100"):
        reproduce("toy", bsd100, scales=[3])


def test_an_interrupted_run_keeps_what_it_has(toy: object, bsd100: Path) -> None:
    def interrupt(_: Measured) -> None:
        raise KeyboardInterrupt

    found = reproduce("toy", bsd100, listeners=Listeners(on_photo=interrupt))
    assert not found.is_whole
    assert "interrupted" in found.rows[0].note
    assert [(row.ours, row.note) for row in found.rows[1:3]] == [
        (None, "interrupted: not all photos were measured")
    ] * 2


def test_cells_have_the_digits_of_the_paper(toy: object, bsd100: Path) -> None:
    found = reproduce("toy", bsd100)
    cells = reproduction_table(found)
    assert cells.title == "toy beside its paper, protocol rgb"
    assert cells.header[:6] == ("data set", "input", "metric", "published", "ours", "difference")
    first, second, third, absent = cells.rows
    assert first[:4] == ("bsd100", "x2", "psnr", "30.00")
    assert second[3:5] == ("28.0", f"{found.rows[1].ours:.1f}")
    assert third[5] == f"{found.rows[2].difference:+.4f}"
    assert absent == ("urban100", "x2", "psnr", "29.00", "-", "-", "0", "absent")
    assert {len(row) for row in cells.rows} == {len(cells.header)}
    assert "source of the figures: made up" in cells.notes
    assert sum("urban100 is not in" in note for note in cells.notes) == 1


def test_a_difference_of_nothing_has_no_minus(toy: Callable[..., None], bsd100: Path) -> None:
    exact = reproduce("toy", bsd100, scales=[2]).rows[0].ours
    assert exact is not None
    rows = [{"dataset": "bsd100", "scale": 2, "figures": {"psnr": f"{exact + 1e-9:.9f}"}}]
    toy(rows=rows)
    found = reproduce("toy", bsd100)
    assert found.rows[0].difference == pytest.approx(-1e-9, abs=6e-10)
    above = math.ceil(exact * 100) / 100
    toy(rows=[{"dataset": "bsd100", "scale": 2, "figures": {"psnr": f"{above:.2f}"}}])
    cell = reproduction_table(reproduce("toy", bsd100)).rows[0][5]
    assert cell in {"+0.00", "-0.01"}
    assert cell == ("+0.00" if above - exact < 0.005 else "-0.01")


def test_as_json(toy: object, bsd100: Path) -> None:
    document = json.loads(json.dumps(reproduce("toy", bsd100).as_dict()))
    assert document["source"] == "made up"
    assert document["rows"][0]["published"] == 30
    row = document["rows"][2]
    assert row["difference"] == pytest.approx(row["ours"] - 0.9, abs=1e-12)
    assert (document["rows"][3]["ours"], document["rows"][3]["copy"]) == (None, "absent")


def test_figures_without_a_model(toy: Callable[..., None], bsd100: Path) -> None:
    toy(model="not-yet")
    assert reproducible() == ()
    with pytest.raises(UsageError, match="figures of toy are known, but the program has no such"):
        reproduce("toy", bsd100)
    with pytest.raises(UnknownNameError, match=r"unknown method with published figures 'toi'"):
        reproduce("toi", bsd100)


def test_scales_with_weights_of_their_own(toy: Callable[..., None], bsd100: Path) -> None:
    toy(model="srcnn-x{scale}")  # of which there are 2, 3 and 4
    paper = published("toy")
    assert [paper.model_of(it) for it in paper.figures] == [
        "srcnn-x2", "srcnn-x4", "srcnn-x4", "srcnn-x2",
    ]  # fmt: skip
    assert paper.models == ("srcnn-x2", "srcnn-x4")
    assert reproducible() == ("toy",)
    toy(model="srcnn-x{scale}", rows=[{"dataset": "bsd100", "scale": 8, "figures": {"psnr": "1"}}])
    with pytest.raises(UsageError, match="figures of toy are known, but the program has no such"):
        reproduce("toy", bsd100)
    toy(model="srcnn-{scale}x")
    with pytest.raises(ManifestError, match="'model': expected the name of a model"):
        published("toy")


def test_a_folder_must_be_named() -> None:
    with pytest.raises(UsageError, match="where is set5"):
        reproduce("bicubic", None)


@pytest.mark.parametrize("name", methods())
def test_shipped_tables(name: str) -> None:
    paper = published(name)
    assert paper.method == name
    assert paper.source.startswith(("read in the paper", "quoted, not read in the paper"))
    assert len({(it.dataset, it.scale, it.sigma, it.metric) for it in paper.figures}) == len(
        paper.figures
    )
    for it in paper.figures:
        assert it.metric in METRICS
        assert paper.task in dataset(it.dataset).tasks
        assert Measures([it.metric], paper.protocol, paper.task, it.scale).chosen_protocol()
        assert it.decimals == {"psnr": 2, "ssim": 4}[it.metric]
        assert (20 < it.value < 50) if it.metric == "psnr" else (0.5 < it.value < 1)


def test_methods_that_can_be_run() -> None:
    assert {"bicubic", "vdsr"} <= set(reproducible()) <= set(methods())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "other"}, "'method': expected toy"),
        ({"rows": []}, "'rows': expected at least one"),
        ({"year": "1999"}, "'year': expected int"),
        ({"luma": 1}, "'luma': expected bool"),
        ({"link": "http://x"}, "'link': expected an https address"),
        ({"task": "music"}, "'task'"),
        ({"mood": 1}, "unknown key 'mood'"),
        ({"rows": [{"dataset": "set5", "figures": {"psnr": "33,66"}}]}, "'psnr': expected a figu"),
        ({"rows": [{"dataset": "set5", "figures": {"psnr": 33.66}}]}, "'psnr': expected str"),
        ({"rows": [{"dataset": "set5", "scale": 0, "figures": {}}]}, "'scale': expected a posit"),
    ],
)
def test_bad_tables(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse(json.dumps({**TOY, **changes}), "toy.json")
    assert words in str(caught.value)
    assert str(caught.value).startswith("toy.json")


def test_bad_text_and_names() -> None:
    strange = {**TOY, "rows": [{"dataset": "set6", "scale": 2, "figures": {"psnr": "1"}}]}
    with pytest.raises(ManifestError, match=r"^toy\.json is no JSON"):
        parse("[", "toy.json")
    with pytest.raises(UnknownNameError, match="unknown data set 'set6'"):
        parse(json.dumps(strange), "toy.json")
