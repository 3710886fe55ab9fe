"""Everything that can go wrong, as one tree.

::

    RestorekitError
    ├── UsageError              an option that cannot be meant           (exit status 2)
    │   └── UnknownNameError    no such model, metric, format ...: lists the nearest names
    ├── ManifestError           a table that the program ships is missing or broken
    ├── PhotoError              this photo cannot be read
    ├── OutputError             the result cannot be written, or must not be
    ├── WeightsError            the weights of a network cannot be had
    │   ├── DownloadError       every source failed
    │   ├── ChecksumError       the bytes are not the ones that were promised
    │   ├── UntrustedError      the hash is not known and the user did not trust it
    │   └── CheckpointError     the file holds no network that is known
    └── RunError                the network could not be run
        ├── DeviceError         the device asked for is not there, or cannot do this
        ├── OutOfMemoryError    even the smallest tile does not fit
        └── NumericalError      not finite in any precision

Every message is one line that says what happened, what was expected, what was found and what to
try. The command line prints it and sets the exit status; the library raises it.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class RestorekitError(Exception):
    """The root of the tree.

    Args:
        what: What happened, naming the file or the value.
        expected: What would have been right.
        got: What was found instead.
        hint: What to try.
    """

    def __init__(
        self,
        what: str,
        *,
        expected: str | None = None,
        got: str | None = None,
        hint: str | None = None,
    ) -> None:
        parts = [what]
        if expected is not None:
            parts.append(f"expected {expected}")
        if got is not None:
            parts.append(f"got {got}")
        self._sentence = parts[0] + (": " + ", ".join(parts[1:]) if len(parts) > 1 else "")
        self._hint = hint
        super().__init__(" ".join((self._sentence + (f" ({hint})" if hint else "")).split()))

    def or_else(self, hint: str) -> RestorekitError:
        """The same error, with something else to try as well."""
        return type(self)(self._sentence, hint=f"{self._hint}; or {hint}" if self._hint else hint)


class UsageError(RestorekitError):
    """An option, or a set of options, that cannot be meant."""


MOST_LISTED = 40
"""Names that a message tells; of more only what stands before the first hyphen."""


class UnknownNameError(UsageError):
    """A name that is not in its table."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
        """The error for ``name``, with the names of ``known`` that are nearest to it.

        Where none is near, all of them are told, or, where they are many, how they begin.
        """
        names = sorted(known)
        typed = name.lower()
        begun = [it for it in names if typed and it.startswith(typed)]
        close = difflib.get_close_matches(typed, names, n=3, cutoff=0.5)
        near = list(dict.fromkeys([*begun, *close]))[:3]
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        elif len(names) <= MOST_LISTED:
            hint = f"known: {', '.join(names)}"
        else:
            alike: dict[str, list[str]] = {}
            for it in names:
                alike.setdefault(it.split("-")[0], []).append(it)
            begin = (them[0] if len(them) == 1 else f"{it}-..." for it, them in alike.items())
            hint = f"{len(names)} are known: {', '.join(begin)}"
        return cls(f"unknown {kind} {name!r}", hint=hint)


class ManifestError(RestorekitError):
    """A table that the program ships is missing, or breaks its schema."""


class PhotoError(RestorekitError):
    """A photo that cannot be read."""


class OutputError(RestorekitError):
    """A result that cannot be written, or must not be."""


class WeightsError(RestorekitError):
    """The weights of a network cannot be had."""


class DownloadError(WeightsError):
    """Every source of a file failed."""


class ChecksumError(WeightsError):
    """The bytes are not the ones that were promised."""


class UntrustedError(WeightsError):
    """A file whose hash is not known, and which the user did not trust."""


class CheckpointError(WeightsError):
    """A file that holds no network that is known."""


class RunError(RestorekitError):
    """A network could not be run."""


class DeviceError(RunError):
    """The device asked for is not there, or cannot do what was asked."""


class OutOfMemoryError(RunError):
    """Even the smallest tile does not fit in the device's memory."""


class NumericalError(RunError):
    """The result is not finite in any precision."""
