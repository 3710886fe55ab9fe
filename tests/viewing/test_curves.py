"""Curves hold every point, and say which is which."""

from __future__ import annotations

from restorekit.viewing.curves import curves


def test_a_panel_for_each_entry_and_names_where_two_share_one() -> None:
    rows = [{"step": 1.0, "loss": 3.0}, {"step": 2.0, "loss": 1.0, "a": 20.0, "b": 21.0}]
    plot = curves(rows, {"loss": ["loss"], "PSNR": ["a", "b"]})
    loss, psnr = plot.figure.axes
    assert [list(map(float, it.get_ydata())) for it in loss.lines] == [[3, 1]]
    assert [list(map(float, it.get_xdata())) for it in psnr.lines] == [[2], [2]]
    assert loss.get_legend() is None
    assert [it.get_text() for it in psnr.get_legend().get_texts()] == ["a", "b"]
    assert "PSNR" in plot.svg()
