"""Losses: against numbers computed by hand, and by what any loss of pictures must do."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from feature_weights import offer, seeded
from PIL import Image
from torch import Tensor

from restorekit.errors import UnknownNameError, WeightsError
from restorekit.training.events import Told
from restorekit.training.losses import LOSSES, Unprepared, weighed
from restorekit.training.losses._efficientnet_lite import EfficientNetLite0, padded
from restorekit.training.losses._vgg19 import Vgg19, place_of
from restorekit.training.losses.charbonnier import EPSILON
from restorekit.training.losses.contextual import contextual
from restorekit.training.losses.edge import laplacian
from restorekit.zoo.cache import Cache
from restorekit.zoo.checkpoint import read_tensors
from restorekit.zoo.fetch import fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.training.losses import Loss

CPU = torch.device("cpu")
PLAIN = [name for name in LOSSES.names() if not isinstance(LOSSES[name], Unprepared)]
DEEP = [name for name in LOSSES.names() if name not in PLAIN]
COMPARING = [name for name in PLAIN if name != "total-variation"]
AT_BEST = {"charbonnier": EPSILON, "edge": EPSILON, "psnr": -80.0}
"""What is not 0 for equal pictures."""

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


@pytest.fixture
def ready(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Loss]:
    """Any loss by its name, with seeded weights of EfficientNet-Lite0 or VGG16."""
    offer(["efficientnet-lite0", "vgg16"], folder, monkeypatch)
    return lambda name: weighed({name: 1.0}, CPU, lambda _: None)[name].loss


def pictures(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_the_catalogue() -> None:
    assert DEEP == ["contextual", "lpips", "perceptual", "vgg33", "vgg54"]
    assert PLAIN == [
        "charbonnier", "edge", "fft", "grid", "l1", "l2", "l2-center", "psnr", "total-variation",
    ]  # fmt: skip
    with pytest.raises(UnknownNameError, match="did you mean charbonnier"):
        weighed({"charbonier": 1.0}, CPU, lambda _: None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # Everywhere 0.5 too bright, of 6 x 8 pixels.
        ("l1", 0.5),
        ("l2", 0.25),
        ("l2-center", 0.25),
        ("charbonnier", math.hypot(0.5, EPSILON)),
        ("edge", EPSILON),  # what is even has no edges
        ("psnr", 10 * math.log10(0.25 + 1e-8)),
        ("fft", 0.5 * 48 / (2 * 48)),  # all of it at one frequency, of 48 with two parts each
        ("total-variation", 0.0),
        ("grid", 0.0),  # no pixel of a block is wrong by more than the others
    ],
)
def test_an_even_difference(name: str, value: float) -> None:
    dark = torch.full((2, 3, 6, 8), 0.25)
    assert LOSSES[name](dark + 0.5, dark).item() == pytest.approx(value, rel=1e-5)


def test_total_variation_of_a_ramp() -> None:
    ramp = (torch.arange(5.0)[:, None] * 2 + torch.arange(4.0)).expand(1, 1, 5, 4)
    assert LOSSES["total-variation"](ramp, torch.zeros_like(ramp)).item() == pytest.approx(3)


def test_only_what_repeats_in_every_block_is_a_grid() -> None:
    """One pixel of 16 too bright by 0.16 is 0.15 above the mean, the others 0.01 below."""
    clean = pictures(1, 3, 70, 66)  # with rests beside the last whole blocks
    dotted = clean.clone()
    dotted[..., 1::4, 2::4] += 0.16
    loss = LOSSES["grid"]
    assert loss(dotted, clean).item() == pytest.approx((0.15 + 15 * 0.01) / 16, rel=1e-4)
    once_in_two = clean + 0.1 * (torch.arange(66) % 2)  # of networks that make blocks of 2 x 2
    assert loss(once_in_two, clean).item() == pytest.approx(0.05, rel=1e-4)
    noise = 0.1 * torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    even = torch.zeros_like(noise)
    # Of noise the mean over 64 blocks leaves an eighth.
    assert loss(even + noise, even).item() == pytest.approx(0.08 * 0.1 * 10 / 8, rel=0.1)
    assert loss(pictures(1, 3, 3, 9), pictures(1, 3, 3, 9, seed=1)).item() == 0


def test_psnr_is_the_mean_over_pictures_in_db() -> None:
    clean = torch.zeros(2, 1, 4, 4)
    restored = clean + torch.tensor([0.1, 0.01]).view(2, 1, 1, 1)
    assert LOSSES["psnr"](restored, clean).item() == pytest.approx(-30, abs=1e-3)


def test_only_the_centre_counts() -> None:
    clean = pictures(1, 1, 9, 11)
    around = clean.clone()
    around[..., 2:7, 3:8] += 1
    assert LOSSES["l2-center"](around, clean).item() == pytest.approx(1)
    inside = clean + 1
    inside[..., 2:7, 3:8] -= 1
    assert LOSSES["l2-center"](inside, clean).item() == pytest.approx(0, abs=1e-12)


def test_the_laplacian_of_a_point() -> None:
    """At a pixel that is kept: 1 - 4 times what of the blurred blur comes back to it."""
    point = torch.zeros(1, 1, 17, 17, dtype=torch.float64)
    point[..., 8, 8] = 1
    taps = np.array([0.05, 0.25, 0.4, 0.25, 0.05])
    # Along an axis the second blur gathers what the first left at distances -2, 0 and 2.
    back = 2 * float((taps[::2] ** 2).sum())
    assert laplacian(point)[0, 0, 8, 8].item() == pytest.approx(1 - back**2, rel=1e-12)
    assert laplacian(torch.ones(1, 3, 10, 12)).abs().max() < 1e-6


@pytest.mark.parametrize("name", PLAIN)
def test_gradients_are_those_of_the_values(name: str) -> None:
    torch.manual_seed(0)
    clean = torch.rand(2, 1, 6, 7, dtype=torch.float64)
    restored = (clean + 0.2 * torch.randn_like(clean)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: LOSSES[name](x, clean), (restored,))


@pytest.mark.parametrize("name", COMPARING + DEEP)
@pytest.mark.parametrize("channels", [1, 3])
def test_worse_pictures_lose_more(ready: Callable[[str], Loss], name: str, channels: int) -> None:
    loss = ready(name)
    clean = pictures(2, channels, 64, 64)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    best, good, bad = (loss(clean + sigma * noise, clean).item() for sigma in (0, 0.05, 0.3))
    assert best == pytest.approx(AT_BEST.get(name, 0.0), abs=2e-5)
    assert best < good < bad


@pytest.mark.parametrize("name", LOSSES.names())
@pytest.mark.parametrize("kind", ["noise", "equal", "black"])
def test_gradients_are_finite(ready: Callable[[str], Loss], name: str, kind: str) -> None:
    clean = torch.zeros(1, 3, 64, 64) if kind == "black" else pictures(1, 3, 64, 64)
    other = pictures(1, 3, 64, 64, seed=2) if kind == "noise" else clean
    restored = other.clone().requires_grad_()
    loss = ready(name)(restored, clean)
    loss.backward()
    assert loss.shape == ()
    assert restored.grad is not None
    assert torch.isfinite(restored.grad).all()
    assert restored.grad.abs().sum() > 0 or kind != "noise"


def test_contextual_finds_features_wherever_they_are() -> None:
    features = torch.randn(2, 16, 5, 5, generator=torch.Generator().manual_seed(0))
    order = torch.randperm(25, generator=torch.Generator().manual_seed(1))
    moved = features.flatten(2)[..., order].unflatten(2, (5, 5))
    assert contextual(moved, features).item() == pytest.approx(0, abs=1e-4)
    others = torch.randn(features.shape, generator=torch.Generator().manual_seed(2))
    assert contextual(others, features).item() > 0.5


def test_contextual_by_hand() -> None:
    """Two restored features that are nearly as far from the one true feature as from the other."""
    # Without their mean (1/2, 1/2) the true ones point to (1, -1) and (-1, 1).
    clean = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).view(1, 2, 1, 2)
    angles = [math.radians(it) for it in (40, 60)]  # of the restored ones, from the same mean
    turned = [[0.5 + math.cos(it) for it in angles], [0.5 + math.sin(it) for it in angles]]
    shares: list[list[float]] = []
    for angle in angles:
        distances = [1 - math.cos(angle + math.pi / 4), 1 + math.cos(angle + math.pi / 4)]
        raised = [math.exp((1 - it / (min(distances) + 1e-5)) / 0.5) for it in distances]
        shares.append([it / sum(raised) for it in raised])
    expected = -math.log((max(shares[0][0], shares[1][0]) + max(shares[0][1], shares[1][1])) / 2)
    assert 0.2 < expected < 0.6
    value = contextual(torch.tensor(turned).view(1, 2, 1, 2), clean).item()
    assert value == pytest.approx(expected, rel=1e-5)


def test_perceptual_losses_look_through_vgg19_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(["vgg19"], tmp_path, monkeypatch)
    told: list[object] = []
    clean, restored = pictures(1, 3, 32, 32), pictures(1, 3, 32, 32, seed=1)
    value = weighed({"vgg54": 1.0}, CPU, told.append)["vgg54"].loss(restored, clean)
    assert told == []
    found = [deepest(tmp_path / "vgg19.safetensors", it) for it in (restored, clean)]
    assert value.item() == pytest.approx(F.l1_loss(*found).item(), rel=1e-5)
    network = Vgg19(tmp_path / "vgg19.safetensors", ["conv1_2", "conv5_4"])
    first, last = network(clean)
    assert (first.shape, last.shape) == ((1, 64, 32, 32), (1, 512, 2, 2))
    assert first.min() < 0  # before the ReLU
    torch.testing.assert_close(last, found[1])


def deepest(path: Path, x: Tensor) -> Tensor:
    """VGG19's sixteenth convolution, computed from its tensors alone."""
    tensors = read_tensors(path)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    y = (x - mean.view(3, 1, 1)) / deviation.view(3, 1, 1)
    kernels = sorted((int(it.split(".")[1]), it) for it in tensors if it.endswith("weight"))
    before = 0
    for place, name in kernels:
        if place - before == 3:  # a ReLU and a pooling lie between
            y = F.max_pool2d(y, 2)
        bias = tensors[name.replace("weight", "bias")]
        y = F.conv2d(F.relu(y) if place else y, tensors[name], bias, padding=1)
        before = place
    return y


def test_the_places_of_vgg19() -> None:
    names = ("conv1_1", "conv1_2", "conv2_2", "conv3_3", "conv3_4", "conv4_4", "conv5_4")
    assert [place_of(name) for name in names] == [0, 2, 7, 14, 16, 25, 34]


def test_where_vgg19_cannot_be_had_another_stands_in_and_it_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(["efficientnet-lite0"], folder, monkeypatch)
    told: list[object] = []
    weighed({"perceptual": 1.0}, CPU, told.append)
    (sentence,) = told
    assert isinstance(sentence, Told)
    assert sentence.text.startswith(
        "no VGG19 here: EfficientNet-Lite0 stands in, and losses differ"
    )
    assert "models download vgg19 --trust-unverified" in sentence.text
    offer([], folder, monkeypatch)
    with pytest.raises(WeightsError, match="there is no efficientnet-lite0"):
        weighed({"perceptual": 1.0}, CPU, told.append)


def test_the_stride_pads_as_tensorflow_does() -> None:
    convolution = torch.nn.Conv2d(1, 1, 3, stride=2, bias=False)
    torch.nn.init.ones_(convolution.weight)
    # Of 4 pixels the first result sees 0, 1, 2, and the second 2, 3 and one beyond.
    row = torch.tensor([1.0, 10, 100, 1000]).view(1, 1, 1, 4)
    assert padded(convolution, row)[0, 0, 0].tolist() == [111, 1100]
    assert padded(convolution, row[..., :3])[0, 0, 0].tolist() == [11, 110]


def test_efficientnet_has_the_tensors_that_were_released() -> None:
    counted = [it for name, it in seeded("efficientnet-lite0").items() if "running" not in name]
    weights = sum(it.numel() for it in counted if it.dim())
    # 4 652 008 weights, without the head's 320 x 1280 + 2 x 1280 and 1281 x 1000
    assert weights == 4_652_008 - 320 * 1280 - 2 * 1280 - 1281 * 1000


def test_lpips_is_the_metric(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from restorekit.metrics.lpips_vgg import METRIC

    del tmp_path
    offer(["vgg16"], folder, monkeypatch)
    clean, restored = pictures(1, 3, 48, 40), pictures(1, 3, 48, 40, seed=1)
    loss = weighed({"lpips": 1.0}, CPU, lambda _: None)["lpips"].loss(restored, clean)
    metric = METRIC.with_weights({"vgg16": folder / "vgg16.safetensors"})
    arrays = [np.ascontiguousarray(it[0].permute(1, 2, 0).numpy()) for it in (restored, clean)]
    assert loss.item() == pytest.approx(metric(arrays[0], arrays[1]), rel=1e-4)


@pytest.mark.registry
def test_the_features_of_a_zebra(tmp_path: Path) -> None:
    """Those from which the released head, which is not kept, says "zebra" with 97 in 100."""
    photo = Path(__file__).parents[2] / "../shared/bench/set14/zebra.bmp"
    if not photo.is_file():
        pytest.skip("needs ../shared/bench/set14/zebra.bmp")
    path = fetch("efficientnet-lite0", cache=Cache(tmp_path))
    names = ("conv1_2", "conv2_2", "conv3_4", "conv4_4", "conv5_4")
    network = EfficientNetLite0(path, names).eval()
    pixels = np.asarray(Image.open(photo).convert("RGB").resize((224, 224)))
    found = network(torch.from_numpy(pixels / np.float32(255)).permute(2, 0, 1)[None])
    sizes = [(it.shape[1], it.shape[2]) for it in found]
    assert sizes == [(16, 112), (24, 56), (40, 28), (112, 14), (320, 7)]
    deviations = [it.std().item() for it in found]
    assert deviations == pytest.approx([7.904, 10.098, 8.222, 7.056, 2.728], rel=2e-3)
