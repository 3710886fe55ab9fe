"""What a model cannot be told is refused before anything is fetched for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bad_server import Behaviour, entry_of, file_of

from restorekit.errors import CheckpointError, UsageError
from restorekit.tasks import deblur, denoise, super_resolve
from restorekit.tasks.deblur import Deblurring
from restorekit.tasks.denoise import Denoising
from restorekit.tasks.super_resolve import SuperResolution
from restorekit.zoo import load, manifest
from restorekit.zoo.restorers import load_restorers


@pytest.fixture
def nothing_is_fetched(monkeypatch):
    """An empty cache, and a failure where somebody asks for weights."""

    def fetched(entry, *arguments, **options):
        raise AssertionError(f"{entry.name} was asked for")

    monkeypatch.setattr(load, "fetch_entry", fetched)


KERNEL, SIGMA = "cannot be told the blur", "cannot be told the noise"


@pytest.mark.usefixtures("nothing_is_fetched")
@pytest.mark.parametrize(
    ("task", "options", "says"),
    [
        (deblur, Deblurring("maxim-deblurring", kernel="gaussian:2"), KERNEL),
        (deblur, Deblurring("maxim-deblurring", sigma=3), SIGMA),
        (deblur, Deblurring("wavelet", kernel="gaussian:2"), "for denoise"),
        (denoise, Denoising("dncnn", sigma=3), SIGMA),
        (denoise, Denoising("restormer-denoising", sigma=0), SIGMA),
        (super_resolve, SuperResolution("realesrgan-x4plus", kernel="gaussian:2"), KERNEL),
        (super_resolve, SuperResolution("srmdnf-x4", sigma=3), SIGMA),
        (super_resolve, SuperResolution("example-based", kernel="gaussian:2"), KERNEL),
    ],
)
def test_before_any_download(task, options, says):
    with pytest.raises(UsageError, match=says):
        task.load(options)


@pytest.mark.usefixtures("nothing_is_fetched")
@pytest.mark.parametrize(
    ("task", "options"),
    [
        (denoise, Denoising("fdncnn", sigma=3)),
        (super_resolve, SuperResolution("srmd-x4", kernel="gaussian:2", sigma=3)),
        (super_resolve, SuperResolution("realesrgan-x4plus", sigma=0)),
    ],
)
def test_what_can_be_told_is_asked_for(task, options):
    with pytest.raises(AssertionError, match=f"{options.model} was asked for"):
        task.load(options)


@pytest.mark.usefixtures("nothing_is_fetched")
def test_models_that_are_measured_beside_one_another_do_without():
    with pytest.raises(AssertionError, match="dncnn was asked for"):
        load_restorers("dncnn", task="denoise", sigma=3)


def test_what_the_manifest_promises_is_checked(server, cache, tiny, monkeypatch):
    served = file_of(server.put("/tiny.pth", Behaviour(tiny)), tiny)
    entry = replace(entry_of(served), told=("sigma",))
    monkeypatch.setattr(manifest, "entries", lambda: (entry,))
    monkeypatch.setattr(manifest, "entry", lambda name: entry)
    words = "expected scale 4, 3 channels, told sigma, got scale 4, 3 channels$"
    with pytest.raises(CheckpointError, match=words):
        load.load_network(entry.name, cache=cache)


def test_only_what_can_be_told_is_promised():
    told = {entry.name: entry.told for entry in manifest.entries()}
    assert told["srmd-x2"] == told["usrnet-tiny-x3"] == ("kernel", "sigma")
    assert told["srmdnf-x2"] == ("kernel",)
    assert told["drunet"] == told["fdncnn-gray"] == told["ffdnet"] == ("sigma",)
    assert told["dncnn"] == told["maxim-deblurring"] == ()
