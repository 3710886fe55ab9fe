"""Critics: their sizes are those of the papers, and what each part of them sees."""

from __future__ import annotations

import pytest
import torch

from restorekit.errors import UsageError
from restorekit.training.critics import CRITICS
from restorekit.training.critics.patch import Patch
from restorekit.training.critics.residual import Residual

pytestmark = pytest.mark.usefixtures("one_thread")

SIDES = {"double": 128, "residual": 64}
"""Of the patches, where they cannot have 96 pixels."""


def _convolved(taken: int, given: int, side: int = 3) -> int:
    return (taken * side**2 + 1) * given


RESIDUAL = (
    sum(
        _convolved(taken, given) + _convolved(given, given)
        for taken, given in [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)]
    )
    + sum(_convolved(*pair, 1) for pair in [(3, 64), (64, 128), (128, 256)])
    + (256 * 16 + 1)
)


def test_the_catalogue() -> None:
    assert CRITICS.names() == ["double", "patch", "residual", "unet", "vgg"]


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        # Real-ESRGAN's, as its authors' program counts it
        ("unet", 4_376_897),
        # pix2pix's 70 x 70 for three channels, as its authors' program counts it: 2.765 M
        ("patch", 2_764_737),
        # The same, and one with two more layers of 512: 4 * 4 * 512 * 512 + 512 each
        ("double", 2 * 2_764_737 + 2 * (16 * 512**2 + 512)),
        # HLLHGAN's, by hand: convolutions of six blocks, three ways around them, the dense layer
        ("residual", RESIDUAL),
        # SRGAN's for 96 x 96: 23 569 217 with 3712 means and variances and, which change nothing,
        # 1856 biases before normalisation
        ("vgg", 23_569_217 - 3712 - 1856),
    ],
)
def test_as_many_weights_as_in_the_papers(name: str, weights: int) -> None:
    normed = name in {"residual", "unet"}
    with torch.device("cpu" if normed else "meta"):  # a norm cannot be taken on meta
        critic = CRITICS[name](channels=3, patch=SIDES.get(name, 96), features=64)
    assert sum(it.numel() for it in critic.parameters()) == weights


@pytest.mark.parametrize(
    ("name", "shape"),
    [("patch", (2, 1, 10, 10)), ("residual", (2, 1)), ("unet", (2, 1, 96, 96)), ("vgg", (2, 1))],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes(name: str, shape: tuple[int, ...], channels: int) -> None:
    side = SIDES.get(name, 96)
    critic = CRITICS[name](channels=channels, patch=side, features=4)
    assert critic(torch.rand(2, channels, side, side)).shape == shape


@pytest.mark.parametrize(
    ("name", "patch"), [("double", 127), ("patch", 31), ("unet", 44), ("vgg", 31)]
)
def test_patches_that_it_cannot_judge(name: str, patch: int) -> None:
    with pytest.raises(UsageError, match=rf"the critic {name}: expected data.patch .*got {patch}"):
        CRITICS[name](channels=3, patch=patch, features=4)


@pytest.mark.parametrize(
    ("name", "patch"), [("patch", 32), ("residual", 8), ("unet", 8), ("vgg", 32)]
)
def test_the_smallest_patch(name: str, patch: int) -> None:
    critic = CRITICS[name](channels=3, patch=patch, features=4)
    verdict = critic(torch.rand(1, 3, patch, patch))
    verdict.sum().backward()
    assert torch.isfinite(verdict).all()
    assert all(torch.isfinite(it.grad).all() for it in critic.parameters() if it.grad is not None)


@pytest.mark.parametrize(("halvings", "side", "pixels"), [(3, 160, 70), (5, 448, 286)])
def test_how_many_pixels_a_number_sees(halvings: int, side: int, pixels: int) -> None:
    critic = Patch(channels=1, patch=side, features=2, halvings=halvings)
    for layer in critic.modules():  # normalisation sees the whole picture: leave it out
        if isinstance(layer, torch.nn.InstanceNorm2d):
            layer.forward = torch.nn.Identity().forward
    pictures = torch.rand(1, 1, side, side, requires_grad=True)
    numbers = critic(pictures)[0, 0]
    middle = len(numbers) // 2
    numbers[middle, middle].backward()
    assert pictures.grad is not None
    seen = pictures.grad[0, 0] != 0
    assert [int(it.sum()) for it in (seen.any(dim=0), seen.any(dim=1))] == [pixels, pixels]


def test_the_double_critic_is_two_of_which_one_sees_more() -> None:
    critic = CRITICS["double"](channels=3, patch=128, features=4)
    pictures = torch.rand(2, 3, 128, 128)
    verdicts = critic(pictures)
    assert [tuple(it.shape) for it in verdicts] == [(2, 1, 14, 14), (2, 1, 2, 2)]
    torch.stack([it.mean() for it in verdicts]).sum().backward()
    assert all(torch.isfinite(it.grad).all() for it in critic.parameters())


def test_patch_critic_judges_each_picture_by_itself() -> None:
    torch.manual_seed(0)
    critic = CRITICS["patch"](channels=3, patch=48, features=4)
    pictures = torch.rand(3, 3, 48, 48)
    together = critic(pictures)
    for number in range(3):
        alone = critic(pictures[number : number + 1])[0]
        torch.testing.assert_close(together[number], alone)


@pytest.mark.parametrize(("name", "weights"), [("unet", 8), ("residual", 6 * 2 + 3 + 1)])
def test_what_is_divided_by_its_norm_stretches_nothing(name: str, weights: int) -> None:
    torch.manual_seed(0)
    critic = CRITICS[name](channels=3, patch=16, features=4)
    for _ in range(30):  # each run brings the estimate of the singular value nearer
        critic(torch.rand(1, 3, 16, 16))
    normed = [it for it in critic.modules() if hasattr(it, "parametrizations")]
    assert len(normed) == weights
    for layer in normed:
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2).item()
        assert largest == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(("patch", "pooled"), [(8, 1), (16, 2), (64, 4), (256, 6)])
def test_the_last_blocks_of_the_residual_critic_pool(patch: int, pooled: int) -> None:
    critic = CRITICS["residual"](channels=1, patch=patch, features=2)
    assert isinstance(critic, Residual)
    assert [block.pools for block in critic.blocks] == [False] * (6 - pooled) + [True] * pooled


@pytest.mark.parametrize("patch", [4, 12, 96, 512])
def test_patches_that_cannot_be_halved_to_four_pixels(patch: int) -> None:
    with pytest.raises(UsageError, match=rf"residual: expected patches of 8, 16, .*got {patch}"):
        CRITICS["residual"](channels=3, patch=patch, features=4)
