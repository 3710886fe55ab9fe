"""A name is shown on one line, whatever the file is called."""

from __future__ import annotations

import pytest

from restorekit.printable import one_line, shortened


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.png", "a.png"),
        (" two\nlines\t\r\n and  spaces ", "two lines and spaces"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
        (b"caf\xe9.jpg".decode(errors="surrogateescape"), "caf\N{REPLACEMENT CHARACTER}.jpg"),
        ("evil\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe", "evilgpj.exe"),
        ("東京 né.jpg", "東京 né.jpg"),
    ],
)
def test_names_on_one_line(name: str, shown: str) -> None:
    assert one_line(name) == shown


def test_long_names_lose_their_middle() -> None:
    name = "a" * 100 + "z" * 100
    assert shortened(name, 9) == "aaaa…zzzz"
    assert shortened(name, 10) == "aaaaa…zzzz"
    assert shortened("short.png", 9) == "short.png"
    assert len(shortened(name, 3)) == 3
