"""``restorekit kernel-estimate``: the blur of photos, as files that other commands take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat

from restorekit import kernels
from restorekit.images.convolution import convolve
from restorekit.images.kernel_files import read_kernel
from restorekit.images.reading import read

if TYPE_CHECKING:
    from conftest import Command

PHOTO = read(Path(__file__).parents[2] / "photos/astronaut.jpg").color[60:220, 150:310]


@pytest.fixture(autouse=True)
def _photo(_elsewhere: None) -> None:
    blurred = convolve(PHOTO, kernels.disk(3))
    Image.fromarray((blurred * 255).round().clip(0, 255).astype(np.uint8)).save("a.png")


def test_a_kernel_in_every_form(command: Command) -> None:
    before = Path("a.png").read_bytes()
    done = command("kernel-estimate", "a.png", "--kind", "defocus")
    assert done.status == 0
    assert "a disk of radius 3.0 pixels, confidence" in done.err
    psf = read_kernel("a_kernel.npy")
    assert psf.sum() == pytest.approx(1)
    np.testing.assert_allclose(loadmat("a_kernel.mat")["kernel"], psf)
    with Image.open("a_kernel.png") as picture:
        levels = np.asarray(picture)
    assert levels.max() == 65535
    np.testing.assert_allclose(read_kernel("a_kernel.png"), psf, atol=1e-5)
    with Image.open("a_kernel_plot.png") as plot:
        assert plot.size[0] > 900
    assert Path("a.png").read_bytes() == before


def test_the_kernel_is_taken_further(command: Command) -> None:
    assert command("kernel-estimate", "a.png", "--kind", "defocus").status == 0
    done = command("deblur", "a.png", "-k", "a_kernel.npy", "-m", "hyper-laplacian")
    assert done.status == 0
    assert "sharper: " in done.err
    found = read("a_deblurred.png").color
    blurred = read("a.png").color
    inner = np.s_[12:-12, 12:-12]
    errors = [float(np.square((it - PHOTO)[inner]).mean()) for it in (blurred, found)]
    assert errors[1] < 0.5 * errors[0]


def test_a_method_that_finds_and_undoes(command: Command) -> None:
    done = command("deblur", "a.png", "-m", "defocus")
    assert done.status == 0
    assert "a disk of radius 3.0 pixels, confidence" in done.err
    assert "sharper: " in done.err


def test_a_grid_of_kernels(command: Command) -> None:
    done = command("kernel-estimate", "a.png", "--kind", "defocus", "--grid", "1x2")
    assert done.status == 0
    assert "2 of 1x2 cells reliable" in done.err
    assert "confidence by rows" in done.err
    found = np.load("a_kernel.npy")
    assert found.shape[:2] == (1, 2)
    np.testing.assert_allclose(loadmat("a_kernel.mat")["kernel"], found)
    with Image.open("a_kernel_plot.png") as plot:
        assert plot.size[0] > 900
    told = command("deblur", "a.png", "-k", "a_kernel.npy", "-m", "inverse", "-o", "told.png")
    both = command("deblur", "a.png", "-m", "defocus", "--grid", "1x2", "-o", "both.png")
    assert (told.status, both.status) == (0, 0)
    assert "2 of 1x2 cells reliable" in both.err
    inner = np.s_[12:-12, 12:-12]
    before, after, found_too = (
        float(np.square((read(it).color - PHOTO)[inner]).mean())
        for it in ("a.png", "told.png", "both.png")
    )
    assert max(after, found_too) < 0.6 * before


def test_events_tell_what_was_found(command: Command) -> None:
    done = command("kernel-estimate", "a.png", "--kind", "defocus", "--json", "-o", "k.npy")
    (event,) = [it for it in done.events if it["event"] == "done"]
    assert "radius 3.0" in event["notes"][0]
    found = event["found"]
    assert found["length"] == pytest.approx(3 * 3**0.5, rel=0.1)  # of the line of that variance
    assert found["length"] == pytest.approx(found["width"], rel=0.05)
    assert found["reliable"]
    assert 0.5 < found["confidence"] <= 1
    assert not found["uneven"]
    assert Path("k.npy").is_file()
    assert Path("k_plot.png").is_file()


def test_no_photo_is_replaced_by_the_picture_of_its_kernel(command: Command) -> None:
    before = Path("a.png").read_bytes()
    asked = ("kernel-estimate", "a.png", "--kind", "defocus", "-o", "a.npy")
    for more in ((), ("--overwrite",)):
        done = command(*asked, *more)
        assert done.status == 2
        assert "a.png: a photo would be replaced (name another file" in done.err
        assert Path("a.png").read_bytes() == before
    Path("in").mkdir()
    Path("a.png").rename("in/a.png")
    assert command("kernel-estimate", "in", "--kind", "defocus", "-o", "in").status == 2
    assert [it.name for it in Path("in").iterdir()] == ["a.png"]
    assert Path("in/a.png").read_bytes() == before


def test_a_file_that_is_no_kernel_of_the_photo_stays(command: Command) -> None:
    Path("a_kernel.png").write_bytes(b"somebody's")
    done = command("kernel-estimate", "a.png", "--kind", "defocus")
    assert done.status == 1
    assert "a_kernel.png: this file is there already (--overwrite replaces it)" in done.err
    assert Path("a_kernel.png").read_bytes() == b"somebody's"
    assert not Path("a_kernel.npy").exists()
    assert command("kernel-estimate", "a.png", "--kind", "defocus", "--overwrite").status == 0
    assert len(read_kernel("a_kernel.png")) == len(read_kernel("a_kernel.npy"))
    again = command("kernel-estimate", "a.png", "--kind", "defocus")
    assert "a_kernel.npy: this file is there already" in again.err


def test_a_folder_goes_on_where_it_was(command: Command) -> None:
    Path("many").mkdir()
    Path("a.png").rename("many/a.png")
    Path("many/broken.png").write_bytes(b"no photo")
    first = command("kernel-estimate", "many", "-o", "found/", "--kind", "defocus")
    assert first.status == 1
    assert "broken.png" in first.err
    assert Path("found/a_kernel.npy").is_file() or Path("found/a.npy").is_file()
    again = command("kernel-estimate", "many", "-o", "found/", "--kind", "defocus", "--resume")
    assert "done before" in again.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--size", "12"], "--size: expected an odd number from 3 to 71, got 12"),
        (["--scale", "3"], "--scale: expected 2 or 4, got 3"),
        (["--kind", "downscale", "-m", "defocus"], "defocus is for --kind defocus"),
        (["--size", "small"], "--size: expected auto or a number of pixels"),
        (["--kind", "defocus", "--size", "9"], "defocus takes no size"),
        (["--kind", "motion", "--scale", "2"], "--scale is for --kind downscale"),
        (["--method", "edges"], "edges"),
        (["--kind", "defocus", "--seeds", "2"], "defocus learns nothing"),
        (["--grid", "3"], "--grid: expected rows by columns, such as 3x3, got '3'"),
        (["--grid", "0x4"], "--grid: expected 1x1 to 9x9, rows by columns, got 0x4"),
        (["--grid", "2x2", "--kind", "downscale"], "kernelgan finds one kernel"),
        (["-o", "-"], "several files"),
    ],
)
def test_one_clear_line(command: Command, arguments: list[str], words: str) -> None:
    done = command("kernel-estimate", "a.png", *arguments)
    assert done.status in {1, 2}
    assert words in done.err
    assert "Traceback" not in done.err
    assert not list(Path().glob("*_kernel*"))
