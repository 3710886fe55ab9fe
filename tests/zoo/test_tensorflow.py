"""Saved models of TensorFlow: files that it wrote itself, and what becomes of damaged ones."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from bad_server import HASTY, Behaviour, entry_of, file_of

from restorekit.errors import CheckpointError
from restorekit.files import sha256_of
from restorekit.zoo import tensorflow
from restorekit.zoo.fetch import fetch_entry
from restorekit.zoo.load import load_network, open_network
from restorekit.zoo.restorers import load_restorers
from restorekit.zoo.sources import Source
from restorekit.zoo.tensorflow import holds_variables, read_saved_model, variable_files

if TYPE_CHECKING:
    from restorekit.zoo.cache import Cache

WRITTEN = Path(__file__).parents[1] / "architectures" / "nlrn_plain.zip"
"""By TensorFlow; see ``test_nlrn.py``."""
INDEX, DATA = (f"1543434/variables/variables.{it}" for it in ("index", "data-00000-of-00001"))


def rewritten(target: Path, **changes: bytes | None) -> Path:
    """A copy of the archive with another index or other data; None leaves the member out."""
    with zipfile.ZipFile(WRITTEN) as source, zipfile.ZipFile(target, "w") as copy:
        for name in (INDEX, DATA):
            key = "index" if name == INDEX else "data"
            content = changes.get(key, source.read(name))
            if content is not None:
                copy.writestr(name, content)
    return target


def member(name: str) -> bytes:
    with zipfile.ZipFile(WRITTEN) as archive:
        return archive.read(name)


def test_variables_by_name():
    found = read_saved_model(WRITTEN)
    # 11 normalisations of 4, 7 convolutions of 2; the count of training steps is no weight
    assert len(found) == 11 * 4 + 7 * 2
    assert found["conv1/kernel"].shape == (3, 3, 1, 6)
    assert found["rnn/non_local_theta/kernel"].shape == (1, 1, 6, 4)
    assert found["rnn/batch_normalization_8/moving_variance"].min() >= 0.5
    assert {it.dtype for it in found.values()} == {torch.float32}
    # The data lie in the order of the names, without gaps.
    together = b"".join(found[name].numpy().tobytes() for name in sorted(found) if name < "global")
    assert member(DATA).startswith(together)


def unpacked(folder: Path, *, without: str = "") -> Path:
    """The members of the archive in a folder, with one of other use beside them."""
    folder.mkdir()
    with zipfile.ZipFile(WRITTEN) as archive:
        for name in (INDEX, DATA):
            if name != without:
                (folder / Path(name).name).write_bytes(archive.read(name))
    (folder / "checkpoint").write_text("model_checkpoint_path: 'variables'")
    return folder


def test_a_folder_is_what_its_archive_is(tmp_path):
    folder = unpacked(tmp_path / "unpacked")
    assert holds_variables(folder)
    assert [it.name for it in variable_files(folder)] == [Path(it).name for it in (INDEX, DATA)]
    expected, found = read_saved_model(WRITTEN), read_saved_model(folder)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in found)
    assert open_network(folder).architecture == "nlrn"
    loaded = load_restorers(f"{folder}/", task="denoise")
    assert loaded.identity == "+".join(map(sha256_of, variable_files(folder)))


def test_a_folder_without_the_data_says_which(tmp_path):
    folder = unpacked(tmp_path / "unpacked", without=DATA)
    with pytest.raises(CheckpointError, match=r"FileNotFoundError.*variables\.data-00000-of-00001"):
        open_network(folder)


def test_only_archives_with_variables_are_taken_for_one(tmp_path):
    assert holds_variables(WRITTEN)
    torch.save({"a": torch.zeros(2)}, tmp_path / "x.pth")
    (tmp_path / "x.safetensors").write_bytes(bytes(20))
    # An archive's end is there, and its table of contents is not.
    (tmp_path / "x.zip").write_bytes(bytes(99) + WRITTEN.read_bytes()[-22:])
    assert not any(holds_variables(path) for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"data": None}, "KeyError"),
        ({"data": b""}, "ValueError"),
        ({"index": b""}, "index is no table"),
        ({"index": member(INDEX)[:-1]}, "index is no table"),
        ({"index": member(INDEX)[40:]}, r"\w+Error"),
        ({"index": bytes(40) + member(INDEX)[-8:]}, "error unpack requires"),
        ({"index": member(INDEX).replace(b"\x12\x02\x08\x06", b"\x12\x02\x08\x07")}, "24 bytes"),
    ],
)
def test_damaged_archives(tmp_path, changes, told):
    path = rewritten(tmp_path / "model.zip", **changes)
    with pytest.raises(
        CheckpointError, match=rf"model\.zip is damaged or no saved.*{told}"
    ) as info:
        read_saved_model(path)
    assert "\n" not in str(info.value)


def test_an_archive_of_several_models_is_told(tmp_path):
    """The authors of SRN-DeblurNet have three checkpoints in theirs."""
    path = rewritten(tmp_path / "models.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("gray/deblur.model-523000.index", b"")
    assert holds_variables(path)
    with pytest.raises(CheckpointError, match="2 tables of variables instead of one"):
        read_saved_model(path)


def test_a_compressed_table_is_told(tmp_path):
    index = bytearray(member(INDEX))
    _, place = tensorflow._handle(bytes(index[-48:]), 0)
    (start, size), _ = tensorflow._handle(bytes(index[-48:]), place)
    ((_, first),) = tensorflow._block(bytes(index), start, size)
    (start, size), _ = tensorflow._handle(first, 0)
    index[start + size] = 1  # what LevelDB calls Snappy
    with pytest.raises(CheckpointError, match="a block of the table is compressed"):
        read_saved_model(rewritten(tmp_path / "model.zip", index=bytes(index)))


def test_no_archive(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    with pytest.raises(CheckpointError, match=r"x\.zip is damaged or no saved model of TensorFlow"):
        read_saved_model(tmp_path / "x.zip")


def entry(server):
    content = WRITTEN.read_bytes()
    source = Source(
        "tensorflow", "float32", (file_of(server.put("/s.zip", Behaviour(content)), content),), None
    )
    return dataclasses.replace(
        entry_of(), sources=(source,), architecture="nlrn", task="denoise", scale=1, channels=1
    )


def test_a_source_of_this_format(server, cache: Cache):
    path = fetch_entry(entry(server), cache, patience=HASTY)
    by_name, by_hand = load_network(path), load_network(WRITTEN)
    assert by_name.architecture == "nlrn"
    for key, value in by_hand.module.state_dict().items():
        torch.testing.assert_close(by_name.module.state_dict()[key], value, rtol=0, atol=0)


def test_a_source_of_another_network(server, cache: Cache):
    with pytest.raises(CheckpointError, match="is no vdsr"):
        fetch_entry(dataclasses.replace(entry(server), architecture="vdsr"), cache, patience=HASTY)
