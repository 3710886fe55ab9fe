"""A family's name stands for its weights at the scale of the result."""

from __future__ import annotations

import pytest

from restorekit.zoo.families import member, own_scale


@pytest.mark.parametrize(
    ("name", "scale", "weights"),
    [
        ("imdn", 2, "imdn-x2"),
        ("imdn", 2.5, "imdn-x3"),
        ("imdn", 1, "imdn-x2"),
        ("imdn", 8, "imdn-x4"),
        ("srcnn", 3, "srcnn-x3"),
        ("bsrgan", 2, "bsrgan"),
        ("realesrgan-x4plus", 2, "realesrgan-x4plus"),
        ("mine.safetensors", 2, "mine.safetensors"),
    ],
)
def test_the_nearest_weights_that_reach_the_scale(name: str, scale: float, weights: str) -> None:
    assert member(name, scale) == weights


@pytest.mark.parametrize(
    ("name", "scale"),
    [("imdn-x3", 3), ("srcnn-x3", 3), ("imdn", None), ("vdsr", None), ("mine-x9", None)],
)
def test_a_name_that_ends_in_a_scale_tells_it(name: str, scale: int | None) -> None:
    assert own_scale(name) == scale
