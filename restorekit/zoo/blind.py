"""Names such as ``kernelgan-srmd-x2``: what finds how a photo became small, and what is told it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from restorekit.contracts import LearnedKernel
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.zoo import manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.zoo.manifest import Entry
    from restorekit.zoo.restorers import Loaded


class BlindNetwork(NamedTuple):
    """A way to find the kernel, and the network that is told it."""

    estimator: LearnedKernel
    entry: Entry

    @property
    def name(self) -> str:
        """The name that users type."""
        return f"{self.estimator.name}-{self.entry.name}"

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        return f"{self.estimator.title}; then {self.entry.name}"

    @property
    def told(self) -> tuple[str, ...]:
        """What it can be told: not the kernel, which it finds."""
        return tuple(it for it in self.entry.told if it != "kernel")

    def around(self, loaded: Loaded) -> Loaded:
        """The network that is loaded, each photo's kernel being found before."""
        from restorekit.inference.restorer import NetworkRestorer
        from restorekit.kernel_estimation._blind_enlarging import BlindEnlarging

        networks = (it for it in loaded.restorers if isinstance(it, NetworkRestorer))
        return replace(
            loaded,
            restorers=tuple(
                BlindEnlarging(self.estimator.on_device(it.device), it) for it in networks
            ),
            identity=f"{self.estimator.name}:{loaded.identity}",
            description={**loaded.description, "model": self.name},
        )


def parted(name: str) -> tuple[str, str] | None:
    """The estimator of a name and the rest; None where it begins with none."""
    found = (it for it in ESTIMATORS.names() if name.startswith(f"{it}-"))
    return next(((it, name[len(it) + 1 :]) for it in found), None)


def blind_network(name: str) -> BlindNetwork | None:
    """What a name stands for; None where it is no such name.

    Raises:
        UsageError: Kernels of the network's scale cannot be found.
    """
    from restorekit.kernel_estimation._blind_enlarging import check_scale

    parts = parted(name)
    found = parts and next((it for it in _all(parts[0]) if it.entry.name == parts[1]), None)
    if found:
        check_scale(found.estimator, found.entry.scale)
    return found or None


def blind_networks() -> Iterator[BlindNetwork]:
    """Every network that can be told a kernel of a scale that is found."""
    from restorekit.kernel_estimation._blind_enlarging import SCALES

    for name in ESTIMATORS.names():
        yield from (it for it in _all(name) if it.entry.scale in SCALES)


def _all(name: str) -> Iterator[BlindNetwork]:
    """An estimator with each network, whatever its scale."""
    estimator = ESTIMATORS[name]
    if isinstance(estimator, LearnedKernel):
        for entry in manifest.entries():
            if entry.task == "sr" and "kernel" in entry.told and not entry.hidden:
                yield BlindNetwork(estimator, entry)
