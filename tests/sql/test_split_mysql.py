"""MySQL's texts are split where the mysql client would send a statement."""

from __future__ import annotations

import pytest

from lockgate.errors import MigrationFileError
from lockgate.sql import Flavour, split


def texts(text: str) -> list[str]:
    return [statement.text for statement in split(text, Flavour.MYSQL)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1; select 2", ["select 1", "select 2"]),
        ("\ufeffselect 1;\r\n-- a;\r\n# b;\r\n--\n--tight; too\nselect 2", ["select 1", "select 2"]),
        (r"select 'a\';''b;', '\\'; select 2", [r"select 'a\';''b;', '\\'", "select 2"]),
        (r'select "a\";""b;", "it' + "'" + 's;"; x', [r'select "a\";""b;", "it' + "'" + 's;"', "x"]),
        (r"select `a\`; select `b;```", [r"select `a\`", "select `b;```"]),
        ("select 1 # ;\n+ 2; select 3", ["select 1 # ;\n+ 2", "select 3"]),
        ("select 5--2; select 5 -- 2; select\n", ["select 5--2", "select 5"]),
        ("select 5 --", ["select 5"]),
        ("select 5 -- \t;\n; select 6 --\x01;\n", ["select 5", "select 6"]),
        ("select /* ; /* ; */ 1; x", ["select /* ; /* ; */ 1", "x"]),
        ("/*!40101 SET NAMES utf8 */; select /*! STRAIGHT_JOIN ';' */ 1", [
            "/*!40101 SET NAMES utf8 */", "select /*! STRAIGHT_JOIN ';' */ 1"]),
        ("/*M!100100 select 1 */; select 2", ["/*M!100100 select 1 */", "select 2"]),
        ("select \\N; select (1; 2)", ["select \\N", "select (1", "2)"]),
        ("select a$$b; select 1 - 2 / 3", ["select a$$b", "select 1 - 2 / 3"]),
    ],
)  # fmt: skip
def test_statements(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DELIMITER //\nselect 1; select 2//\ndelimiter ;\nselect 3; x", ["select 1; select 2", "select 3", "x"]),
        ("delimiter $$\nbegin select 1; end$$ select 2 $$\n", ["begin select 1; end", "select 2"]),
        ("  DELIMITER ';;'\r\nselect 1; 2;; select '//;;' ;;\r\n", ["select 1; 2", "select '//;;'"]),
        ("DELIMITER // the rest is nothing\nselect 5 / 2 /* // */ //", ["select 5 / 2"]),
        ("DELIMITER go\nselect a category go select 2", ["select a cate", "ry", "select 2"]),
        ("DELIMITER |\nselect 1 # |\n | select 2", ["select 1", "select 2"]),
        ("DELIMITER --\nselect 1-- select 2", ["select 1", "select 2"]),
        ("delimiters = 1; select 1", ["delimiters = 1", "select 1"]),
    ],
)
def test_delimiter(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_words_end_with_the_statement() -> None:
    (statement,) = split("DELIMITER $$\nCOMMIT$$", Flavour.MYSQL)
    assert (statement.text, statement.words) == ("COMMIT", ("COMMIT",))


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("select 1;\nselect 'a\\';", 2, "the string"),
        ('select "a', 1, "the quoted name"),
        ("select `a", 1, "the quoted name"),
        ("\nselect /* a", 2, "the block comment"),
        ("/* a", 1, "the block comment"),
        ("select 1\\G", 1, "\\G"),
        ("select 1;\n\\. other.sql", 2, "\\."),
        ("select 1;\nDELIMITER\nselect 2", 2, "DELIMITER"),
        ("DELIMITER ''", 1, "DELIMITER"),
        ("DELIMITER \\\\", 1, "DELIMITER"),
    ],
)
def test_refused(text: str, line: int, what: str) -> None:
    with pytest.raises(MigrationFileError) as caught:
        split(text, Flavour.MYSQL, path="c.sql")
    assert (caught.value.path, caught.value.line) == ("c.sql", line)
    assert what in caught.value.message
