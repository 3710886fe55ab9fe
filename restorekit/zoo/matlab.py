"""Variables out of MATLAB files, in which the authors of the first networks released them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path


def read_matlab(path: Path) -> dict[str, Any]:
    """The variables of a MATLAB 5 file by name; fields of a struct are attributes.

    Raises:
        CheckpointError: It is damaged, or of another version of MATLAB.
    """
    from scipy.io import loadmat

    try:
        with path.open("rb") as file:
            content: dict[str, Any] = loadmat(file, squeeze_me=True, struct_as_record=False)
    except NotImplementedError as error:
        raise CheckpointError(f"{path} is of MATLAB 7.3", expected="MATLAB 5 to 7.2") from error
    # The parser raises whatever it stumbles over in a damaged file.
    except Exception as error:
        raise CheckpointError(
            f"{path} is damaged or no MATLAB file",
            got=f"{type(error).__name__} {error}".split("\n", 1)[0][:200],
        ) from error
    return {name: value for name, value in content.items() if not name.startswith("__")}
