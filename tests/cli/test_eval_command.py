"""``restorekit eval``: tables, files, exit statuses and refusals."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from typer.main import get_command

from restorekit.cli.app import app
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.trial import Trial
from restorekit.images.quantize import to_integers

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Command

    Write = Callable[..., Path]

SR = ("eval", "--task", "sr", "--data", "set", "--scale", "2")
PAIRS = ("eval", "--pred", "out", "--gt", "gt")


@pytest.fixture
def folders(photo: Write) -> None:
    for name in ("set/a.png", "set/b.png", "gt/a_GT.png", "gt/b_GT.png", "out/a_x2.png"):
        photo(name, height=24, width=30)
    shutil.copyfile("out/a_x2.png", "out/b_x2.png")


@pytest.mark.usefixtures("folders")
def test_models_side_by_side(command: Command) -> None:
    done = command(*SR, "-m", "bicubic", "-m", "nearest")
    assert done.status == 0
    assert done.err.splitlines() == [
        f"model {name}  licence none needed  device cpu" for name in ("bicubic", "nearest")
    ]
    lines = done.out.splitlines()
    assert lines[0].startswith("protocol y-crop (border 2), scale 2, input made by crop_to_mul")
    for words in (r"bicubic .* a ", r"nearest .* b ", r"bicubic .* mean of 2 ", r"psnr \(dB\)"):
        assert any(re.search(words, line) for line in lines), words


def test_a_set_on_the_disk_has_the_figures_of_the_chain_that_made_it(
    photo: Write, command: Command
) -> None:
    for number, name in enumerate(("set/a.png", "set/b.png")):
        photo(name, height=48, width=64)
        Image.open(name).rotate(180 * number).save(name)
    # Without a blur that is told nothing is undone: the figures are those of the input.
    chain = "gaussian_noise([5, 50])|jpeg([30, 95])"
    made = command("degrade", "set", "-c", chain, "--seed", "7", "--format", "png", "-o", "bad/")
    assert made.status == 0
    asked = ("eval", "--task", "deblur", "--data", "set", "-m", "wiener", "--format", "csv")
    drawn = command(*asked, "--degradation", chain, "--seed", "7")
    there = command(*asked, "--degraded", "bad")
    assert drawn.status == there.status == 0
    figures = [
        [(it["photo"], it["psnr"], it["ssim"]) for it in csv.DictReader(io.StringIO(done.out))]
        for done in (drawn, there)
    ]
    assert figures[0] == figures[1]
    assert figures[0][0][1] != figures[0][1][1]


def test_photos_without_a_truth_have_sharpness_and_seam(photo: Write, command: Command) -> None:
    photo("real/a.png", height=24, width=30)
    done = command("eval", "--task", "deblur", "--degraded", "real", "-m", "wiener")
    assert done.status == 0
    assert "sharpness (levels" in done.out
    assert "seam (levels)" in done.out
    assert "psnr" not in done.out


@pytest.mark.usefixtures("folders")
def test_pairs_with_metrics_and_a_protocol(command: Command) -> None:
    asked = ("--metric", "sharpness", "--metric", "psnr", "--protocol", "grey", "--format", "csv")
    done = command(*PAIRS, *asked)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert (done.status, done.err) == (0, "")
    assert [row["psnr"] for row in rows[:3]] == ["inf"] * 3
    assert list(rows[0])[3:5] == ["sharpness", "psnr"]
    assert {row["protocol"] for row in rows} == {"grey"}


@pytest.mark.usefixtures("folders")
def test_one_missing_one_broken_one_differently_sized(command: Command, photo: Write) -> None:
    photo("gt/c.png")
    photo("gt/d.png", height=24, width=30)
    photo("out/d.png", height=12, width=30)
    Path("out/b_x2.png").write_bytes(Path("out/a_x2.png").read_bytes()[:70])
    done = command(*PAIRS)
    assert done.status == 1
    first, second, third = done.err.splitlines()
    assert first.startswith("failed: out/b_x2.png is damaged or cut off")
    assert second.startswith("failed: out/d.png: the result has another size than its reference")
    assert third == "gt/c.png: no result of this name"
    assert "mean of 1 (2 failed)" in done.out


@pytest.mark.usefixtures("folders")
def test_a_report_as_a_file(command: Command) -> None:
    done = command(*PAIRS, "-o", "found.json")
    assert done.status == 0
    assert "protocol rgb" in done.out
    assert json.loads(Path("found.json").read_text(encoding="utf-8"))["protocol"] == "rgb"
    again = command(*PAIRS, "-o", "found.json")
    assert again.status == 1
    assert again.complaint.endswith("this file is there already (--overwrite replaces it)")
    assert command(*PAIRS, "-o", "found.json", "--overwrite", "--protocol", "grey").status == 0
    assert json.loads(Path("found.json").read_text(encoding="utf-8"))["protocol"] == "grey"


@pytest.mark.usefixtures("folders", "weights", "one_thread")
def test_a_network_runs(command: Command) -> None:
    model = "realesr-general-x4v3"
    done = command(*SR, "-m", model, "--offline", "--format", "json", "--device", "cpu")
    assert done.status == 0
    assert f"model {model}  licence BSD-3-Clause  device cpu" in done.err
    document = json.loads(done.out)
    assert document["models"][model]["device"].startswith("cpu")
    assert document["summaries"][0]["measured"] == 2
    assert document["rows"][0]["values"]["psnr"] > 20


@pytest.mark.usefixtures("weights", "one_thread")
@pytest.mark.parametrize("model", ["realesr-general-x4v3", "lanczos"])
def test_it_restores_as_the_command_does(command: Command, photo: Write, model: str) -> None:
    reference = np.asarray(Image.open(photo("set/a.png", height=60, width=44)))
    Path("small").mkdir()
    Image.fromarray(to_integers(Degradation(2)(reference, "a"), 8)).save("small/a.png")
    made = command("sr", "small", "--scale", "2", "-m", model, "--device", "cpu", "-o", "out/")
    assert made.status == 0
    both = [
        ("eval", "--task", "sr", "--pred", "out", "--gt", "set", "--scale", "2"),
        (*SR, "-m", model, "--device", "cpu"),
    ]
    rows = [json.loads(command(*it, "--format", "json").out)["rows"] for it in both]
    assert rows[0][0]["values"] == rows[1][0]["values"]
    assert rows[0][0]["values"]["psnr"] > 20


@pytest.mark.usefixtures("folders")
def test_inner_folders(command: Command, photo: Write) -> None:
    photo("set/deep/a.png", height=24, width=30)
    done = command(*SR, "-m", "nearest", "-r", "--format", "csv")
    names = [row["photo"] for row in csv.DictReader(io.StringIO(done.out)) if row["row"] == "photo"]
    assert names == ["a", "b", "deep/a"]


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("eval",), 2, "nothing to evaluate: expected --pred and --gt, or --model with"),
        (("eval", "--pred", "out"), 2, "--pred and --gt belong together"),
        (("eval", "--gt", "gt"), 2, "--pred and --gt belong together"),
        ((*PAIRS, "--data", "set"), 2, "drop one"),
        ((*PAIRS, "-m", "bicubic"), 2, "drop one"),
        ((*PAIRS, "--protocol", "y-crop"), 2, "expected --scale (--protocol rgb measures"),
        ((*PAIRS, "--protocol", "gray"), 2, "unknown protocol 'gray' (did you mean grey?)"),
        ((*PAIRS, "--metric", "psrn"), 2, "unknown metric 'psrn' (did you mean psnr"),
        ((*PAIRS, "--format", "html"), 2, "unknown report format 'html'"),
        ((*PAIRS, "-o", "a.xls"), 2, "a.xls: the name tells no report format"),
        ((*PAIRS, "-o", "no/a.csv"), 1, "there is no folder no"),
        (("eval", "--pred", "no", "--gt", "gt"), 1, "no: no such file or folder"),
        (SR, 2, "expected at least one model"),
        ((*SR, "-m", "bicubik"), 2, "unknown model 'bicubik' (did you mean bicubic"),
        ((*SR, "-m", "bicubic", "--seed", "-1"), 2, "--seed: expected 0 or more, got -1"),
        ((*SR, "-m", "bicubic", "--scale", "1"), 2, "expected --scale, from 2 up"),
        (("eval", "--task", "inpaint"), 2, "'inpaint' is not one of 'sr', 'denoise'"),
        (
            ("eval", "--data", "set", "-m", "bicubic"),
            2,
            "expected --task sr, denoise or deblur, got none",
        ),
    ],
)
def test_what_cannot_be_meant(
    command: Command, arguments: tuple[str, ...], status: int, words: str
) -> None:
    done = command(*arguments)
    assert words in done.complaint
    assert done.status == status


@pytest.mark.usefixtures("folders")
def test_names_that_collide(command: Command, photo: Write) -> None:
    photo("out/a_x4.png")
    done = command(*PAIRS)
    assert done.status == 2
    assert "got gt/a_GT.png and out/a_x2.png, out/a_x4.png" in done.complaint


@pytest.mark.usefixtures("folders")
def test_all_that_can_be_written(command: Command) -> None:
    files = ("-o", "a.csv", "--html", "a.html", "--contact-sheet", "a.png", "--plots", "plots")
    done = command(*SR, "-m", "bicubic", "-m", "nearest", *files)
    assert done.status == 0
    plots = [
        f"plots/{name}{suffix}"
        for metric in ("psnr", "ssim")
        for name in (f"distribution-{metric}", f"{metric}-against-time")
        for suffix in (".svg", ".png")
    ]
    wrote = [line.removeprefix("wrote ") for line in done.err.splitlines()[2:]]
    assert wrote == ["a.csv", "a.html", "a.png", *plots]
    page = Path("a.html").read_text(encoding="utf-8")
    assert page.count('<article class="scene"') == 2
    assert page.count("<svg") == 4
    rows = list(csv.DictReader(io.StringIO(Path("a.csv").read_text(encoding="utf-8"))))
    for row in rows[:4]:
        assert f"psnr {float(row['psnr']):.2f} dB, ssim {float(row['ssim']):.4f}" in page
    with Image.open("a.png") as sheet:
        assert sheet.width == 2 * 24 + 4 * 160 + 3 * 12  # reference, input and two models


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("-o", "a.xls"), 2, "a.xls: the name tells no report format"),
        (("-o", "taken.csv"), 1, "taken.csv: this file is there already"),
        (("--html", "a.txt"), 2, "a.txt: the name tells another format"),
        (("--html", "no/a.html"), 1, "there is no folder no"),
        (("--contact-sheet", "a.gif"), 2, "a.gif: the name tells another format"),
        (("--contact-sheet", "set/a.png"), 1, "set/a.png: this file is there already"),
        (("--contact-sheet", "set/a.png", "--overwrite"), 2, "a photo would be replaced"),
        (("--html", "a.html", "-o", "./a.html", "--format", "csv"), 2, "two outputs have the same"),
        (("--plots", "taken.csv"), 1, "a file is where the plots' folder should be"),
        (("--plots", "no/plots"), 1, "there is no folder no"),
        (("--plots", "plots"), 1, "plots/distribution-ssim.png: this file is there already"),
        (("--sigma", "-1"), 2, "--sigma: expected 0 to 255, got -1"),
    ],
)
def test_refused_before_any_photo_is_restored(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    for name in ("taken.csv", "plots/distribution-ssim.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"mine")
    monkeypatch.setattr(Trial, "rows", lambda *_: pytest.fail("a photo was restored"))
    before = {it: it.is_file() and it.read_bytes() for it in Path().rglob("*")}
    done = command(*SR, "-m", "nearest", *arguments)
    assert words in done.complaint
    assert done.status == status
    assert {it: it.is_file() and it.read_bytes() for it in Path().rglob("*")} == before


@pytest.mark.usefixtures("folders")
def test_plots_are_replaced_where_that_is_asked_for(command: Command) -> None:
    for _ in range(2):
        done = command(*PAIRS, "--metric", "sharpness", "--plots", "plots", "--overwrite")
        assert done.status == 0
    names = sorted(it.name for it in Path("plots").iterdir())
    assert names == ["distribution-sharpness.png", "distribution-sharpness.svg"]


@pytest.mark.usefixtures("folders")
def test_results_take_no_noise(command: Command) -> None:
    done = command(*PAIRS, "--sigma", "25")
    assert done.status == 2
    assert "--sigma is for models: results are measured as they are" in done.complaint


def test_the_configured_folder_is_for_sets_alone(
    command: Command, photo: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("baby", "bird", "butterfly", "head", "woman"):
        photo(f"sets/Set5/{name}.png", height=24, width=30)
    monkeypatch.setenv("RESTOREKIT_DATA", "sets/Set5")
    sr = ("eval", "--task", "sr", "--scale", "2", "-m", "nearest")
    alone = command(*sr)
    assert (alone.status, "nothing to evaluate" in alone.complaint) == (2, True)
    named = command(*sr, "--dataset", "set5", "--format", "json")
    assert named.status == 1  # for the photos are others
    assert json.loads(named.out)["faults"][0].startswith("set5: 5 of 5 photos differ")
    table = command("eval", "--reproduce", "bicubic", "--dataset", "set5", "-s", "2")
    assert table.status == 1
    assert re.search(r"set5 .* x2 .* psnr .* 33\.66 .* wrong ", table.out)
    elsewhere = command(*sr, "--dataset", "set5", "--data", "empty")
    assert "set5 is not in empty: expected a folder set5 there" in elsewhere.complaint


@pytest.mark.parametrize("name", ["eval", "compare"])
def test_the_help_speaks_of_options_that_exist(command: Command, name: str) -> None:
    parser: Any = get_command(app)
    known = {
        option: not parameter.hidden
        for parameter in parser.commands[name].params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }
    text = command(name, "--help").out
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    assert told == {it for it, is_shown in known.items() if is_shown} | {"--help"}
    examples = re.findall(rf"^ *restorekit {name} (\S.*?)(?:   .*)?$", text, re.MULTILINE)
    assert len(examples) >= 3
    for example in examples:
        parser.commands[name].make_context(name, shlex.split(example))
