"""KernelGAN: the kernel by which a photo became small, learned inside the photo.

What small pieces of photos look like recurs in them at other sizes. Of all kernels the one that
made the photo keeps that best when the photo is made smaller once more with it: a critic that sees
patches of 7 x 7 pixels then cannot tell the result from the photo::

    k = argmin_k max_D  |D(photo) - 1| + |D((photo * k) made smaller by 2)| + R(k)

k is the product of six linear layers; R asks that it sums to 1, lies in the middle, and has few
values. It begins near bicubic. The kernel of scale 4 follows from that of scale 2.

Several seeds learn side by side: the result is their mean, and how far they agree the confidence.
What all of them get wrong it does not show: where a photo has upright and level edges alone, a
slanted kernel comes out upright. What spoiled the photo after it became small, noise and JPEG, is
taken for a part of it.

S. Bell-Kligler, A. Shocher, M. Irani, Blind super-resolution kernel estimation using an
internal-GAN, NeurIPS 2019, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from restorekit import kernels
from restorekit.contracts import KernelEstimate
from restorekit.errors import NumericalError, UsageError

if TYPE_CHECKING:
    import torch

    from restorekit.contracts import Image, OnTile

SMALLEST = 64
"""Side in pixels of the crops that are learned from."""
FLAT = 2 / 255
"""A photo whose values differ less than this shows nothing from which a blur could be told."""
RELIABLE = 0.75
"""Confidence from which a kernel is called reliable."""


@dataclass(frozen=True, eq=False)
class KernelGAN:
    """Learns from each photo anew; see the module's text."""

    scale: int = 2
    """2 or 4: how many times smaller the photo was made."""
    seeds: tuple[int, ...] = (0, 1)
    """Of what is drawn; a single one leaves the confidence at 0."""
    iterations: int = 1500
    """At least 1. The paper has 3000, but from 1500 on with a hundredth of the first rate."""
    device: torch.device | None = None
    """Where it learns; None: on the CPU."""
    name: Literal["kernelgan"] = "kernelgan"
    title: str = "the kernel of down-scaling, learned inside the photo"
    kind: Literal["downscale"] = "downscale"

    def at_scale(self, scale: int) -> KernelGAN:
        """The same for photos that were made smaller this many times."""
        return replace(self, scale=scale)

    def with_seeds(self, seeds: tuple[int, ...]) -> KernelGAN:
        """The same with other seeds; more of them take longer, and agree less by chance."""
        return replace(self, seeds=seeds)

    def on_device(self, device: torch.device) -> KernelGAN:
        """The same, learning there."""
        return replace(self, device=device)

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        """See :class:`restorekit.contracts.KernelEstimator`.

        The same seeds give the same kernel on the same CPU; GPUs do not sum in a fixed order. A
        photo without any detail gives bicubic's kernel with confidence 0.

        Args:
            image: ``(H, W, 1 or 3)`` float32 in ``[0, 1]``.
            on_tile: Told, in iterations, how much is done, and of how much.

        Raises:
            UsageError: The photo is too small, or the scale, seeds or iterations cannot be.
            NumericalError: What was learned is not finite.
        """
        self._check(image)
        if float(image.max() - image.min()) < FLAT:
            return KernelEstimate(
                kernels.bicubic(self.scale), 0.0, reliable=False, scale=self.scale
            )
        import torch

        from restorekit.kernel_estimation import _down_scaling_kernel as kernel
        from restorekit.kernel_estimation._adversarial import Game

        game = Game(image, self.seeds, self.device or torch.device("cpu"))
        learned = game.play(
            self.iterations, lambda done: on_tile and on_tile(done, self.iterations)
        )
        if not bool(learned.isfinite().all()):
            raise NumericalError("learning the kernel left the finite", hint="try other seeds")
        found = [kernel.finished(one, 2) for one in learned.cpu().numpy()]
        confidence = kernel.agreement(found)
        if self.scale == 4:
            found = [kernel.twice(psf) for psf in found]
        mean = kernels.normalized(sum(found[1:], start=found[0]))
        return KernelEstimate(
            mean,
            confidence,
            reliable=confidence >= RELIABLE,
            scale=self.scale,
            alternatives=tuple(found),
        )

    def _check(self, image: Image) -> None:
        if min(image.shape[:2]) < SMALLEST:
            raise UsageError(
                "the photo is too small to find its kernel",
                expected=f"at least {SMALLEST} pixels a side",
                got=f"{image.shape[1]}x{image.shape[0]}",
            )
        if self.scale not in {2, 4}:
            raise UsageError("a kernel's scale", expected="2 or 4", got=str(self.scale))
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise UsageError(
                "the seeds of a kernel", expected="one or more that differ", got=str(self.seeds)
            )
        if self.iterations < 1:
            raise UsageError("iterations", expected="at least 1", got=str(self.iterations))


ESTIMATOR = KernelGAN()
