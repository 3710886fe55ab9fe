"""Enhancing: which network serves for what, what it sees of a photo, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
import torch
from made_photos import saved
from safetensors.torch import save_file

from restorekit.architectures.maxim import MAXIM
from restorekit.contracts import Finishing, Size
from restorekit.errors import UnknownNameError, UsageError, WeightsError
from restorekit.images.guided_upsampling import GuidedUpsampling
from restorekit.images.reading import read
from restorekit.inference.guarded import Guarded
from restorekit.tasks import foretelling
from restorekit.tasks.enhance import SUFFIXES, Enhancement, Enhancing, change, enhance, load
from restorekit.tasks.file_options import FileOptions
from restorekit.zoo.listing import names_for
from restorekit.zoo.restorers import RECOLOURING, DeviceOptions, WeightsOptions

if TYPE_CHECKING:
    from restorekit.contracts import Task

OFFLINE = WeightsOptions(offline=True)
PHOTOS = Path(__file__).parents[2] / "photos"
PHOTO = read(PHOTOS / "coffee.jpg").color[40:168, 60:268].copy()

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def brightener(tmp_path: Path) -> Path:
    """A small MAXIM that adds a quarter of the range to everything."""
    torch.manual_seed(0)
    module = MAXIM(features=4, sides=(4, 2, 2), stages=2, groups=1, bottlenecks=1)
    torch.nn.init.zeros_(module.output.weight)
    torch.nn.init.constant_(module.output.bias, 0.25)
    save_file(module.state_dict(), tmp_path / "brightener.safetensors")
    return tmp_path / "brightener.safetensors"


def with_file(file: Path, task: Enhancement, tile: int | None = None) -> Enhancing:
    return Enhancing(task, str(file), devices=DeviceOptions("cpu", "fp32", tile))


@pytest.mark.parametrize(
    ("task", "model"),
    [
        ("derain", "maxim-deraining"),
        ("dehaze", "maxim-dehazing-outdoor"),
        ("lowlight", "maxim-enhancement"),
        ("retouch", "maxim-retouching"),
    ],
)
def test_the_network_of_each_task_and_the_task_of_each_network(task: Task, model: str) -> None:
    assert Enhancing(model=model).enhancement == task
    assert model in names_for(task)
    with pytest.raises(WeightsError, match=f"weights of {model} are not on this machine"):
        load(Enhancing(task, weights=OFFLINE))  # type: ignore[arg-type]
    assert Enhancing(task).job().suffix == SUFFIXES[task]  # type: ignore[arg-type, index]


def test_haze_in_rooms_is_asked_for_by_the_model() -> None:
    assert Enhancing(model="maxim-dehazing-indoor").enhancement == "dehaze"
    assert names_for("dehaze") == ["maxim-dehazing-indoor", "maxim-dehazing-outdoor"]


def test_every_enhancement_is_a_task_that_changes_colours() -> None:
    assert set(get_args(Enhancement)) == set(SUFFIXES) == set(RECOLOURING)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "--task: expected derain or dehaze or lowlight or retouch, got none"),
        ({"task": "paint"}, "--task: expected derain or .* got 'paint'"),
        ({"task": "dehaze", "finishing": Finishing(color_lock=True)}, "that are to be changed"),
    ],
)
def test_what_cannot_be_meant(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Enhancing(**options)


def test_models_that_do_not_suit(brightener: Path) -> None:
    with pytest.raises(UsageError, match="maxim-deraining is for derain: expected a model for de"):
        load(Enhancing("dehaze", "maxim-deraining"))
    with pytest.raises(UsageError, match="maxim-deblurring is for deblur"):
        load(Enhancing(model="maxim-deblurring"))
    with pytest.raises(UsageError, match=r"does not tell what it is for \(--task derain or"):
        load(Enhancing(model=str(brightener)))
    with pytest.raises(UnknownNameError, match="did you mean maxim-dehazing"):
        load(Enhancing(model="maxim-dehazin"))


def test_other_colours_are_what_it_is_for(brightener: Path) -> None:
    told: list[object] = []
    result = enhance(PHOTO, with_file(brightener, "lowlight"), on_event=told.append)
    # The guard of deblurring refuses 0.08.
    np.testing.assert_allclose(result, (PHOTO + 0.25).clip(0, 1), atol=1e-6)
    assert not told


def test_tone_is_judged_by_the_whole_photo_and_rain_tile_by_tile(brightener: Path) -> None:
    size = Size(3000, 4000)
    (tone,) = load(with_file(brightener, "dehaze")).restorers
    assert isinstance(tone, GuidedUpsampling)
    assert tone.work_size(size) == (576, 768)
    (narrower,) = load(with_file(brightener, "retouch", 320)).restorers
    assert isinstance(narrower, GuidedUpsampling)
    assert narrower.work_size(size) == (240, 320)
    (all_of_it,) = load(with_file(brightener, "lowlight", 0)).restorers
    assert isinstance(all_of_it, Guarded)
    assert all_of_it.tiles(size) == 1
    (rain,) = load(with_file(brightener, "derain")).restorers
    assert isinstance(rain, Guarded)
    assert rain.tile == 320
    assert rain.tiles(size) == 192


def test_a_photo_larger_than_what_is_seen_keeps_its_detail(brightener: Path) -> None:
    task = with_file(brightener, "lowlight", 96)
    np.testing.assert_allclose(enhance(PHOTO * 0.5, task), PHOTO * 0.5 + 0.25, atol=1e-5)


def test_the_time_foretold_is_that_of_the_smaller_picture(
    brightener: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foretelling, "_timed", lambda restorer: 1.0)
    (tmp_path / "a.png").write_bytes(saved(np.zeros((300, 400, 3), np.uint8), "PNG"))
    task = with_file(brightener, "dehaze", 200)
    found = foretelling.foretell_photos([str(tmp_path / "a.png")], task, FileOptions())
    (forecast,) = found.forecasts
    assert forecast.prediction.seconds == 150 * 200
    assert forecast.prediction.tiles == 1


def test_what_the_network_sees_decides_the_pixels() -> None:
    seen = [
        Enhancing(task, devices=DeviceOptions(tile=tile)).job().options["work_side"]
        for task in ("dehaze", "derain")
        for tile in (None, 500, 0)
    ]
    assert seen == [768, 500, None, None, None, None]


def test_the_change_is_told() -> None:
    color = np.full((40, 50, 3), 0.2, np.float32)
    photo = replace(read(PHOTOS / "astronaut.jpg"), color=color)
    brighter = np.full((40, 50, 3), (110, 100, 90), np.uint8)
    assert change(photo, brighter) == "brightness 51 to 100 of 255, red +10, green +0, blue -10"
    assert change(photo, np.full((40, 50, 3), 51, np.uint8)) == "no measurable change"
