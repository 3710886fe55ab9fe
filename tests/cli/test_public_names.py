"""``import restorekit``: a table of contents that loads nothing until a name is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_photos import saved, smooth

import restorekit

SOURCE = ast.parse(Path(restorekit.__file__).read_text(encoding="utf-8"))


def test_what_is_named_is_there() -> None:
    assert sorted(restorekit.__all__) == restorekit.__all__
    for name in restorekit.__all__:
        assert getattr(restorekit, name) is not None
        assert name in dir(restorekit)
    namespace: dict[str, object] = {}
    exec("from restorekit import *", namespace)
    assert set(restorekit.__all__) <= set(namespace)


def test_what_type_checkers_see_is_what_is_there() -> None:
    (guarded,) = (node for node in SOURCE.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {*seen, "__version__"} == set(restorekit.__all__)
    assert seen == restorekit._HOMES


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'super_dissolve'"):
        restorekit.super_dissolve  # noqa: B018


def test_importing_loads_nothing() -> None:
    program = "import sys, restorekit; print(*sorted(m.split('.')[0] for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "restorekit" in loaded
    assert loaded.isdisjoint({"numpy", "torch", "PIL", "typer", "rich", "requests", "tifffile"})


def test_from_a_file_to_a_larger_one() -> None:
    """The whole of the public names, as the module's own text shows them."""
    Path("a.png").write_bytes(saved(smooth(6, 9), "PNG"))
    photo = restorekit.read("a.png")
    larger = restorekit.super_resolve(
        photo.color, restorekit.SuperResolution(model="nearest", scale=2)
    )
    assert larger.shape == (12, 18, 3)
    pixels = np.rint(larger * 255).astype(np.uint8)
    assert restorekit.write("b.png", pixels, photo) == ()
    np.testing.assert_array_equal(restorekit.read(Path("b.png")).color, larger)
    with pytest.raises(restorekit.RestorekitError, match=r"c\.png cannot be opened"):
        restorekit.read("c.png")
