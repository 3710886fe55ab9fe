"""``restorekit sr`` with kernels that are all of how a photo became small, told or found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from restorekit import kernels
from restorekit.contracts import DownScaling
from restorekit.images.kernel_files import read_sr_kernel
from restorekit.images.kernel_writing import write_kernel
from restorekit.images.reading import read
from restorekit.kernel_estimation.kernelgan import KernelGAN
from restorekit.tasks.estimate_kernel import KernelEstimation

if TYPE_CHECKING:
    from conftest import Command

PHOTO = read(Path(__file__).parents[2] / "photos/astronaut.jpg").color[60:74, 150:164]


@pytest.fixture(autouse=True)
def _photo(_elsewhere: None) -> None:
    """So small that nothing is learned from it: it is enlarged until it explains itself."""
    Image.fromarray((PHOTO * 255).round().astype(np.uint8)).save("a.png")
    write_kernel(kernels.gaussian(1.6, 0.9, 30, size=13, shift=-0.5), Path("k.npy"))


def test_a_kernel_that_was_written_is_told(command: Command) -> None:
    done = command("sr", "a.png", "-m", "zssr", "-s", "2", "-k", "downscale:k.npy", "-o", "1.png")
    assert done.status == 0
    assert "downscale:k.npy" in done.err
    other = command("sr", "a.png", "-m", "zssr", "-s", "2", "-k", "k.npy", "-o", "2.png")
    assert "it lies as all of a down-scaling does" in other.err
    direct, before = (read(Path(name)).color for name in ("1.png", "2.png"))
    # Taken for a blur before bicubic it would be undone twice over, and moved by half a pixel.
    assert np.abs(direct - before).mean() > 0.01


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-m", "zssr", "-s", "4", "-k", "downscale:k.npy"), "expected --scale 2, got 4"),
        (("-m", "zssr", "-s", "2", "-k", "downscale:b.npy"), "expected a centre of mass at"),
        (("-m", "bicubic", "-s", "2", "-k", "downscale:k.npy"), "cannot be told the blur"),
        (("-m", "kernelgan-zssr", "-s", "3"), "expected --scale 2 or --scale 4, got 3"),
        (("-m", "kernelgan-srmd", "-s", "3"), "expected --scale 2 or --scale 4, got 3"),
        (("-m", "kernelgan-zssr", "-s", "2", "-k", "k.npy"), "cannot be told the blur"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    command: Command, arguments: tuple[str, ...], says: str
) -> None:
    write_kernel(kernels.gaussian(1.6), Path("b.npy"))
    done = command("sr", "a.png", *arguments)
    assert done.status == 2
    assert says in done.complaint


def test_deblur_takes_no_such_kernel(command: Command) -> None:
    done = command("deblur", "a.png", "-k", "downscale:k.npy")
    assert done.status == 2
    assert "it is for restorekit sr" in done.complaint


@pytest.mark.parametrize("scale", [2, 4])
def test_what_finds_the_kernel_says_so(command: Command, scale: int) -> None:
    done = command("sr", "a.png", "-m", "kernelgan-zssr", "-s", scale)
    assert done.status == 0
    assert "the photo is too small to find its kernel" in done.err
    assert "taken as bicubic made it" in done.err
    assert read(Path(f"a_x{scale}.png")).color.shape == (14 * scale, 14 * scale, 3)


def test_a_dry_run_looks_for_nothing(command: Command) -> None:
    done = command("sr", "a.png", "-m", "kernelgan-zssr", "-s", "2", "--dry-run", "--json")
    assert done.status == 0
    assert not Path("a_x2.png").exists()


def test_a_kernel_that_was_found_says_how_it_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KernelEstimation, "estimator", lambda _: KernelGAN(4, iterations=2))
    large = read(Path(__file__).parents[2] / "photos/astronaut.jpg").color[60:140, 150:240]
    Image.fromarray((large * 255).round().astype(np.uint8)).save("b.png")
    done = command("kernel-estimate", "b.png", "--kind", "downscale")
    assert done.status == 0
    assert "for sr: --kernel downscale:b_kernel.npy" in done.err
    found = read_sr_kernel("downscale:b_kernel.npy")
    assert isinstance(found, DownScaling)
    assert found.scale == 4
