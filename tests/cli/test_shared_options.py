"""The options that every command takes that restores photos, and where its own ones are listed."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from restorekit.cli.deblur import deblur
from restorekit.cli.denoise import denoise
from restorekit.cli.enhance import enhance
from restorekit.cli.options import PrecisionName
from restorekit.cli.restoring import SharedOptions
from restorekit.cli.sr import sr
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = {
    deblur: ["kernel", "grid", "sigma", "denoiser", "linear", "work_scale"],
    denoise: ["sigma"],
    enhance: ["task"],
    sr: ["scale", "width", "height", "denoise_strength", "steps", "seed", "sampler", "kernel",
         "sigma", "database"],
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_its_own_options_come_after_the_model(command: Callable[..., None]) -> None:
    names = list(inspect.signature(command).parameters)
    shared = [field.name for field in fields(SharedOptions)]
    assert shared[:3] == ["photos", "output", "model"]
    assert names == [*shared[:3], *COMMANDS[command], *shared[3:]]


def test_every_shared_option_arrives_where_it_belongs() -> None:
    said = SharedOptions(
        photos=["a.png"],
        output="b.png",
        strength=0.5,
        color_lock=True,
        grain=3,
        self_ensemble=True,
        device="cpu",
        precision=PrecisionName.fp32,
        tile="256",
        format="png",
        quality=90,
        strip_metadata=True,
        recursive=True,
        overwrite=True,
        resume=True,
        fail_fast=True,
        offline=True,
        trust_unverified=True,
    )
    assert tuple(vars(said.finishing).values()) == (0.5, True, 3, 0)
    assert tuple(vars(said.weights).values())[:2] == (True, True)
    assert tuple(vars(said.devices).values()) == ("cpu", "fp32", 256, True)
    assert tuple(vars(said.files).values()) == ("b.png", "png", 90, *[True] * 5)
    with pytest.raises(UsageError, match="--tile"):
        _ = SharedOptions(photos=[], tile="big").devices
