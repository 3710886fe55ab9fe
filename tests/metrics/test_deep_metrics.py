"""The wiring of the metrics that look through a network, with tensors drawn by a seeded generator.

No figure here is one of trained weights: ours is compared with the libraries' own code on the same
tensors, and tiles with the whole.
"""

from __future__ import annotations

import dataclasses
import json
import socket
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lpips
import numpy as np
import pytest
import torch
import torch_fidelity
import torchmetrics
from metric_weights import BACKBONES, DEEP, METRICS, ready, seeded, seeded_file, shapes
from outside_pictures import outside
from safetensors.torch import save_file
from torchmetrics.functional.image import dists as torchmetrics_dists

from restorekit.errors import CheckpointError, UsageError
from restorekit.files import sha256_of
from restorekit.metrics import _features
from restorekit.metrics.fid import FrechetTally
from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache
from restorekit.zoo.fetch import fetch_entry
from restorekit.zoo.sources import File, Source

if TYPE_CHECKING:
    from collections.abc import Callable

LPIPS = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1-1"}
LIBRARIES = Path(lpips.__file__).parents[1]


def pictures(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    restored, reference = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    return (restored // 4 + reference // 4 * 3), reference


def tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)[None] / 255


@pytest.mark.parametrize("net", LPIPS)
def test_lpips_is_the_librarys_own(net: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
    tensors = seeded(LPIPS[net])
    slices = [list(it.named_children()) for it in library.net.children()]
    for number, layer in (named for layers in slices for named in layers):
        start = f"features.{number}."
        layer.load_state_dict(
            {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
        )
    restored, reference = pictures(131, 97)
    with torch.inference_mode():
        theirs = library(tensor(restored), tensor(reference), normalize=True).item()
    assert theirs > 0.01
    assert ready(f"lpips-{net}")(restored, reference) == pytest.approx(theirs, rel=1e-5)


def test_dists_is_that_of_torchmetrics(monkeypatch: pytest.MonkeyPatch) -> None:
    with torch.device("meta"):
        vgg16 = BACKBONES["vgg16"](weights=None)
    vgg16.load_state_dict(seeded("vgg16"), strict=False, assign=True)
    monkeypatch.setattr(torchmetrics_dists, "vgg16", lambda **_: vgg16)
    restored, reference = pictures(131, 97)
    library = torchmetrics_dists.DISTSNetwork()
    theirs = library(tensor(restored), tensor(reference)).item()
    assert theirs > 0.01
    assert ready("dists")(restored, reference) == pytest.approx(theirs, rel=1e-5)


class Photos(torch.utils.data.Dataset):
    def __init__(self, photos: np.ndarray) -> None:
        self.photos = torch.from_numpy(photos).permute(0, 3, 1, 2)

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, at: int) -> torch.Tensor:
        return self.photos[at]


def test_fid_is_that_of_torch_fidelity(tmp_path: Path) -> None:
    torch.save(seeded("inception-fid"), tmp_path / "inception.pth")
    rng = np.random.default_rng(3)
    reference = rng.integers(0, 256, (3, 40, 60, 3), dtype=np.uint8)
    restored = reference // 2
    theirs = torch_fidelity.calculate_metrics(
        input1=Photos(restored),
        input2=Photos(reference),
        fid=True,
        cuda=False,
        cache=False,
        verbose=False,
        batch_size=3,
        save_cpu_ram=True,  # no processes that load
        feature_extractor_weights_path=str(tmp_path / "inception.pth"),
    )["frechet_inception_distance"]
    tally = ready("fid").tally()
    for pair in zip(restored, reference, strict=True):
        tally.add(*pair)
    assert theirs > 1
    assert tally.value() == pytest.approx(theirs, rel=1e-4)


def means(picture: torch.Tensor) -> tuple[torch.Tensor]:
    """What stands for a network: three features that can be worked out with a pencil."""
    return (picture.float().mean((2, 3)),)


def test_fid_of_a_shift_is_its_square() -> None:
    rng = np.random.default_rng(3)
    tally = FrechetTally(means)
    for _ in range(20):
        photo = np.full((4, 4, 3), rng.integers(0, 200, 3), np.uint8)
        tally.add(photo + np.array([3, 4, 12], np.uint8), photo)
    assert tally.value() == pytest.approx(3**2 + 4**2 + 12**2, rel=1e-5)


@pytest.mark.parametrize("name", DEEP)
def test_tiles_are_the_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [(353, 229), (231, 340)] if "vgg" not in METRICS[name].weights[0] else [(353, 229)]
    for size in sizes:
        monkeypatch.setattr(_features, "CORE", 512)
        whole = ready(name)(*pictures(*size))
        monkeypatch.setattr(_features, "CORE", 64)
        assert len(tiles(*size)) > 1
        assert ready(name)(*pictures(*size)) == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("name", ["lpips-alex", "lpips-squeeze"])
def test_tiles_that_see_too_little_are_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = pictures(353, 229)
    whole = ready(name)(*pair)
    monkeypatch.setattr(_features, "CORE", 64)
    monkeypatch.setattr(_features, "REACH", 16)
    assert abs(ready(name)(*pair) / whole - 1) > 1e-5


def tiles(height: int, width: int) -> list[tuple[int, int]]:
    """The sizes of what the network is given."""
    picture = np.zeros((height, width, 1), np.uint8)
    sizes: list[tuple[int, int]] = []

    def spy(x: torch.Tensor) -> torch.Tensor:
        sizes.append((x.shape[2], x.shape[3]))
        return x

    list(_features.features([spy], picture, picture))
    return sizes[::2]


def test_tiles_do_not_grow_with_the_photo() -> None:
    side = _features.CORE + 2 * _features.REACH
    assert tiles(side, side) == [(side, side)]
    sizes = tiles(1900, 2500)
    assert len(sizes) == 7 * 9
    assert max(max(size) for size in sizes) <= side


@pytest.mark.parametrize(("height", "width"), [(1, 1), (735, 737), (1009, 2000)])
def test_every_pixel_counts_once(height: int, width: int) -> None:
    numbers = np.arange(height * width).reshape(height, width, 1) % 65521
    picture = numbers.astype(np.uint16)
    total = count = 0.0
    for found in _features.features([torch.nn.Identity()], picture, picture):
        total += float(found.restored.sum(dtype=torch.float64))
        count += found.restored.numel()
    assert count == 3 * height * width
    assert total == pytest.approx(3 * numbers.sum() / 65535, rel=1e-6)


@pytest.mark.parametrize("name", DEEP)
def test_the_smallest_photo(name: str) -> None:
    metric = ready(name)
    restored, reference = pictures(metric.smallest, metric.smallest)
    assert 0 < metric(restored, reference) < 10
    with pytest.raises(UsageError, match=f"a picture is too small for {name}"):
        metric(restored[1:], reference[1:])


@pytest.mark.parametrize("name", [*DEEP, "fid"])
def test_nothing_is_downloaded(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError(args)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    metric = METRICS[name]
    metric.with_weights({it: seeded_file(it, tmp_path) for it in metric.weights})
    assert capfd.readouterr() == ("", "")


def test_from_a_downloaded_file_to_a_figure(tmp_path: Path) -> None:
    """What torchvision offers, its classifier included, through the store and into the metric."""
    with torch.device("meta"):
        whole = BACKBONES["squeezenet1-1"](weights=None).state_dict()
    own = seeded("squeezenet1-1")
    torch.save({k: own.get(k, torch.zeros(v.shape)) for k, v in whole.items()}, tmp_path / "placed")
    address, size = "https://example.org/squeezenet.pth", (tmp_path / "placed").stat().st_size
    file = File(address, sha256_of(tmp_path / "placed"), size)
    entry = dataclasses.replace(
        manifest.weights("squeezenet1-1"), sources=(Source("torch", "float32", (file,), None),)
    )
    path = fetch_entry(entry, Cache(tmp_path), offline=True)
    assert path.stat().st_size < size
    metric = METRICS["lpips-squeeze"].with_weights({"squeezenet1-1": path})
    pair = pictures(90, 80)
    assert metric(*pair) == pytest.approx(ready("lpips-squeeze")(*pair), rel=1e-9)


@pytest.mark.parametrize("name", [*BACKBONES, "inception-fid"])
def test_the_store_keeps_what_the_network_takes(name: str) -> None:
    (keep,) = (it.keep for it in manifest.metric_weights() if it.name == name)
    assert {key for key in shapes(name) if key.startswith(keep)} == {*seeded(name)}


def without(tensors: dict[str, torch.Tensor]) -> None:
    tensors.pop(min(tensors))


def reshaped(tensors: dict[str, torch.Tensor]) -> None:
    tensors[min(tensors)] = torch.zeros(7)


@pytest.mark.parametrize("name", [*DEEP, "fid"])
@pytest.mark.parametrize("change", [without, reshaped])
def test_another_network_is_refused(
    name: str, change: Callable[[dict[str, Any]], None], tmp_path: Path
) -> None:
    (weights,) = METRICS[name].weights
    tensors = seeded(weights)
    change(tensors)
    save_file(tensors, tmp_path / "x.safetensors")
    with pytest.raises(
        CheckpointError, match=r"x\.safetensors holds another network: got "
    ) as info:
        METRICS[name].with_weights({weights: tmp_path / "x.safetensors"})
    assert "\n" not in str(info.value)
    (tmp_path / "x.safetensors").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match=r"x\.safetensors cannot be read: got "):
        METRICS[name].with_weights({weights: tmp_path / "x.safetensors"})


@pytest.mark.parametrize(
    ("file", "original"),
    [
        ("lpips/weights/v0.1/alex.pth", "v0.1_alex.pth"),
        ("lpips/weights/v0.1/vgg.pth", "v0.1_vgg.pth"),
        ("lpips/weights/v0.1/squeeze.pth", "v0.1_squeeze.pth"),
        ("torchmetrics/functional/image/dists_models/weights.pt", "weights.pt"),
    ],
)
def test_what_the_authors_fitted_lies_in_the_libraries(file: str, original: str) -> None:
    facts = json.loads(outside("reference/manifest_facts.json").read_text(encoding="utf-8"))
    (known,) = [it["sha256"] for it in facts if it["name"] == original and "metric" in it["task"]]
    assert torchmetrics.__file__.startswith(str(LIBRARIES))
    assert sha256_of(LIBRARIES / file) == known
