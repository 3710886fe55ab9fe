"""A network that learns: its weights, its optimiser, the rate, the running average."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from restorekit.errors import UnknownNameError
from restorekit.training.schedule import rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lightning_fabric import Fabric
    from torch import Tensor, nn

    from restorekit.contracts import Results
    from restorekit.training.parts import OptimizerPart, SchedulePart


class Learner:
    """One network and what moves its weights.

    Args:
        fabric: The engine that runs it: devices, precision, several processes.
        module: The network.
        optimizer: How weights follow the gradient.
        schedule: How the rate changes.
        steps: Of the whole run.
        ema: What the running average keeps at each step; 0: there is no average.
        results: What the network has where it makes several results.

    Raises:
        UnknownNameError: The recipe names a rate of layers that the network lacks.
    """

    def __init__(
        self,
        fabric: Fabric,
        module: nn.Module,
        optimizer: OptimizerPart,
        schedule: SchedulePart,
        *,
        steps: int,
        ema: float = 0.0,
        results: Results | None = None,
    ) -> None:
        self._fabric = fabric
        self._part = optimizer
        self._schedule = schedule
        self._steps = steps
        module = module.to(memory_format=torch.channels_last)
        groups = _groups(optimizer.rates, module)
        self._shares = list(groups)
        made = _optimizer(optimizer, [{"params": it} for it in groups.values()])
        self.module, self.optimizer = fabric.setup(module, made)
        self.results = results
        if results is not None:
            self.module.mark_forward_method(results.method)
        self.average = (
            AveragedModel(
                self.bare, multi_avg_fn=get_ema_multi_avg_fn(ema), use_buffers=True
            ).requires_grad_(requires_grad=False)
            if ema
            else None
        )
        self.share = 1.0
        """Of the rate; halved each time that numbers overflowed."""

    @property
    def device(self) -> torch.device:
        """Where the network is, and its batches must be."""
        return self._fabric.device

    @property
    def bare(self) -> nn.Module:
        """The network itself: in the precision of its weights, its gradients this process's own."""
        module: Any = self.module
        while hasattr(module, "module"):  # what Fabric and DDP wrap around it
            module = module.module
        return module

    @property
    def best_guess(self) -> nn.Module:
        """The network to use: the average where there is one."""
        return self.bare if self.average is None else self.average.module

    def rate(self, step: int) -> float:
        """The learning rate at ``step``."""
        return self._part.lr * self.share * rate(self._schedule, step, self._steps)

    def restored(self, degraded: Tensor) -> list[Tensor]:
        """All results of the network, float32, the finished one first."""
        if self.results is None:
            return [self.module(degraded).float()]
        # On one device Fabric runs methods other than forward without the precision asked for.
        with self._fabric.autocast():
            made = getattr(self.module, self.results.method)(degraded)
        return [it.float() for it in made]

    def learn(self, step: int, parts: Iterable[Callable[[], Tensor]]) -> float | None:
        """One change of the weights.

        Args:
            step: Its number, from 0.
            parts: Each gives the loss of a part of the batch, already divided by their number.

        Returns:
            The loss; None where the gradient is not finite: nothing has changed then.
        """
        for group, share in zip(self.optimizer.param_groups, self._shares, strict=True):
            group["lr"] = share * self.rate(step)
        waiting = list(parts)
        total = 0.0
        for number, part in enumerate(waiting, 1):
            with self._fabric.no_backward_sync(self.module, enabled=number < len(waiting)):
                loss = part()
                self._fabric.backward(loss)
            total += loss.item()
        norm = self._fabric.clip_gradients(
            self.module,
            self.optimizer,
            max_norm=math.inf if self._part.clip is None else self._part.clip,
            error_if_nonfinite=False,
        )
        # All processes have the same gradient by now, and so decide alike.
        finite = norm is None or bool(torch.isfinite(norm))
        if finite:
            self.optimizer.step()
            if self.average is not None:
                self.average.update_parameters(self.bare)
        self.optimizer.zero_grad(set_to_none=True)
        return total if finite else None

    def state(self) -> dict[str, Any]:
        """What :meth:`Fabric.save` and :meth:`restore` take."""
        found: dict[str, Any] = {"module": self.module, "optimizer": self.optimizer}
        if self.average is not None:
            found["average"] = self.average
        return found


def _groups(rates: Mapping[str, float], module: nn.Module) -> dict[float, list[nn.Parameter]]:
    """The weights by their share of the rate; of several layers named, the innermost counts."""
    known = {name for name, _ in module.named_modules() if name}
    for layer in rates:
        if layer not in known:
            raise UnknownNameError.among("layer of optimizer.rates", layer, known)
    innermost = sorted(rates, key=len, reverse=True)
    found: dict[float, list[nn.Parameter]] = {}
    for name, weight in module.named_parameters():
        share = next((rates[it] for it in innermost if name.startswith(f"{it}.")), 1.0)
        found.setdefault(share, []).append(weight)
    return found


def _optimizer(part: OptimizerPart, weights: list[dict[str, Any]]) -> torch.optim.Optimizer:
    if part.name == "sgd":
        return torch.optim.SGD(
            weights, part.lr, momentum=part.betas[0], weight_decay=part.weight_decay
        )
    kind = torch.optim.Adam if part.name == "adam" else torch.optim.AdamW
    return kind(weights, part.lr, betas=part.betas, weight_decay=part.weight_decay)
