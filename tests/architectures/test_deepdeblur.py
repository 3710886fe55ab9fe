"""DeepDeblur: its published size, the pyramid of its authors' library, pixels by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.transform import pyramid_gaussian

from restorekit.architectures.deepdeblur import ARCHITECTURE, DeepDeblur, halved
from restorekit.errors import CheckpointError


def network(**changes: int) -> DeepDeblur:
    torch.manual_seed(0)
    return DeepDeblur(**{"channels": 3, "features": 4, "blocks": 1, "levels": 3, **changes})


def test_the_published_size_and_keys() -> None:
    with torch.device("meta"):
        module = DeepDeblur(channels=3, features=64, blocks=19, levels=3)
    assert sum(it.numel() for it in module.parameters()) == 11_721_321
    names = {name.removesuffix(".weight").removesuffix(".bias") for name in module.state_dict()}
    expected = {f"body_models.{level}.body.{end}" for level in range(3) for end in (0, 20)}
    expected |= {
        f"body_models.{level}.body.{block}.body.{place}"
        for level in range(3)
        for block in range(1, 20)
        for place in (0, 2)
    }
    assert names == expected | {"conv_end_models.1.uppath.0", "conv_end_models.2.uppath.0"}


def test_the_pyramid_is_that_of_scikit_image() -> None:
    picture = np.random.default_rng(0).random((24, 36, 3), np.float32)
    wanted = list(pyramid_gaussian(picture, 2, channel_axis=2))
    level = torch.from_numpy(picture).permute(2, 0, 1)[None]
    for one in wanted[1:]:
        level = halved(level)
        np.testing.assert_allclose(level[0].permute(1, 2, 0), one, atol=1e-6)


def test_each_size_sees_the_one_below() -> None:
    """Every layer dark but those that hand a number on: 0.1 at the smallest, doubled each time."""
    module = network()
    levels = [module.body_models[number].body for number in range(3)]
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        levels[2][-1].bias.fill_(25.5)
        for number in (1, 2):
            # The middle tap, from each channel to its own four pixels.
            up = module.conv_end_models[number].uppath[0].weight
            for channel in range(3):
                up[4 * channel : 4 * channel + 4, channel, 2, 2] = 1
        for level in levels[:2]:
            for channel in range(3):
                level[0].weight[channel, 3 + channel, 2, 2] = 1
                level[-1].weight[channel, channel, 2, 2] = 2
        made = module.pyramid(torch.rand(1, 3, 16, 24))
    assert [it.shape[2:] for it in made] == [(16, 24), (8, 12), (4, 6)]
    for result, value in zip(made, (0.9, 0.7, 0.6), strict=True):
        torch.testing.assert_close(result, torch.full_like(result, value))


def test_the_result_is_that_of_the_full_size() -> None:
    module = network(levels=2)
    x = torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(module(x), module.pyramid(x)[0])


def test_all_weights_learn_from_the_full_size() -> None:
    module = network()
    module(torch.rand(1, 3, 16, 16)).square().mean().backward()
    for parameter in module.parameters():
        assert parameter.grad is not None
        assert parameter.grad.any()


def test_a_missing_level_is_told() -> None:
    state = network().state_dict()
    cut = {key: value for key, value in state.items() if "conv_end_models.2" not in key}
    with pytest.raises(CheckpointError, match=r"conv_end_models\.2"):
        ARCHITECTURE.build(cut)
