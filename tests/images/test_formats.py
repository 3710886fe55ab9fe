from __future__ import annotations

import pytest

from restorekit.contracts import Size
from restorekit.errors import OutputError, UnknownNameError
from restorekit.images.formats import (
    FORMATS,
    READABLE_SUFFIXES,
    bits_of,
    check_size,
    format_named,
    output_format,
    suffix_of,
)
from restorekit.images.photo import Encoding


def test_the_default_is_the_format_of_the_input_but_for_heic() -> None:
    for key in FORMATS:
        expected = "jpeg" if key == "heif" else key
        assert output_format(Encoding(key, bits=8, lossless=False), None) == expected
    assert output_format(Encoding("jpeg", bits=8, lossless=False), "PNG") == "png"


@pytest.mark.parametrize(("typed", "key"), [("jpg", "jpeg"), (".TIF", "tiff"), ("WebP", "webp")])
def test_names_are_taken_as_people_type_them(typed: str, key: str) -> None:
    assert format_named(typed) == key


def test_unknown_formats_list_their_neighbours() -> None:
    with pytest.raises(UnknownNameError, match="did you mean jpeg"):
        format_named("jpegg")
    with pytest.raises(UnknownNameError, match="output format 'heic'"):
        format_named("heic")


def test_suffixes_and_depths() -> None:
    assert suffix_of("jpeg") == ".jpg"
    assert {".heic", ".jpeg", ".tif", ".avif", ".webp", ".bmp", ".png"} <= READABLE_SUFFIXES
    assert [bits_of(key, 16) for key in ("png", "tiff", "jpeg", "webp")] == [16, 16, 8, 8]
    assert bits_of("png", 8) == 8


def test_a_picture_too_large_is_told_which_format_can_hold_it() -> None:
    check_size("jpeg", Size(65500, 65500), "a.jpg")
    with pytest.raises(OutputError, match=r"a\.webp .*at most 16383 .*10x20000.*png"):
        check_size("webp", Size(20000, 10), "a.webp")
