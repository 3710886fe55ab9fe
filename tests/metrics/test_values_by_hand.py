"""Figures that can be worked out with a pencil, and what niqe says of a wrong file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from metric_weights import ready
from safetensors.numpy import save

from restorekit.errors import CheckpointError, UsageError
from restorekit.metrics import _measure, niqe
from restorekit.metrics.ms_ssim import ms_ssim
from restorekit.metrics.psnr import psnr
from restorekit.metrics.psnr_b import blocking_effect
from restorekit.metrics.seam import METRIC as SEAM
from restorekit.metrics.seam import at_borders
from restorekit.metrics.sharpness import sharpness
from restorekit.metrics.ssim import C1, ssim

if TYPE_CHECKING:
    from pathlib import Path


def flat(level: int, side: int = 176) -> np.ndarray:
    return np.full((side, side, 1), level, np.uint8)


def test_psnr_of_one_level() -> None:
    assert psnr(flat(100), flat(101)) == pytest.approx(48.1308036, abs=1e-6)  # 20 log10(255)


def test_ssim_of_two_flat_pictures_is_the_luminance_alone() -> None:
    x, y = 100 / 255, 150 / 255
    luminance = (2 * x * y + C1) / (x * x + y * y + C1)
    assert ssim(flat(100), flat(150)) == pytest.approx(luminance, rel=1e-12)
    assert ms_ssim(flat(100), flat(150)) == pytest.approx(luminance**0.1333, rel=1e-6)


def test_a_negative_has_no_similarity_left() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (176, 180, 1), dtype=np.uint8)
    assert ssim(255 - picture, picture) < -0.8
    assert ms_ssim(255 - picture, picture) == 0


def test_odd_sizes_are_halved_to_the_end() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (177, 163, 3), dtype=np.uint8)
    assert ms_ssim(picture, picture) == pytest.approx(1, abs=1e-12)


def test_blocking_effect_of_steps_at_the_borders_alone() -> None:
    columns = (np.arange(64) // 8 % 2).astype(np.float32)
    picture = np.tile(columns, (64, 1))[:, :, None] * np.float32(0.5)
    # 7 of 14 borders have a squared step of 1/4 each; log2(8) / log2(64) is 1/2.
    assert blocking_effect(picture) == pytest.approx(0.5 * 0.25 / 2, rel=1e-12)
    assert blocking_effect(np.roll(picture, 3, axis=1)) == 0


def test_blocking_effect_where_blocks_of_rows_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.random.default_rng(1).random((64, 48, 1), dtype=np.float32)
    picture[16:40] *= np.float32(0.1)
    whole = blocking_effect(picture)
    assert whole > 0
    for rows in (1, 5, 8):
        monkeypatch.setattr(_measure, "BLOCK_SAMPLES", 48 * rows)
        assert blocking_effect(picture) == pytest.approx(whole, rel=1e-9)


def test_sharpness_of_a_dot() -> None:
    picture = flat(0, 13)
    picture[6, 6] = 10
    # One pixel of -40 and four of 10 among the 121 inside.
    assert sharpness(picture) == pytest.approx((1600 + 400) / 121, rel=1e-12)


def test_a_seam_of_two_levels_measures_two() -> None:
    picture = np.repeat(flat(100, 120), 3, axis=2)
    picture[:, 50:] += 2
    assert SEAM(picture) == pytest.approx(2, rel=1e-12)
    assert at_borders((), (50,))(picture) == pytest.approx(2, rel=1e-12)
    assert at_borders((50,), (49, 51))(picture) == 0
    assert SEAM(picture.transpose(1, 0, 2)) == pytest.approx(2, rel=1e-12)


def test_a_seam_between_two_blocks_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_measure, "BLOCK_SAMPLES", 120 * 50)
    picture = flat(100, 120)
    picture[50:] += 2
    assert SEAM(picture) == pytest.approx(2, rel=1e-12)


def test_a_seam_is_seen_through_noise_and_slopes() -> None:
    noise = np.random.default_rng(1).normal(0, 4 / 255, (600, 500, 1))
    slope = np.linspace(0.2, 0.8, 500)[None, :, None]
    picture = (noise + slope).astype(np.float32)
    even = at_borders((), (250,))(picture)
    picture[:, 250:] += np.float32(8 / 255)
    assert even < 1.5
    assert at_borders((), (250,))(picture) == pytest.approx(8, abs=0.8)


@pytest.mark.parametrize("border", [0, 120, -1])
def test_a_seam_needs_pixels_on_both_sides(border: int) -> None:
    with pytest.raises(UsageError, match="no border of tiles is at this row: expected 1 to 119"):
        at_borders((border,), ())(flat(0, 120))


def test_niqe_of_too_little() -> None:
    measure = ready("niqe")
    with pytest.raises(UsageError, match="at least two, got one"):
        measure(flat(0, 190))
    with pytest.raises(UsageError, match="two patches that are not flat"):
        measure(flat(0, 200))


def arrays(**named: np.ndarray) -> bytes:
    return save({key: np.ascontiguousarray(array) for key, array in named.items()})


MEAN, COVARIANCE = np.zeros((1, 36)), np.eye(36)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "cannot be read: got"),
        (b"no tensors", "cannot be read: got"),
        (arrays(mu_pris_param=MEAN, cov_pris_param=COVARIANCE)[:200], "cannot be read: got"),
        (arrays(mu_pris_param=MEAN), r"expected cov_pris_param \(36, 36\), got nothing"),
        (arrays(mu_pris_param=MEAN, cov_pris_param=COVARIANCE[:35]), r"got \(35, 36\)"),
        (arrays(mu_pris_param=MEAN, cov_pris_param=COVARIANCE * np.nan), "that are not finite"),
    ],
    ids=["empty", "text", "cut", "half", "shape", "nan"],
)
def test_niqe_with_another_file(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "niqe.safetensors"
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=says) as info:
        niqe.METRIC.with_weights({"niqe": file})
    assert str(file) in str(info.value)
    assert "\n" not in str(info.value)


def test_niqe_with_no_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"absent\.safetensors cannot be read: got No such"):
        niqe.METRIC.with_weights({"niqe": tmp_path / "absent.safetensors"})
