"""Every method that finds the blur of a photo; the consensus of two; the disk out of focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from shaken import SHAKE, blurred, sharp

from restorekit import kernels
from restorekit.contracts import KernelEstimate
from restorekit.errors import UsageError
from restorekit.images.reading import read
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.kernel_estimation._blind import BlindDeconvolution
from restorekit.kernel_estimation._measures import apart, likeness, spread, words
from restorekit.kernel_estimation._telling_crops import telling_crops
from restorekit.kernel_estimation.consensus import Attempt, Consensus, chosen
from restorekit.kernel_estimation.defocus import Defocus

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf

SIDE = 190
FOUND = Consensus(size=13).estimate(blurred(sharp(SIDE), SHAKE))


def puzzle() -> Image:
    """A picture in which no blur is likelier than another: slopes of all sizes, and no edge."""
    steps = np.random.default_rng(1).random((120, 120)) - 0.5
    hills = steps.cumsum(0).cumsum(1)
    hills -= hills.min()
    return (hills / hills.max())[:, :, None].astype(np.float32)


def test_every_method_is_an_estimator_of_its_name() -> None:
    assert [it.name for it in ESTIMATORS] == ESTIMATORS.names()
    kinds = {it.name: it.kind for it in ESTIMATORS}
    assert kinds == {
        "consensus": "motion",
        "dark-channel": "motion",
        "defocus": "defocus",
        "edge-prediction": "motion",
        "kernelgan": "downscale",
        "l0-gradient": "motion",
        "marginal-likelihood": "motion",
        "normalized-sparsity": "motion",
        "variational-bayes": "motion",
    }


def test_the_consensus_finds_a_known_kernel() -> None:
    assert likeness(FOUND.psf, SHAKE) > 0.88
    assert FOUND.psf.sum() == pytest.approx(1)
    assert FOUND.psf.min() >= 0
    assert len(FOUND.psf) % 2 == 1
    assert FOUND.reliable
    assert len(FOUND.alternatives) == 4


def test_the_odd_one_out_is_not_chosen() -> None:
    line, other = kernels.line(9, 0), kernels.line(9, 90)
    made = [Attempt(line, 1.0), Attempt(kernels.line(9, 10), 1.0), Attempt(other, 1.0)]
    found, confidence = chosen(made)
    assert likeness(found, line) > likeness(found, other)
    assert confidence < 0.8  # one of the two others says something else
    assert chosen([Attempt(line, 1.0)] * 3)[1] == pytest.approx(1)


def test_parts_that_are_sure_of_other_kernels_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left of the middle one line, right of it another: no one kernel serves that photo."""
    monkeypatch.setattr("restorekit.kernel_estimation.consensus.SIDE", 170)
    whole = sharp(SIDE)
    left, right = (blurred(whole, kernels.line(it, 30))[:178, :178] for it in (5, 11))
    photo = np.concatenate([left, right], axis=1)
    found = Consensus(size=13).estimate(photo)
    assert found.uneven
    assert not found.reliable
    assert "differs over the photo (try --grid 3x3)" in words(found, "motion")


def test_a_round_blur_has_no_angle() -> None:
    for psf, angle in ((kernels.gaussian(3), ""), (kernels.line(15, 30), " at 30 degrees")):
        told = words(KernelEstimate(psf, 0.9, reliable=True), "motion")
        assert told.endswith(f" pixels{angle}, confidence 0.90")


def test_kernels_that_spread_alike_are_not_apart() -> None:
    line = kernels.line(15, 30)
    assert not apart(line, line)
    assert not apart(line, kernels.line(16, 33))
    assert not apart(kernels.gaussian(0.5), kernels.gaussian(0.8))  # both are next to nothing
    assert apart(line, kernels.line(15, 120))
    assert apart(line, kernels.line(7, 30))


def test_what_has_no_edges_is_not_reliable() -> None:
    assert not Consensus(size=15).estimate(puzzle()).reliable


def test_telling_crops_are_where_edges_run_both_ways() -> None:
    photo = np.zeros((200, 400), np.float32)
    photo[:, 100::8] = 0.5  # lines all one way
    photo[20:80:8, 20:80:2] = 0.9
    photo[20:80:3, 20:80:8] = 0.4
    first, *others = telling_crops(photo, 64)
    assert not any(np.shares_memory(first, it) for it in others)
    assert first.shape == (64, 64)
    assert (first > 0.3).sum() > 0.8 * (photo[20:80, 20:80] > 0.3).sum()
    assert telling_crops(photo[:64, :64], 64)[0].shape == (64, 64)


@pytest.mark.parametrize("radius", [2.0, 3.5, 5.0])
def test_the_disk_of_a_photo_out_of_focus_is_found(radius: float) -> None:
    found = Defocus().estimate(blurred(read("photos/astronaut.jpg").color, kernels.disk(radius), 1))
    assert found.reliable
    assert spread(found.psf).length / 12**0.5 * 2 == pytest.approx(radius, rel=0.08)


@pytest.mark.parametrize("psf", [kernels.delta(), kernels.line(15, 30), kernels.gaussian(2)])
def test_other_blur_is_no_disk(psf: Psf) -> None:
    found = Defocus().estimate(blurred(read("photos/astronaut.jpg").color, psf, 1))
    assert not found.reliable
    assert found.confidence < 0.5


@pytest.mark.parametrize("name", ["consensus", "l0-gradient", "variational-bayes"])
def test_a_photo_of_one_brightness_is_refused_and_left_as_it_was(name: str) -> None:
    flat = np.full((100, 120, 3), 0.4, np.float32)
    with pytest.raises(UsageError, match="of one brightness, which shows no blur"):
        ESTIMATORS[name].estimate(flat)
    restorer, told = BlindDeconvolution(ESTIMATORS[name]).prepared(flat)
    assert told.endswith("left as it was")
    np.testing.assert_array_equal(next(iter(restorer.bands(flat))).rows, flat)


def test_what_is_too_small_is_refused() -> None:
    small = np.zeros((60, 200, 1), np.float32)
    with pytest.raises(UsageError, match="at least 128 pixels a side, got 200x60"):
        Defocus().estimate(small)
    with pytest.raises(UsageError, match="odd number"):
        Consensus(size=4).estimate(small)


def test_blur_that_is_found_is_undone() -> None:
    truth, psf = sharp(SIDE), kernels.line(9, 30)
    photo = blurred(truth, psf)
    restorer, told = BlindDeconvolution(Consensus(size=13)).prepared(photo)
    result = np.concatenate([band.rows for band in restorer.bands(photo)])
    inner, middle = np.s_[12:-12, 12:-12], len(psf) // 2
    truth = truth[middle:-middle, middle:-middle]
    before, after = (float(np.square((it - truth)[inner]).mean()) for it in (photo, result))
    assert after < 0.6 * before
    assert "confidence 0.9" in told


def test_blur_that_is_not_found_leaves_the_photo() -> None:
    photo, blind = puzzle(), BlindDeconvolution(Consensus(size=15))
    _, told = blind.prepared(photo)
    assert "not reliable, and the photo left as it was (kernel-estimate shows" in told
    bands = np.concatenate([band.rows for band in blind.bands(photo)])
    np.testing.assert_array_equal(bands, photo)


def test_a_spread_is_that_of_the_line() -> None:
    found = spread(kernels.line(20, 30))
    assert found.length == pytest.approx(20, rel=0.05)
    assert found.width < 3
    assert found.angle == pytest.approx(30, abs=1)
    assert spread(kernels.line(20, 150)).angle == pytest.approx(150, abs=1)


def test_likeness_is_that_of_correlation() -> None:
    line = kernels.line(9, 30)
    assert likeness(line, np.pad(line, ((0, 4), (4, 0)))) == pytest.approx(1)
    assert likeness(kernels.line(9, 0), kernels.line(9, 90)) < 0.4
