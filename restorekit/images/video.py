"""Frames of videos, by PyAV where it is installed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from restorekit.errors import PhotoError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mts"})


def frames(path: Path, *, seconds: float = 0) -> Iterator[npt.NDArray[np.uint8]]:
    """Some frames of a video, ``(H, W, 3)`` RGB of 8 bits, from the first one on.

    Args:
        path: The video.
        seconds: Between two frames, at least; 0: all.

    Raises:
        PhotoError: It cannot be read, or not to its end.
    """
    try:
        import av
        from av.error import FFmpegError
    except ImportError:
        raise PhotoError(
            f"{path} is a video", hint="pip install 'restorekit[video]' reads it"
        ) from None
    due = -math.inf
    try:
        with av.open(str(path)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                time = number if frame.time is None else frame.time
                if time >= due:
                    due = time + seconds
                    yield frame.to_ndarray(format="rgb24")
    except (FFmpegError, IndexError) as error:  # IndexError: nothing but sound
        raise PhotoError(f"{path} cannot be read as a video", got=_reason(error)) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
