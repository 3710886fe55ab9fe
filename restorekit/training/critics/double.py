"""The two critics of DeblurGAN-v2: one for textures, one that sees a patch as a whole.

O. Kupyn et al., DeblurGAN-v2: deblurring (orders-of-magnitude) faster and better, ICCV 2019,
section 3.2. Either is a critic of pix2pix. The one halves the size three times, the other five
times: its numbers see 286 pixels across. Each plays a game of its own; the mean of both counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from restorekit.training.critics.patch import Patch

if TYPE_CHECKING:
    from torch import Tensor

HALVINGS = (3, 5)


class Double(nn.Module):
    """See the module's text; the arguments are those of :class:`Patch`.

    Raises:
        UsageError: Too small a patch.
    """

    def __init__(self, *, channels: int, patch: int, features: int) -> None:
        super().__init__()
        self.critics = nn.ModuleList(
            Patch(channels=channels, patch=patch, features=features, halvings=it, name="double")
            for it in HALVINGS
        )

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """``(N, C, H, W)`` to what each of the two gives."""
        return tuple(critic(pictures) for critic in self.critics)


CRITIC = Double
