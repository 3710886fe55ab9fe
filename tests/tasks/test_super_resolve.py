"""The task: sizes, options that cannot be meant, and the array's way against the file's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hand_placed import MODEL, place_usrnet
from made_photos import saved, smooth
from PIL import Image

from restorekit import kernels
from restorekit.contracts import Finishing, Scalable, Size
from restorekit.errors import UnknownNameError, UsageError, WeightsError
from restorekit.tasks.file_options import FileOptions
from restorekit.tasks.foretelling import foretell_photos
from restorekit.tasks.photo_files import memory_needed
from restorekit.tasks.running import restore_photos
from restorekit.tasks.super_resolve import (
    SuperResolution,
    load,
    super_resolve,
)
from restorekit.zoo.restorers import DeviceOptions, WeightsOptions
from restorekit.zoo.standing_in import enlargers

if TYPE_CHECKING:
    from pathlib import Path

OFFLINE = WeightsOptions(offline=True)


def run(source: Path, task: SuperResolution, files: FileOptions) -> Any:
    return restore_photos(
        [str(source)],
        task,
        files,
        stdin=lambda: b"",
        stdout=lambda data: None,
        on_event=lambda event: None,
    )


@pytest.mark.parametrize(
    ("asked", "size"),
    [({"scale": scale}, Size(5 * scale, 7 * scale)) for scale in range(1, 17)]
    + [
        ({}, Size(20, 28)),
        ({"scale": 1.5}, Size(8, 10)),
        ({"scale": 3.7}, Size(18, 26)),
        ({"width": 70}, Size(50, 70)),
        ({"width": 20}, Size(14, 20)),
        ({"height": 33}, Size(33, 46)),
        ({"width": 30, "height": 4}, Size(4, 30)),
        ({"width": 1}, Size(1, 1)),
    ],
)
def test_sizes(tmp_path: Path, asked: dict[str, Any], size: Size) -> None:
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(saved(smooth(5, 7), "PNG"))
    task = SuperResolution(model="lanczos", **asked)
    assert task.result_size(Size(5, 7)) == size
    report = run(source, task, FileOptions(output=str(target)))
    with Image.open(target) as image:
        assert (image.height, image.width) == size == report.done[0].result_size
    assert super_resolve(np.zeros((5, 7, 1), np.float32), task).shape == (*size, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scale": 2, "width": 10}, "say the size twice"),
        ({"scale": 2, "height": 10}, "say the size twice"),
        ({"scale": 0.99}, "scale: expected 1 to 16, got 0.99"),
        ({"scale": 16.5}, "scale: expected 1 to 16, got 16.5"),
        ({"scale": 0}, "scale: expected 1 to 16, got 0"),
        ({"scale": -4}, "scale: expected 1 to 16, got -4"),
        ({"scale": float("nan")}, "scale: expected 1 to 16, got nan"),
        ({"width": 0}, "width: expected at least 1 pixel, got 0"),
        ({"height": -3}, "height: expected at least 1 pixel, got -3"),
        ({"width": 0, "height": 5}, "width: expected at least 1 pixel"),
    ],
)
def test_options_that_cannot_be_meant(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        SuperResolution(**options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"quality": 0}, "quality: expected 1 to 100, got 0"),
        ({"quality": 101}, "quality: expected 1 to 100, got 101"),
        ({"format": "gif"}, "unknown output format 'gif'"),
        ({"format": "heif"}, "unknown output format 'heif'"),
        ({"output": "b.png", "format": "jpeg"}, "--format jpeg contradicts the name b.png"),
    ],
)
def test_file_options_that_cannot_be_meant(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        FileOptions(**options)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((4, 4), np.float32), r"\(4, 4\) float32"),
        (np.zeros((4, 4, 4), np.float32), r"\(4, 4, 4\) float32"),
        (np.zeros((1, 4, 4, 3), np.float32), r"\(1, 4, 4, 3\) float32"),
        (np.zeros((4, 0, 3), np.float32), r"\(4, 0, 3\) float32"),
        (np.zeros((4, 4, 3)), "got .* float64"),
        (np.zeros((4, 4, 3), np.uint8), "got .* uint8"),
        (np.full((4, 4, 3), 255, np.float32), "expected 0 to 1, got 255 to 255 .divide"),
        (np.full((4, 4, 3), np.nan, np.float32), "expected 0 to 1, got nan"),
    ],
)
def test_arrays_of_another_form(image: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        super_resolve(image, SuperResolution(model="lanczos"))


@pytest.mark.parametrize("model", ["lanczos", MODEL])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_array_and_the_file_go_the_same_way(
    tmp_path: Path,
    model: str,
    channels: int,
    weights: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(weights))
    task = SuperResolution(
        model=model,
        scale=3,
        finishing=Finishing(strength=0.7, color_lock=True, grain=4),
        weights=OFFLINE,
        devices=DeviceOptions("cpu", "fp32"),
    )
    pixels = smooth(24, 31)[..., :channels]
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(saved(pixels, "PNG"))
    run(source, task, FileOptions(output=str(target)))
    array = super_resolve((pixels / np.float32(255)).astype(np.float32), task)
    assert array.dtype == np.float32
    assert 0 <= array.min() <= array.max() <= 1
    with Image.open(target) as image:
        file = np.asarray(image).reshape(array.shape)
    assert np.abs(array * 255 - file).max() <= 0.501


def test_what_serves_where_no_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CPU what comes with the program; elsewhere that is the last resort."""
    import torch

    from restorekit.inference import device

    cpu = DeviceOptions("cpu")
    assert enlargers(4, cpu) == enlargers(2.1, cpu) == enlargers(16, cpu) == ("restorekit-sr-x4",)
    assert enlargers(2, cpu) == enlargers(1, cpu) == ("restorekit-sr-x2",)
    monkeypatch.setattr(device, "choose_devices", lambda _: [torch.device("cuda")])
    anywhere = DeviceOptions()
    assert enlargers(2.1, anywhere) == ("realesrgan-x4plus", "restorekit-sr-x4")
    assert enlargers(2, anywhere) == ("realesrgan-x2plus", "realesrgan-x4plus", "restorekit-sr-x2")


def test_what_comes_with_the_program_needs_no_network() -> None:
    loaded = load(SuperResolution(weights=OFFLINE, devices=DeviceOptions("cpu")))
    assert loaded.description["model"] == "restorekit-sr-x4"
    with pytest.raises(WeightsError, match="weights of realesrgan-x4plus are not on this machine"):
        load(SuperResolution(model="realesrgan-x4plus", weights=OFFLINE))
    with pytest.raises(UnknownNameError, match="did you mean lanczos"):
        load(SuperResolution(model="lanczo"))


def test_what_is_foretold_is_what_happens(tmp_path: Path) -> None:
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    source.write_bytes(saved(smooth(50, 70), "PNG"))
    task, files = SuperResolution(model="lanczos", scale=2), FileOptions(output=str(target))
    found = foretell_photos([str(source)], task, files)
    (forecast,) = found.forecasts
    assert not target.exists()
    assert (forecast.size, forecast.job.target) == ((50, 70), target)
    assert forecast.prediction.result_size == (100, 140)
    assert forecast.prediction.memory == memory_needed(Size(50, 70), Size(100, 140))
    assert run(source, task, files).done[0].result_size == forecast.prediction.result_size
    with pytest.raises(UsageError, match="cannot be foretold"):
        foretell_photos(["-"], task, FileOptions())


def told(**options: Any) -> SuperResolution:
    chosen = {"model": "usrnet-tiny-x2", "scale": 2, "weights": OFFLINE, **options}
    return SuperResolution(devices=DeviceOptions("cpu", "fp32"), **chosen)


def test_a_network_is_told_the_kernel_and_the_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_usrnet(tmp_path / "cache")))
    np.save(tmp_path / "k.npy", kernels.gaussian(1.2))
    picture = smooth(16, 20).astype(np.float32) / 255
    plain = super_resolve(picture, told(sigma=2))
    assert plain.shape == (32, 40, 3)
    said, read, noisy = (
        super_resolve(picture, told(**options))
        for options in (
            {"kernel": "gaussian:1.2", "sigma": 2},
            {"kernel": str(tmp_path / "k.npy"), "sigma": 2},
            {"kernel": "gaussian:1.2", "sigma": 30},
        )
    )
    np.testing.assert_allclose(read, said, atol=1e-5)
    assert np.abs(said - plain).max() > 0.01
    assert np.abs(said - noisy).max() > 0.002
    with pytest.raises(UsageError, match="larger than the result: expected at most 16 pixels"):
        super_resolve(picture[:8], told(kernel="gaussian:3"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kernel": "gaussian:1.6"}, "bicubic cannot be told the blur"),
        ({"sigma": 5}, "bicubic cannot be told the noise (leave out --sigma)"),
    ],
)
def test_what_cannot_be_told_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(told(model="bicubic", **options))
    assert says in str(caught.value)


def test_a_sigma_that_cannot_be_meant() -> None:
    with pytest.raises(UsageError, match="--sigma: expected 0 to 255, got -1"):
        told(sigma=-1)


def test_a_model_made_for_one_scale_enlarges_as_far_unless_told_otherwise() -> None:
    assert SuperResolution(model="imdn-x3").result_size(Size(10, 20)) == Size(30, 60)
    assert SuperResolution(model="imdn-x3").suffix == "_x3"
    assert SuperResolution(model="imdn-x3", scale=2).result_size(Size(10, 20)) == Size(20, 40)
    assert SuperResolution(model="imdn").suffix == "_x4"


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 40, 1)])
def test_what_is_too_small_for_a_network_is_resized_alone(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    place_usrnet(tmp_path / "cache")
    picture = np.full(shape, 0.3, np.float32)
    picture[0, 0] = 0.7
    plain = super_resolve(picture, SuperResolution(model="lanczos", scale=2))
    assert np.array_equal(super_resolve(picture, told()), plain)


def test_the_houses_networks_keep_the_photos_colours_unless_told() -> None:
    flat = np.broadcast_to(np.float32([250, 200, 20]) / 255, (48, 48, 3)).copy()
    cpu = DeviceOptions("cpu")
    shifts: dict[bool | None, float] = {}
    for held in (None, True, False):
        options = SuperResolution(scale=2, devices=cpu, finishing=Finishing(color_lock=held))
        means = super_resolve(flat, options).mean((0, 1))
        shifts[held] = float(np.abs(means - flat[0, 0]).max()) * 255
    assert shifts[None] == shifts[True] < 0.5
    assert shifts[False] > 2
    for model, held in {"lanczos": False, "restorekit-sr-x4": True}.items():
        job = SuperResolution(model, scale=2, devices=cpu).job()
        assert job.settled(job.load()).finishing.color_lock is held


def test_a_size_is_reached_by_the_network_nearest_to_each_photos_scale() -> None:
    """As if each photo's scale had been told: nobody waits for 4 times where twice is asked for."""
    cpu = DeviceOptions("cpu")
    sized = SuperResolution(width=60, devices=cpu)
    for width, scale in ((40, 1.5), (24, 2.5)):
        picture = np.linspace(0, 1, 20 * width * 3, dtype=np.float32).reshape(20, width, 3)
        told = SuperResolution(scale=scale, devices=cpu)
        assert np.array_equal(super_resolve(picture, sized), super_resolve(picture, told))
    job = sized.job()
    loaded = job.load()
    assert loaded.description["model"] == "restorekit-sr-x2 or restorekit-sr-x4"
    assert job.settled(loaded).finishing.color_lock is True
    (family,) = loaded.restorers
    assert isinstance(family, Scalable)
    names = [family.at_scale(scale).name for scale in (1, 2, 3, 4, 5)]
    assert names == ["restorekit-sr-x2"] * 2 + ["restorekit-sr-x4"] * 3
    assert family.scale == 4
    (alone,) = SuperResolution("lanczos", width=60, devices=cpu).job().load().restorers
    assert alone.name == "lanczos"
