"""What holds for every text: nothing lost, nothing invented, nothing slow."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate.errors import MigrationFileError
from lockgate.sql import Flavour, sections, shape, split, steps

TOKENS = (
    *(
        "select",
        "create",
        "function",
        "procedure",
        "trigger",
        "begin",
        "end",
        "case",
        "commit",
        "rollback",
        "do",
        "call",
    ),
    *("delimiter //\n", "//", ";", ";", "(", ")", "'", '"', "`", "[", "]", "$$", "$a$", "$1", "$", "E'", "U&'", "\\"),
    *("/*", "*/", "/*!", "--", "-- x\n", "#", "\n", "\r\n", "\t", " ", "é", "\ufeff", "\x00", "-", "/", ".", "1", "a"),
    *("-- migrate:up\n", "-- migrate:down", "copy", "from", "stdin", "pragma foreign_keys=0", "\\restrict x\n"),
)
FLAVOURS = st.sampled_from(Flavour)
JUNK = st.one_of(st.lists(st.sampled_from(TOKENS), max_size=30).map("".join), st.text(max_size=40))


def has_a_line(error: MigrationFileError) -> None:
    assert error.line is not None
    assert error.message.startswith(f"{error.path}, line {error.line}: ")


@settings(max_examples=1000, deadline=None)
@given(JUNK, FLAVOURS)
def test_any_text_is_split_or_refused(text: str, flavour: Flavour) -> None:
    try:
        statements = split(text, flavour)
    except MigrationFileError as error:
        has_a_line(error)
        return
    ends = [0, *(offset for one in statements for offset in (one.start, one.end)), len(text)]
    assert ends == sorted(ends)
    for number, one in enumerate(statements, 1):
        assert one.text == text[one.start : one.end]
        assert one.text
        assert one.text.strip(" \t\r\n\f") == one.text
        assert (one.number, one.line) == (number, 1 + text.count("\n", 0, one.start))
        assert len(one.words) <= 8


@settings(max_examples=1000, deadline=None)
@given(JUNK, FLAVOURS)
def test_any_text_has_a_shape(text: str, flavour: Flavour) -> None:
    try:
        statements = split(text, flavour)
        found = shape(text, statements, flavour)
        start, end = found.body
        assert len(found.script) == end - start
        assert found.transactional is (found.reason == "") or (flavour is Flavour.MYSQL and not found.transactional)
        assert set(found.statements) <= set(statements)
        for one in found.statements:
            assert found.script[one.start - start : one.end - start] == one.text
        steps(statements, flavour)
        sections(text, flavour, path="x.sql")
    except MigrationFileError as error:
        has_a_line(error)


WHOLE = {
    flavour: st.lists(st.sampled_from((*common, *own)), min_size=1, max_size=6).map(" ".join)
    for common in [("select", "a", "'x;''y'", "/* z; */ 1", "(2)", "-- c;\n 3", "é", "5 - 4 / 2", "w.x", ":name", "%s")]
    for flavour, own in {
        Flavour.POSTGRESQL: ("E'\\';'", "$$;'$$", "$q$;$$;$q$", "/* /* ; */ ; */ 6", "(7; 8)", '"i;"', "$1", "n$m$"),
        Flavour.SQLITE: ("[;']", "`;'`", '";\'"', "'\\'", "$p"),
        Flavour.MYSQL: ("'\\';'", '"\\";"', "`;`", "# ;'\n 9", "--6", "/*! 7 */"),
    }.items()
}
BETWEEN = st.sampled_from([";", "; ", ";\n-- between; 'it''s\n", ";;\r\n", "; /* ; */ ;"])


@settings(max_examples=500, deadline=None)
@given(FLAVOURS, st.data())
def test_nothing_is_lost_or_invented(flavour: Flavour, data: st.DataObject) -> None:
    written = [f"update {text}" for text in data.draw(st.lists(WHOLE[flavour], max_size=5))]
    text = "".join(part + data.draw(BETWEEN) for part in written)
    assert [one.text for one in split(text, flavour)] == written


UNITS = (
    *("(", "$", "'a''", "/*/*", "$a", ";", "-", "/", "E'", "e'a'\n", "/**/", "[", '"', "\\", "#", "--", "a$a$", "*/"),
    *("`", "\ufeff", "/*!", "$1", "--\n", " ", "explain ", "begin ", "copy from "),
)


@pytest.mark.parametrize("flavour", Flavour)
@pytest.mark.parametrize("prefix", ["", "create function ", "create trigger ", "delimiter //\n", "-- migrate:up\n"])
def test_time_is_linear(flavour: Flavour, prefix: str) -> None:
    for unit in UNITS:
        text = prefix + unit * 200_000
        began = time.perf_counter()
        for read in (lambda text=text: split(text, flavour), lambda text=text: sections(text, flavour, path="x")):
            try:
                read()
            except MigrationFileError:
                continue
        # A quadratic reader would take minutes; the bound leaves room for a slow machine.
        assert time.perf_counter() - began < 10, unit


@pytest.mark.parametrize("flavour", Flavour)
def test_a_large_data_file_takes_seconds(flavour: Flavour) -> None:
    rows = itertools.repeat("INSERT INTO people (id, name, note) VALUES (1, 'it''s; a name', NULL);\n", 100_000)
    began = time.perf_counter()
    assert len(split("".join(rows), flavour)) == 100_000
    assert time.perf_counter() - began < 20
