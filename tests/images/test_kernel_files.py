"""Kernels in words and in files, and those that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from scipy.ndimage import center_of_mass

from restorekit import kernels
from restorekit.contracts import DownScaling, KernelMap
from restorekit.errors import PhotoError, RestorekitError, UnknownNameError, UsageError
from restorekit.images.kernel_files import (
    centred,
    identity_of,
    read_kernel,
    read_kernels,
    read_sr_kernel,
)
from restorekit.images.kernel_writing import LINE, write_kernel_map

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import Psf

COUNTS = np.array([[0, 2, 0], [1, 4, 3], [0, 0, 0]])


@pytest.mark.parametrize(
    ("text", "psf"),
    [
        ("delta", kernels.delta()),
        ("gaussian:1.6", kernels.gaussian(1.6)),
        ("gaussian:3:1:45", kernels.gaussian(3, 1, 45)),
        ("motion:15:30", kernels.line(15, 30)),
        ("motion:7", kernels.line(7)),
        ("defocus:4", kernels.disk(4)),
    ],
)
def test_words(text: str, psf: Psf) -> None:
    np.testing.assert_array_equal(read_kernel(text), psf)


def test_files_are_read_and_their_sum_becomes_1(tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", COUNTS)
    savemat(tmp_path / "k.mat", {"kernel": COUNTS.astype(float), "note": 3})
    Image.fromarray((60 * COUNTS).astype(np.uint8)).save(tmp_path / "k.png")
    Image.fromarray((60 * COUNTS).astype(np.uint8)).convert("RGB").save(tmp_path / "rgb.PNG")
    for name in ("k.npy", "k.mat", "k.png", "rgb.PNG"):
        psf = read_kernel(str(tmp_path / name))
        assert psf.dtype == np.float64
        np.testing.assert_allclose(psf, COUNTS / 10, atol=1e-7)


def test_where_a_kernel_lies_in_its_square_is_a_shift(tmp_path: Path) -> None:
    line = kernels.line(9, 30)
    np.save(tmp_path / "k.npy", np.pad(line, ((7, 1), (2, 6))))
    np.testing.assert_array_equal(read_kernels(str(tmp_path / "k.npy")), line)
    assert read_kernel(str(tmp_path / "k.npy")).shape == (len(line) + 8,) * 2  # as it lies
    np.testing.assert_array_equal(read_kernels("motion:9:30"), line)
    corner = np.zeros((5, 5))
    corner[0, 0] = corner[0, 1] = corner[1, 0] = 1
    grown = centred(corner / 3)
    assert sorted(grown[grown > 0]) == [1 / 3] * 3  # nothing is cut off
    np.testing.assert_allclose(center_of_mass(grown), len(grown) // 2, atol=0.5)


def test_a_map_is_written_and_read_and_looked_at(tmp_path: Path) -> None:
    psfs = [kernels.resized(kernels.line(length, 20), 9)[0] for length in range(2, 8)]
    told = KernelMap(np.stack(psfs).reshape(2, 3, 9, 9))
    exact, matlab, picture = write_kernel_map(told, tmp_path / "k.npy")
    for path in (exact, matlab):
        found = read_kernels(str(path))
        assert isinstance(found, KernelMap)
        assert found.cells == (2, 3)
        np.testing.assert_allclose(found.psfs, told.psfs, atol=1e-15)
    with Image.open(picture) as shown:
        assert shown.size == (3 * 10 - 1, 2 * 10 - 1)
        pixels = np.asarray(shown)
    assert (pixels[9] == LINE).all()
    np.testing.assert_array_equal(pixels[:9, 10:19, 0], np.round(psfs[1] / psfs[1].max() * 255))
    with pytest.raises(UsageError, match="expected a grey picture, got colours"):
        read_kernels(str(picture))
    with pytest.raises(UsageError, match="expected a matrix of numbers"):
        read_kernel(str(exact))  # where one kernel is wanted


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.ones((2, 2, 4, 4)), "an odd number of pixels, got 4x4"),
        (np.full((1, 2, 3, 3), np.nan), "expected finite values"),
        (-np.ones((1, 2, 3, 3)), "expected no value below 0"),
        (np.zeros((1, 2, 3, 3)), "a sum above 0"),
        (np.ones((0, 2, 3, 3)), "expected a matrix of numbers"),
        (np.ones((2, 3, 3)), "expected a matrix of numbers"),
        (np.ones((1, 1, 257, 257)), "at most 255 pixels a side"),
    ],
)
def test_bad_maps_are_refused_in_a_line(tmp_path: Path, values: np.ndarray, says: str) -> None:
    np.save(tmp_path / "bad.npy", values)
    with pytest.raises(UsageError, match=says):
        read_kernels(str(tmp_path / "bad.npy"))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.array([[1, np.nan, 1]] * 3), "expected finite values, got NaN or infinity"),
        (np.array([[1, np.inf, 1]] * 3), "expected finite values, got NaN or infinity"),
        (np.array([[1, -0.5, 1]] * 3), "expected no value below 0, got -0.5"),
        (np.ones((4, 4)), "expected as high as wide, an odd number of pixels, got 4x4"),
        (np.ones((3, 5)), "an odd number of pixels, got 5x3"),
        (np.ones((3, 3, 3)), "expected a matrix of numbers"),
        (np.array([["a"] * 3] * 3), "expected a matrix of numbers"),
        (np.zeros((3, 3)), "expected values with a sum above 0, got 0"),
        (np.ones((0, 0)), "an odd number of pixels, got 0x0"),
        (np.ones((257, 257)), "expected at most 255 pixels a side, got 257"),
    ],
)
def test_bad_values_are_refused_in_a_line(tmp_path: Path, values: np.ndarray, says: str) -> None:
    np.save(tmp_path / "bad.npy", values)
    with pytest.raises(UsageError) as caught:
        read_kernel(str(tmp_path / "bad.npy"))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_files_are_refused_in_a_line(tmp_path: Path) -> None:
    for name in ("a.npy", "a.mat", "a.png"):
        (tmp_path / name).write_bytes(b"no kernel at all")
        with pytest.raises((UsageError, PhotoError)) as caught:
            read_kernel(str(tmp_path / name))
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
    # Code in a file is never run.
    np.save(tmp_path / "code.npy", np.array([{}], dtype=object), allow_pickle=True)
    savemat(tmp_path / "two.mat", {"one": COUNTS, "other": COUNTS})
    Image.fromarray((np.eye(3)[:, :, None] * [9, 5, 5]).astype(np.uint8)).save(tmp_path / "c.png")
    for name, says in (
        ("code.npy", "cannot be read"),
        ("two.mat", "expected one matrix, got one, other"),
        ("c.png", "expected a grey picture, got colours"),
        ("none.npy", "there is no kernel file"),
    ):
        with pytest.raises(UsageError, match=says):
            read_kernel(str(tmp_path / name))


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("gausian:2", UnknownNameError, "did you mean gaussian"),
        ("", UnknownNameError, "unknown kernel ''"),
        ("gaussian", UsageError, "expected gaussian:SIGMA[:SIGMA_Y[:ANGLE]]"),
        (
            "gaussian:wide",
            UsageError,
            "expected gaussian:SIGMA[:SIGMA_Y[:ANGLE]], with numbers from 0 to 360",
        ),
        ("gaussian:0", UsageError, "a kernel's widths: expected above 0"),
        ("gaussian:nan", UsageError, "with numbers from 0 to 360"),
        ("motion:1e9", UsageError, "expected motion:LENGTH[:ANGLE], with numbers from 0 to 360"),
        ("motion:3:4:5", UsageError, "expected motion:LENGTH[:ANGLE]"),
        ("defocus:-2", UsageError, "expected defocus:RADIUS"),
        ("defocus:200", UsageError, "at most 255 pixels a side"),
        ("delta:1", UsageError, "expected delta"),
    ],
)
def test_words_that_say_no_kernel(text: str, kind: type[RestorekitError], says: str) -> None:
    with pytest.raises(kind) as caught:
        read_kernel(text)
    assert says in str(caught.value)


def test_a_file_may_be_all_of_a_down_scaling(tmp_path: Path) -> None:
    path = tmp_path / "k.npy"
    np.save(path, kernels.gaussian(1.5, size=11, shift=-0.5))
    found = read_sr_kernel(f"downscale:{path}")
    assert isinstance(found, DownScaling)
    assert found.scale == 2
    np.testing.assert_array_equal(found.psf, read_kernel(str(path)))
    np.testing.assert_array_equal(read_sr_kernel(str(path)), found.psf)
    assert identity_of(f"downscale:{path}") == f"downscale:{identity_of(str(path))}"
    with pytest.raises(UsageError, match="it is for restorekit sr"):
        read_kernel(f"downscale:{path}")
    with pytest.raises(UsageError, match=r"expected downscale:FILE\.npy"):
        read_sr_kernel("downscale:gaussian:2")
    with pytest.raises(UsageError, match="there is no kernel file"):
        read_sr_kernel("downscale:none.npy")
