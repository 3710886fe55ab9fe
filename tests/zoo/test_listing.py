"""What is told of a model or a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from restorekit.zoo.listing import facts
from restorekit.zoo.methods import CLASSICAL, INTERNAL, YEAR, paper_of

if TYPE_CHECKING:
    from restorekit.catalog import Catalog

OF_NOBODY = {"nearest", "bilinear"}
"""Older than any paper."""


@pytest.mark.parametrize("catalog", [CLASSICAL, INTERNAL], ids=lambda it: it.package)
def test_every_method_names_its_paper(catalog: Catalog[object]) -> None:
    for name in catalog.names():
        paper = paper_of(name)
        assert (paper is None) == (name in OF_NOBODY), name
        if paper is not None:
            assert YEAR.search(paper)
            assert "\n" not in paper


def test_what_is_told_of_a_method() -> None:
    assert facts("median") == {
        "name": "median",
        "good for": "median of a disc: best for specks, keeps edges",
        "task": "denoise",
        "weights": "none",
        "paper": "J. W. Tukey, Exploratory Data Analysis (1977); T. S. Huang, G. J. Yang, G. Y. "
        "Tang, A fast two-dimensional median filtering algorithm, IEEE Transactions on Acoustics, "
        "Speech, and Signal Processing 27 (1979).",
    }
    assert "Levin" in facts("marginal-likelihood")["paper"]
    assert "paper" not in facts("consensus")  # of two methods, with papers of their own
