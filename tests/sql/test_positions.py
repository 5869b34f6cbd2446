"""Offsets as lines and columns, and as a caret below the line."""

from __future__ import annotations

import pytest

from lockgate.sql import Place, excerpt, place


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("", 0, (1, 1)),
        ("ab\ncd", 0, (1, 1)),
        ("ab\ncd", 2, (1, 3)),
        ("ab\ncd", 3, (2, 1)),
        ("ab\r\ncd", 5, (2, 2)),
        ("ab\ncd", 99, (2, 3)),
        ("ab\ncd", -1, (1, 1)),
    ],
)
def test_place(text: str, offset: int, expected: tuple[int, int]) -> None:
    assert place(text, offset) == Place(*expected)
    assert place(text, offset, first_line=7) == Place(expected[0] + 6, expected[1])


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("", 0, "\n^"),
        ("select 1\nfrom x", 14, "from x\n     ^"),
        ("select 1\r\nfrom x", 8, "select 1\n        ^"),
        ("select 1\r\nfrom x", 9, "select 1\n        ^"),
        ("a\n\tb\tc\n", 5, "\tb\tc\n\t \t^"),
        ("ab", 99, "ab\n  ^"),
    ],
)
def test_excerpt(text: str, offset: int, expected: str) -> None:
    assert excerpt(text, offset) == expected


@pytest.mark.parametrize("offset", [0, 1, 49, 50, 51, 149, 150, 250, 299, 300])
def test_long_lines_are_cut_around_the_caret(offset: int) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(300))
    line, caret = excerpt(text, offset).split("\n")
    assert len(line) <= 102
    assert line.startswith("…") is (offset > 50)
    assert line.endswith("…") is (offset < 250)
    assert line[len(caret) - 1 : len(caret)] == text[offset : offset + 1]
