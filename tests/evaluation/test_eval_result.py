"""Means and their intervals, and what work costs."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from restorekit.evaluation.cost import measured_cost
from restorekit.evaluation.result import Column, Evaluation, Row, interval

PSNR = Column("psnr", "dB", "higher", "rgb")


def test_the_interval_is_that_of_the_normal_law_where_that_holds() -> None:
    values = np.random.default_rng(1).normal(30, 4, 400)
    found = interval(list(values), seed=0)
    half = 1.96 * values.std() / math.sqrt(400)
    assert found.mean == pytest.approx(values.mean(), abs=1e-12)
    assert found.low == pytest.approx(values.mean() - half, abs=0.04)
    assert found.high == pytest.approx(values.mean() + half, abs=0.04)


def test_five_photos_of_two_kinds_have_what_the_binomial_law_says() -> None:
    # Of five draws from three of 20 and two of 30, k are 30: k = 0 in 8 %, k = 5 in 1 %.
    assert interval([20.0, 20.0, 20.0, 30.0, 30.0], seed=3) == (24.0, 20.0, 28.0)


def test_the_seed_decides_the_interval() -> None:
    values = [20.0, 21.5, 27.0, 33.0, 40.0]
    assert interval(values, 5) == interval(values, 5)
    assert interval(values, 5)[1:] != interval(values, 6)[1:]


@pytest.mark.parametrize("values", [[31.0], [31.0, 30.0, 29.0, 28.0], [31.0, math.inf] * 3])
def test_what_tells_nothing_has_no_interval(values: list[float]) -> None:
    found = interval(values, seed=0)
    assert found == (math.fsum(values) / len(values), None, None)


def test_summaries_leave_failures_out_and_count_them() -> None:
    found = Evaluation(
        protocol="rgb",
        columns=(PSNR,),
        rows=(
            Row("a", "one", {"psnr": 20.0}, seconds=1.0, memory=5),
            Row("b", "one", failure="b is damaged"),
            Row("c", "one", {"psnr": 24.0}, seconds=2.0, memory=3),
            Row("a", "two", failure="a is damaged"),
        ),
    )
    one, two = found.summaries()
    assert (one.model, one.measured, one.failed) == ("one", 2, 1)
    assert (one.means["psnr"].mean, one.seconds, one.memory) == (22.0, 1.5, 5)
    assert (two.measured, two.failed, two.means, two.seconds) == (0, 1, {}, None)
    assert not found.is_whole


def test_names_without_a_partner_make_it_less_than_whole() -> None:
    rows = (Row("a", values={"psnr": 1.0}),)
    assert Evaluation("rgb", (PSNR,), rows).is_whole
    assert not Evaluation("rgb", (PSNR,), rows, without_reference=("b",)).is_whole
    assert not Evaluation("rgb", (PSNR,), rows, without_prediction=("b",)).is_whole


def test_cost_sees_the_seconds_and_the_peak() -> None:
    with measured_cost() as small:
        time.sleep(0.03)
    with measured_cost() as large:
        block = np.ones(1_200_000_000, np.uint8)  # more than freed memory that is kept
        time.sleep(0.05)
        del block
    assert 0.03 <= small.seconds < 1
    assert 1.1e9 < large.memory - small.memory < 1.4e9


def test_cost_is_known_after_a_failure_too() -> None:
    with pytest.raises(KeyError), measured_cost() as cost:
        raise KeyError
    assert cost.memory > 1e6
