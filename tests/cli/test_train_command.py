"""`restorekit train`: a run from the command line, and what is told of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from small_recipe import small

from restorekit.zoo.load import load_network

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Command


def test_a_run_that_is_no_better_than_its_inputs_recommends_nothing(
    command: Command, photo: Callable[..., Path]
) -> None:
    for number in range(2):
        photo(f"photos/{number}.png", height=48, width=48)
    Path("mine.toml").write_text(small().to_toml(), encoding="utf-8")
    short = ("train", "--recipe", "mine.toml", "--data", "photos", "--out", "run", "--steps", "2")
    done = command(*short, "--accelerator", "cpu", "--precision", "fp32", "--workers", "0")
    assert done.status == 0, done.err
    assert Path(done.out.strip()) == Path("run/best.safetensors")
    assert load_network("run/best.safetensors").architecture == "dncnn"
    last = done.err.splitlines()[-1]
    restored, inputs = (float(it) for it in re.findall(r"(-?[\d.]+) dB", done.err)[:2])
    assert restored < inputs
    assert last == (
        f"2 steps, at best {restored:.2f} dB; no better than the inputs' {inputs:.2f} dB: "
        "it needs more --steps"
    )


def test_a_wrong_recipe_is_one_line(command: Command, photo: Callable[..., Path]) -> None:
    photo("photos/a.png", height=48, width=48)
    recipe = small().to_toml().replace('color = "grey"', 'color = "grey"\nrecolored = true')
    Path("mine.toml").write_text(recipe.replace("recolored = false\n", ""), encoding="utf-8")
    refused = command("train", "--recipe", "mine.toml", "--data", "photos", "--out", "run")
    assert refused.status == 2
    assert "data.recolored" in refused.complaint
    assert not Path("run").exists()
