"""A recipe of a few steps, for tests of training."""

from __future__ import annotations

import dataclasses
from typing import Any

from restorekit.training.recipe import Recipe, read_recipe


def small(**changes: Any) -> Recipe:
    """A recipe of a few steps."""
    recipe = read_recipe("dncnn-25")
    network = dataclasses.replace(
        recipe.network,
        hyperparameters={
            "channels": 1,
            "features": 8,
            "convolutions": 4,
            "noise_map": False,
            "batch_norm": True,
        },
    )
    return dataclasses.replace(recipe, network=network, **changes).with_(
        steps=12, batch=4, patch=16, lr=1e-3
    )
