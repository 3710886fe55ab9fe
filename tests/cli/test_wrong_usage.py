"""What cannot be meant is refused with one line and exit status 2, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Command

A = ("sr", "a.png")
LANCZOS = (*A, "--model", "lanczos")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sr",), "restorekit sr: Missing argument"),
        ((*A, "--bogus"), "restorekit sr: No such option: --bogus"),
        (("bogus",), "restorekit: No such command 'bogus'"),
        (("--bogus",), "restorekit: No such option: --bogus"),
        (("models", "bogus"), "restorekit models: No such command 'bogus'"),
        (("models", "info"), "restorekit models info: Missing argument"),
        ((*A, "--scale", "four"), "Invalid value for '--scale'"),
        ((*A, "--scale"), "'--scale' requires an argument"),
        ((*A, "--precision", "fp8"), "'fp8' is not one of 'auto', 'fp32', 'bf16', 'fp16'"),
        ((*A, "--scale", "0.5"), "scale: expected 1 to 16, got 0.5"),
        ((*A, "--scale", "17"), "scale: expected 1 to 16, got 17"),
        ((*A, "--scale", "2", "--width", "9"), "say the size twice"),
        ((*A, "--width", "0"), "width: expected at least 1 pixel"),
        ((*A, "--strength", "2"), "strength: expected 0 to 1, got 2"),
        ((*A, "--grain", "200"), "grain: expected 0 to 100, got 200"),
        (
            (*LANCZOS, "--self-ensemble"),
            "lanczos is no network (leave out --self-ensemble)",
        ),
        (
            ("eval", "--reproduce", "bicubic", "--data", ".", "--self-ensemble"),
            "a paper's table is measured as the paper did it (leave out --self-ensemble)",
        ),
        ((*A, "--tile", "big"), "--tile: expected auto, 0 or a number of pixels, got 'big'"),
        ((*A, "--tile", "-5"), "--tile: expected auto, 0 or a number of pixels, got '-5'"),
        ((*LANCZOS, "--quality", "0"), "quality: expected 1 to 100, got 0"),
        ((*LANCZOS, "--format", "gif"), "unknown output format 'gif' (did you mean"),
        ((*LANCZOS, "-o", "b.gif"), "unknown output format '.gif' (did you mean"),
        ((*LANCZOS, "-o", "b.png", "--format", "jpeg"), "--format jpeg contradicts the name b.png"),
        ((*LANCZOS, "-o", "-", "--json"), "--json and a photo on standard output"),
        (("sr", "-", "--model", "lanczos", "--json"), "--json and a photo on standard output"),
        (("sr", "-", "--model", "lanczos", "--dry-run"), "cannot be foretold"),
        (("sr", "-", "a.png", "--model", "lanczos"), "standard input and output take one photo"),
        ((*LANCZOS, "-o", "a.png"), "would become a.png, which is one of the photos"),
        ((*A, "--model", "lanczo"), "unknown model 'lanczo' (did you mean lanczos?)"),
        ((*A, "--model", "realesrgan-x4"), "did you mean realesrgan-x4plus or"),
        ((*A, "--model", "mine.pth"), "there is no file mine.pth"),
        ((*LANCZOS, "--denoise-strength", "1"), "lanczos has no adjustable denoise strength"),
        ((*LANCZOS, "--steps", "20"), "lanczos is run once, not sampled (no steps, seed or"),
        ((*A, "--steps", "0"), "steps: expected 1 or more, got 0"),
        ((*A, "--sampler", "euler"), "sampler: expected ddpm or ddim, got 'euler'"),
        ((*LANCZOS, "--device", "cuda"), "lanczos runs on the CPU alone: got device cuda"),
        (
            (*A, "--model", "realesr-animevideov3", "--denoise-strength", "0.5"),
            "realesr-animevideov3 has no adjustable denoise strength (realesr-general-x4v3 has)",
        ),
        (
            (*A, "--model", "realesr-general-x4v3", "--denoise-strength", "1.5"),
            "denoise strength: expected 0 to 1, got 1.5",
        ),
        (("models", "info", "esrgam"), "unknown model 'esrgam' (did you mean esrgan"),
        (("models", "download", "esrgam", "--offline"), "unknown model 'esrgam'"),
    ],
)
def test_one_clear_line(
    command: Command, photo: Callable[..., Path], arguments: tuple[str, ...], words: str
) -> None:
    photo("a.png")
    done = command(*arguments)
    assert done.status == 2
    assert words in done.complaint
    assert done.complaint.startswith("restorekit")
    assert [path.name for path in Path().iterdir()] == ["a.png"]


def test_nothing_typed_shows_the_help(command: Command) -> None:
    done = command()
    assert done.status == 2
    assert "Usage: restorekit" in done.err
    assert "Enlarge photos" in done.err


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_device_that_is_not_there(command: Command, photo: Callable[..., Path]) -> None:
    photo("a.png")
    done = command(*A, "--device", "cuda")
    assert done.status == 1
    assert done.complaint.startswith("restorekit: device cuda is not here: got cpu")


def test_weights_that_are_not_there(command: Command, photo: Callable[..., Path]) -> None:
    photo("a.png")
    done = command(*A, "--offline", "--model", "realesrgan-x4plus")
    assert done.status == 1
    assert "-m restorekit-sr-x4 is on this machine" in done.complaint
    assert "the weights of realesrgan-x4plus are not on this machine" in done.complaint
    assert "leave out --offline" in done.complaint


def test_a_model_file_that_is_none(command: Command, photo: Callable[..., Path]) -> None:
    photo("a.png")
    Path("mine.safetensors").write_bytes(b"no tensors")
    done = command(*A, "--model", "mine.safetensors")
    assert done.status == 1
    assert "mine.safetensors" in done.complaint
