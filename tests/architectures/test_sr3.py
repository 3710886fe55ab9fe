"""SR3 beside its paper and the port that the field uses."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from restorekit.architectures.sr3 import ARCHITECTURE, SR3, untrained
from restorekit.errors import CheckpointError, UnknownNameError
from restorekit.training.recipe import read_recipe

SMALL: dict[str, Any] = {
    "channels": 3,
    "features": 8,
    "multipliers": (1, 2, 2),
    "blocks": 2,
    "attention": (1, 3),
}


def count(**hyperparameters: Any) -> int:
    with torch.device("meta"):
        return sum(it.numel() for it in SR3(**hyperparameters).parameters())


def of_recipe(name: str) -> int:
    return count(**read_recipe(name).network.hyperparameters)


def test_the_port_has_as_many_weights() -> None:
    """What the port prints of its network for faces of 16 to 128 pixels."""
    assert (
        count(channels=3, features=64, multipliers=(1, 2, 4, 8, 8), blocks=2, attention=(3, 5))
        == 97_807_491
    )


@pytest.mark.parametrize(
    ("multipliers", "attention", "millions"),
    [((1, 2, 4, 8, 8), (3, 5), 550), ((1, 2, 4, 4, 8, 8), (4, 6), 625)],
)
def test_it_is_about_as_large_as_the_papers(
    multipliers: tuple[int, ...], attention: tuple[int, ...], millions: int
) -> None:
    """Table A.1: BigGAN's blocks, which change size by themselves, have a tenth more weights."""
    found = count(channels=3, features=128, multipliers=multipliers, blocks=3, attention=attention)
    assert 0.89 * millions < found / 1e6 < millions


def test_the_recipes_networks() -> None:
    assert of_recipe("sr3") == 564_761_219
    assert of_recipe("sr3-plus") == 37_887_491


def test_files_of_the_port_are_read() -> None:
    """Its names have a prefix, and its schedule is there in many forms."""
    module = SR3(**SMALL)
    state = {f"denoise_fn.{key}": it for key, it in module.state_dict().items() if key != "betas"}
    assert {
        "denoise_fn.noise_level_mlp.1.weight",
        "denoise_fn.downs.0.weight",
        "denoise_fn.downs.1.res_block.noise_func.noise_func.0.bias",
        "denoise_fn.downs.3.conv.weight",
        "denoise_fn.downs.4.attn.qkv.weight",
        "denoise_fn.mid.0.attn.out.bias",
        "denoise_fn.ups.3.conv.weight",
        "denoise_fn.ups.0.res_block.res_conv.weight",
        "denoise_fn.final_conv.block.3.weight",
    } <= state.keys()
    derived = dict.fromkeys(("alphas_cumprod", "posterior_variance"), torch.zeros(2000))
    betas = torch.linspace(1e-6, 1e-2, 2000, dtype=torch.float64).float()
    file = {"betas": betas, **derived, **state}
    assert ARCHITECTURE.detect(file)
    network = ARCHITECTURE.build(file)
    expected = {**SMALL, "augmented": False, "schedule": "linear", "timesteps": 2000}
    assert network.hyperparameters == expected
    assert network.diffusion is not None
    assert network.diffusion.gammas[-1] == pytest.approx(4.386e-5, rel=1e-3)
    with pytest.raises(CheckpointError, match="noise schedule is not known"):
        ARCHITECTURE.build({**file, "betas": torch.full((2000,), 1e-3)})


def test_schedules() -> None:
    linear = SR3(**SMALL).diffusion
    assert linear.gammas[1] == pytest.approx(1 - 1e-6, abs=1e-9)
    few = SR3(**SMALL, timesteps=100).diffusion
    assert len(few.gammas) == 101
    assert 1e-5 < few.gammas[-1] < 1e-4
    cosine = SR3(**SMALL, schedule="cosine").diffusion
    # Half-way the angle is a little over an eighth of a turn.
    assert cosine.gammas[1000] == pytest.approx(0.4938, abs=1e-4)
    for taught in (linear, few, cosine):
        assert all(a > b > 0 for a, b in zip(taught.gammas, taught.gammas[1:], strict=False))
    with pytest.raises(UnknownNameError, match=r"unknown noise schedule 'cosin'.*did you mean cos"):
        SR3(**SMALL, schedule="cosin")


def test_it_hears_of_the_noise_and_of_the_augmentation() -> None:
    torch.manual_seed(0)
    module = SR3(**SMALL, augmented=True).eval()
    picture, noisy = torch.rand(1, 3, 16, 16), torch.randn(1, 3, 16, 16)
    with torch.no_grad():
        results = [
            module(picture, noisy, torch.tensor([it]))
            for it in ((0.9, 1.0), (0.2, 1.0), (0.9, 0.5))
        ]
        assert (results[0] - results[1]).abs().max() > 1e-3
        assert (results[0] - results[2]).abs().max() > 1e-3
        # A picture and its noise are not mixed up, and pictures of a batch are apart.
        assert (module(noisy, picture, torch.ones(1, 2)) - results[0]).abs().max() > 1e-2
        both = module(
            picture.repeat(2, 1, 1, 1),
            noisy.repeat(2, 1, 1, 1),
            torch.tensor([(0.9, 1.0), (0.2, 1.0)]),
        )
        torch.testing.assert_close(both, torch.cat(results[:2]), rtol=1e-4, atol=1e-5)


def test_attention_looks_everywhere_and_convolutions_do_not() -> None:
    """Without normalisation, whose means are of everything."""
    for attention, sees in (((), False), ((3,), True)):
        torch.manual_seed(0)
        module = SR3(**{**SMALL, "blocks": 1, "attention": attention}).eval()
        for name, part in [*module.named_modules()]:
            if isinstance(part, torch.nn.GroupNorm):
                module.get_submodule(name.rpartition(".")[0]).register_module(
                    name.rpartition(".")[2], torch.nn.Identity()
                )
        picture = torch.rand(1, 3, 128, 16)
        noisy = torch.randn(1, 3, 128, 16, requires_grad=True)
        result = module(picture, noisy, torch.full((1, 1), 0.5))
        (gradient,) = torch.autograd.grad(result[..., 0, :].sum(), noisy)
        assert bool(gradient[..., 127, :].any()) == sees


def test_as_training_begins_no_noise_is_told() -> None:
    module = untrained(**SMALL)
    with torch.no_grad():
        told = module(torch.rand(1, 3, 8, 8), torch.randn(1, 3, 8, 8), torch.rand(1, 1))
    assert not told.any()


def test_it_is_sampled_and_sees_enlarged_pictures() -> None:
    network = ARCHITECTURE.build(SR3(**SMALL).state_dict())
    assert (network.scale, network.enlarged, network.size_requirements.multiple_of) == (1, True, 4)
    assert network.diffusion is not None
    assert not network.diffusion.augmented
