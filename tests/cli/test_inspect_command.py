"""``restorekit inspect``: what is wrong with photos, in words and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from restorekit import kernels
from restorekit.contracts import KernelEstimate
from restorekit.images.convolution import convolve
from restorekit.images.jpeg_tables import own_quality
from restorekit.images.reading import read
from restorekit.kernel_estimation.consensus import Consensus

if TYPE_CHECKING:
    from conftest import Command

PHOTO = read(Path(__file__).parents[2] / "photos/astronaut.jpg").color[60:220, 150:310]


def save(values: np.ndarray, name: str, **options: int) -> None:
    Image.fromarray((values * 255).round().clip(0, 255).astype(np.uint8)).save(name, **options)


def test_blur_noise_and_jpeg_are_told(command: Command) -> None:
    noise = np.random.default_rng(0).normal(0, 8 / 255, PHOTO.shape)
    save(convolve(PHOTO, kernels.disk(4)), "soft.png")
    save(PHOTO + noise, "noisy.png")
    save(PHOTO * 0.1, "dark.jpg", quality=40)
    done = command("inspect", "soft.png", "noisy.png", "dark.jpg", "--json")
    assert done.status == 0
    soft, noisy, dark = done.events
    assert soft["blur"] == "defocus"
    assert soft["blur_length"] == pytest.approx(8, rel=0.08)
    assert soft["blur_width"] == pytest.approx(8, rel=0.08)
    assert "restorekit deblur soft.png --model defocus" in soft["try"]
    assert noisy["sigma"] == pytest.approx(8, rel=0.15)
    assert "restorekit denoise noisy.png" in noisy["try"]
    assert dark["jpeg_quality"] == 40
    assert dark["brightness"] < 0.1
    assert "restorekit enhance dark.jpg --task lowlight" in dark["try"]


def test_a_blur_that_differs_over_the_photo_is_told_and_what_to_try(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def estimate(self: Consensus, image: object) -> KernelEstimate:
        return KernelEstimate(kernels.line(9, 30), 0.9, reliable=False, uneven=True)

    monkeypatch.setattr(Consensus, "estimate", estimate)
    save(convolve(PHOTO, kernels.line(9, 30)), "rolled.png")
    (found,) = command("inspect", "rolled.png", "--json").events
    assert found["blur"] == "uneven"
    assert "restorekit deblur rolled.png --model consensus --grid 3x3" in found["try"]
    assert "shake that differs over the photo" in command("inspect", "rolled.png").out


def test_words_for_people(command: Command) -> None:
    save(PHOTO, "a b.png")
    done = command("inspect", "a b.png")
    assert done.out.splitlines()[0] == "a b.png"
    assert "160x160, 8 bits, png" in done.out
    assert "restorekit sr 'a b.png'" in done.out


def test_a_folder_with_what_is_no_photo(command: Command) -> None:
    Path("many").mkdir()
    save(PHOTO[:40, :40], "many/small.png")
    Path("many/broken.png").write_bytes(b"no photo")
    done = command("inspect", "many")
    assert done.status == 1
    assert "many/small.png" in done.out
    assert done.err.count("\n") == 1
    assert "failed: many/broken.png" in done.err


@pytest.mark.parametrize("quality", [10, 50, 75, 92])
def test_the_quality_of_a_jpeg_is_that_it_was_written_with(quality: int) -> None:
    save(PHOTO, "a.jpg", quality=quality)
    assert own_quality(Path("a.jpg")) == quality


def test_what_cannot_be_inspected(command: Command) -> None:
    assert "expected files or folders" in command("inspect", "-").complaint
    assert "nothing.png" in command("inspect", "nothing.png").err
