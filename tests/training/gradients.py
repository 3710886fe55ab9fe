"""Gradients as they are when an optimiser steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from restorekit.training.learner import Learner


class Watch:
    """What a learner's weights are moved by."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self.gradients: list[list[torch.Tensor | None]] = []
        inner = learner.optimizer.step

        def step(*args: object, **kwargs: object) -> object:
            weights = learner.module.parameters()
            self.gradients.append([None if it.grad is None else it.grad.clone() for it in weights])
            return inner(*args, **kwargs)

        learner.optimizer.step = step  # type: ignore[method-assign]

    def check(self, times: int) -> None:
        """All weights had a finite gradient, so often, and some were not 0."""
        assert len(self.gradients) == times
        for gradients in self.gradients:
            for gradient in gradients:
                assert gradient is not None
                assert torch.isfinite(gradient).all()
            assert any(gradient.any() for gradient in gradients if gradient is not None)
