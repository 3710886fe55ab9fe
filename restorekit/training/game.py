"""What a network and its critic play for: the forms of adversarial losses.

With C(y) the critic's numbers for true pictures, C(x) those for restored ones, and means over
pictures and their parts. Each side makes its own loss small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    Verdicts = Callable[[Tensor, Tensor], Tensor]
    """From the critic's numbers for restored and for true pictures to a loss."""


class Form(NamedTuple):
    """A form of the game."""

    network: Verdicts
    critic: Verdicts
    relative: bool = False
    """Whether the network's side looks at the true pictures' numbers, too."""
    penalised: bool = False
    """Whether :func:`gradient_penalty` belongs to the critic's side."""


def true(verdicts: Tensor) -> Tensor:
    """``mean -log sigmoid(C)``: small where all are taken for true."""
    return F.softplus(-verdicts).mean()


def false(verdicts: Tensor) -> Tensor:
    """``mean -log (1 - sigmoid(C))``: small where none is."""
    return F.softplus(verdicts).mean()


def taken_for_true(restored: Tensor, _: Tensor) -> Tensor:
    """The network's side of GAN: -log C(x), as section 3 of its paper advises."""
    return true(restored)


def told_apart(restored: Tensor, clean: Tensor) -> Tensor:
    """The critic's side of GAN.

    I. Goodfellow et al., Generative adversarial nets, NeurIPS 2014, equation 1.
    """
    return true(clean) + false(restored)


def near_one(restored: Tensor, _: Tensor) -> Tensor:
    """The network's side of least squares."""
    return torch.square(restored - 1).mean()


def near_labels(restored: Tensor, clean: Tensor) -> Tensor:
    """The critic's side of least squares, without the paper's halves, as programs have it.

    X. Mao et al., Least squares generative adversarial networks, ICCV 2017, equation 9.
    """
    return torch.square(clean - 1).mean() + torch.square(restored).mean()


def high(restored: Tensor, _: Tensor) -> Tensor:
    """The network's side where the critic's numbers are no logits."""
    return -restored.mean()


def beyond_margins(restored: Tensor, clean: Tensor) -> Tensor:
    """The critic's side of the hinge: J. H. Lim, J. C. Ye, Geometric GAN, 2017."""
    return F.relu(1 - clean).mean() + F.relu(1 + restored).mean()


def distance(restored: Tensor, clean: Tensor) -> Tensor:
    """The critic's side of Wasserstein's, but for the penalty.

    I. Gulrajani et al., Improved training of Wasserstein GANs, NeurIPS 2017, equation 3.
    """
    return restored.mean() - clean.mean()


def truer(better: Tensor, worse: Tensor) -> Tensor:
    """Small where ``better`` has higher numbers than ``worse`` on average, and the reverse.

    A. Jolicoeur-Martineau, The relativistic discriminator, ICLR 2019: the average form, as ESRGAN
    has it (section 3.2); the mean of its halves, as in the program of ESRGAN's authors.
    """
    return (true(better - worse.mean()) + false(worse - better.mean())) / 2


def less_true(worse: Tensor, better: Tensor) -> Tensor:
    """The critic's side of the same."""
    return truer(better, worse)


def apart_by_one(better: Tensor, worse: Tensor) -> Tensor:
    """Small where ``better`` is 1 above the mean of ``worse``, and ``worse`` 1 below that of it.

    O. Kupyn et al., DeblurGAN-v2, ICCV 2019, section 3.2 (RaGAN-LS): least squares in the
    relativistic average form; the mean of its halves, as in the authors' program.
    """
    above, below = better - worse.mean(), worse - better.mean()
    return (torch.square(above - 1).mean() + torch.square(below + 1).mean()) / 2


def less_by_one(worse: Tensor, better: Tensor) -> Tensor:
    """The critic's side of the same."""
    return apart_by_one(better, worse)


def higher(restored: Tensor, clean: Tensor) -> Tensor:
    """By how much the numbers of true pictures are higher."""
    return clean.mean() - restored.mean()


def each(verdicts: Tensor | Sequence[Tensor]) -> list[Tensor]:
    """The numbers of each critic, float32: of the one, or of several in one."""
    several = [verdicts] if isinstance(verdicts, torch.Tensor) else verdicts
    return [it.float() for it in several]


def mean_over(side: Verdicts, restored: Sequence[Tensor], clean: Sequence[Tensor]) -> Tensor:
    """A side's loss, where each critic plays a game of its own: their mean."""
    return torch.stack([side(*pair) for pair in zip(restored, clean, strict=True)]).mean()


FORMS: Mapping[str, Form] = {
    "vanilla": Form(taken_for_true, told_apart),
    "lsgan": Form(near_one, near_labels),
    "hinge": Form(high, beyond_margins),
    "relativistic": Form(truer, less_true, relative=True),
    "relativistic_ls": Form(apart_by_one, less_by_one, relative=True),
    "wgan_gp": Form(high, distance, penalised=True),
}


def gradient_penalty(
    critic: Callable[[Tensor], Tensor | Sequence[Tensor]], restored: Tensor, clean: Tensor
) -> Tensor:
    """``mean (|gradient of the critic's mean number at a picture| - 1)^2``, on both sides of 1.

    Gulrajani et al., algorithm 1: the pictures lie at random between a restored and its true one.
    The number of a picture is the mean over its parts, which is what the loss has of it.

    Args:
        critic: As in ``restorekit/training/critics``; it must not mix pictures.
        restored: ``(N, C, H, W)`` float32.
        clean: The same.
    """
    share = torch.rand(len(clean), 1, 1, 1, device=clean.device)
    between = torch.lerp(restored.detach(), clean, share).requires_grad_()
    number = torch.stack([it.flatten(1).mean(dim=1) for it in each(critic(between))]).mean(dim=0)
    (gradient,) = torch.autograd.grad(number.sum(), between, create_graph=True)
    length = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    return torch.square(length - 1).mean()
