"""Every metric of the folder: perfect on equal pictures, worse on worse ones, clear on wrong ones.

A new metric says here which damage it must see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from metric_weights import DEEP, METRICS, ready

from restorekit.contracts import SetMetric
from restorekit.errors import UsageError, WeightsError
from restorekit.images.imresize import imresize
from restorekit.metrics import _measure
from restorekit.zoo import manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Metric

SIDE = 192


@dataclass(frozen=True)
class Promise:
    sees: tuple[str, ...]
    """The damages that it must tell by their strength."""
    perfect: float | None = None
    """Its value for equal pictures, or for a flat one where it has no reference."""
    symmetric: bool = False
    flat: bool = False
    """Perfect on flat pictures only: it finds fault with the reference's own structure."""


PROMISES = {
    "psnr": Promise(("noise", "blur"), np.inf, symmetric=True),
    "psnr-b": Promise(("noise", "blur", "blocks"), np.inf, flat=True),
    "ssim": Promise(("noise", "blur", "blocks"), 1, symmetric=True),
    "ms-ssim": Promise(("noise", "blur", "blocks"), 1, symmetric=True),
    "niqe": Promise(("noise", "blur")),
    "lpips-alex": Promise(("noise", "blur", "blocks"), 0, symmetric=True),
    "lpips-squeeze": Promise(("noise", "blur", "blocks"), 0, symmetric=True),
    "lpips-vgg": Promise(("noise", "blur", "blocks"), 0, symmetric=True),
    "dists": Promise(("noise", "blur", "blocks"), 0, symmetric=True),
    "seam": Promise(("tiles",), 0, flat=True),
    "sharpness": Promise(("blur",)),  # no picture is perfectly sharp, nor perfectly natural
}
DAMAGES = [(name, damage) for name, promise in PROMISES.items() for damage in promise.sees]
SETS = [name for name in METRICS.names() if isinstance(METRICS[name], SetMetric)]
NAMES = [name for name in METRICS.names() if name not in SETS]


def metric(name: str) -> Metric:
    found = ready(name)
    assert not isinstance(found, SetMetric)
    return found


def scene(side: int = SIDE) -> np.ndarray:
    """Structure of every size, as photos have, between 0.1 and 0.9; no JPEG blocks."""
    rng = np.random.default_rng(4)
    layers = [
        imresize(rng.random((side // step, side // step, 3)), step)[:side, :side] * step**0.5
        for step in (1, 2, 4, 8, 16)
    ]
    total = np.sum(layers, axis=0)
    low, high = total.min(), total.max()
    return (0.1 + 0.8 * (total - low) / (high - low)).astype(np.float32)


SCENE = scene()


def noise(strength: float) -> np.ndarray:
    rng = np.random.default_rng(5)
    return SCENE + rng.normal(0, 0.1 * strength, SCENE.shape)


def blur(strength: float) -> np.ndarray:
    size = round(SIDE * (1 - 0.6 * strength))
    return imresize(imresize(SCENE, size / SIDE), SIDE / size)[:SIDE, :SIDE]


def blocks(strength: float) -> np.ndarray:
    levels = np.random.default_rng(6).uniform(-0.2, 0.2, (SIDE // 8, SIDE // 8, 1))
    return SCENE + strength * levels.repeat(8, axis=0).repeat(8, axis=1)


def tiles(strength: float) -> np.ndarray:
    picture = SCENE.copy()
    picture[:, 100:] += 0.2 * strength
    return picture


DAMAGE: dict[str, Callable[[float], np.ndarray]] = {
    "noise": noise,
    "blur": blur,
    "blocks": blocks,
    "tiles": tiles,
}


def damaged(damage: str, strength: float) -> np.ndarray:
    return DAMAGE[damage](strength).clip(0, 1).astype(np.float32)


def test_every_metric_has_its_promises() -> None:
    assert sorted(PROMISES) == NAMES


@pytest.mark.parametrize("name", METRICS.names())
def test_it_says_what_it_is(name: str) -> None:
    found = METRICS[name]
    assert found.name == name
    assert found.better in {"higher", "lower"}
    assert 5 < len(found.title) < 60
    assert found.unit in {"", "dB", "levels", "levels²"}
    assert found.sees in {"protocol", "rgb"}


@pytest.mark.parametrize("name", METRICS.names())
def test_the_weights_that_it_names_are_in_the_manifest(name: str) -> None:
    known = {weights.name for weights in manifest.metric_weights()}
    assert set(METRICS[name].weights) <= known


def test_all_weights_of_metrics_are_of_use() -> None:
    named = {weights for name in METRICS.names() for weights in METRICS[name].weights}
    named |= {"vgg19", "efficientnet-lite0"}  # losses of training look through these
    assert {weights.name for weights in manifest.metric_weights()} == named


@pytest.mark.parametrize("name", [name for name in NAMES if METRICS[name].weights])
def test_nothing_is_measured_without_weights(name: str) -> None:
    with pytest.raises(WeightsError, match=f"{name} has no weights: expected .* by with_weights"):
        METRICS[name](SCENE, SCENE)
    with pytest.raises(WeightsError, match=f"{name} needs more weights: .* got none"):
        METRICS[name].with_weights({})


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_worse_for_a_worse_picture(name: str, damage: str) -> None:
    figures = [metric(name)(damaged(damage, strength), SCENE) for strength in (0.3, 0.6, 1.0)]
    worsening = figures if metric(name).better == "lower" else figures[::-1]
    assert np.isfinite(figures).all()
    assert worsening[0] < worsening[1] < worsening[2]


@pytest.mark.parametrize("name", [name for name in NAMES if PROMISES[name].perfect is not None])
def test_perfect_where_nothing_is_wrong(name: str) -> None:
    found, perfect = metric(name), PROMISES[name].perfect
    flat = np.full_like(SCENE, 0.5)
    pictures = [flat] if PROMISES[name].flat else [flat, SCENE]
    for picture in pictures:
        assert found(picture, picture.copy()) == pytest.approx(perfect, abs=1e-12)
    worse = found(damaged(PROMISES[name].sees[0], 0.3), SCENE)
    assert worse > perfect if found.better == "lower" else worse < perfect


@pytest.mark.parametrize("name", [name for name in NAMES if PROMISES[name].symmetric])
def test_either_may_be_the_reference(name: str) -> None:
    other = damaged("noise", 0.5)
    assert metric(name)(other, SCENE) == pytest.approx(metric(name)(SCENE, other), rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_depths_agree_and_pictures_are_not_changed(name: str) -> None:
    eight = [np.round(picture * 255).astype(np.uint8) for picture in (damaged("noise", 0.5), SCENE)]
    figure = metric(name)(*eight)
    for full, dtype in ((65535, np.uint16), (1, np.float32)):
        pictures = [(picture * (full / 255)).astype(dtype) for picture in eight]
        before = [picture.copy() for picture in pictures]
        assert metric(name)(*pictures) == pytest.approx(figure, rel=1e-5)
        for picture, copy in zip(pictures, before, strict=True):
            np.testing.assert_array_equal(picture, copy)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in DEEP])
def test_blocks_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = (damaged("noise", 0.5), SCENE)
    figure = metric(name)(*pictures)
    for rows in (1, 7, 100):
        monkeypatch.setattr(_measure, "BLOCK_SAMPLES", rows * SIDE * 3)
        assert metric(name)(*pictures) == pytest.approx(figure, rel=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_grey_is_colour_with_equal_channels(name: str) -> None:
    grey = [damaged("noise", 0.5)[:, :, :1], SCENE[:, :, :1]]
    colour = [picture.repeat(3, axis=2) for picture in grey]
    assert metric(name)(*colour) == pytest.approx(metric(name)(*grey), rel=1e-4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (SCENE.astype(np.float64), "expected uint8, uint16, or float32 in [0, 1], got float64"),
        (SCENE > 0.5, "got bool"),
        (SCENE[:, :, 0], "expected (H, W, 1 or 3), got (192, 192)"),
        (SCENE[:, :, :2], "got (192, 192, 2)"),
        (SCENE * 255, "expected 0 to 1, got"),
        (np.where(SCENE > 0.5, np.float32(np.nan), SCENE), "expected 0 to 1, got nan"),
        (SCENE[:0], "too small"),
    ],
    ids=["float64", "bool", "no channels", "two channels", "of 255", "nan", "empty"],
)
def test_wrong_pictures_are_refused(name: str, picture: np.ndarray, says: str) -> None:
    with pytest.raises(UsageError) as info:
        metric(name)(picture, picture)
    assert says in str(info.value)
    assert name in str(info.value)


@pytest.mark.parametrize("name", [name for name in NAMES if METRICS[name].needs_reference])
def test_two_pictures_of_one_shape_are_needed(name: str) -> None:
    with pytest.raises(UsageError, match="expected a reference"):
        metric(name)(SCENE)
    with pytest.raises(UsageError, match="expected 192x192 pixels of 3 channels, got 190x192"):
        metric(name)(SCENE[:, 2:], SCENE)
    with pytest.raises(UsageError, match="got 192x192 pixels of 1 channel"):
        metric(name)(SCENE[:, :, :1], SCENE)


@pytest.mark.parametrize("name", SETS)
def test_worse_for_worse_sets(name: str) -> None:
    photos = [np.ascontiguousarray(SCENE[i : i + 96, i : i + 96]) for i in (0, 48, 96)]
    rng = np.random.default_rng(7)
    figures: list[float] = []
    for strength in (0, 0.4, 1):
        tally = ready(name).tally()
        for photo in photos:
            noisy = photo + 0.1 * strength * rng.normal(size=photo.shape)
            tally.add(noisy.clip(0, 1).astype(np.float32), photo)
        figures.append(tally.value())
    assert figures[0] == pytest.approx(0, abs=0.05)
    assert figures[0] + 0.1 < figures[1] < figures[2]


@pytest.mark.parametrize("name", SETS)
def test_sets_that_are_none(name: str) -> None:
    with pytest.raises(WeightsError, match=f"{name} has no weights"):
        METRICS[name].tally()
    tally = ready(name).tally()
    with pytest.raises(UsageError, match="expected 192x192 pixels of 3 channels, got 190x192"):
        tally.add(SCENE[:, 2:], SCENE)
    with pytest.raises(UsageError, match="got float64"):
        tally.add(SCENE.astype(np.float64), SCENE)
    with pytest.raises(UsageError, match=r"at least 2, and thousands .* got 0"):
        tally.value()
    tally.add(SCENE[:, :, :1], SCENE[:, :, :1])
    with pytest.raises(UsageError, match="got 1"):
        tally.value()
