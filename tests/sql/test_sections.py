"""A file's up and down sections."""

from __future__ import annotations

import pytest

from lockgate.errors import MigrationFileError
from lockgate.sql import Flavour, Section, sections


@pytest.mark.parametrize(
    "text",
    [
        "",
        "select 1;",
        "\ufeffselect 1; -- migrate:down",
        "select '\n-- migrate:up\n';",
        "/*\n-- migrate:up\n*/ select 1",
        "-- migrate: the users\nselect 1",
        "select 1; -- see migrate:up\n",
        "-- see -- migrate:up\n",
    ],
)
@pytest.mark.parametrize("flavour", Flavour)
def test_all_is_up_without_markers(text: str, flavour: Flavour) -> None:
    found = sections(text, flavour, path="a.sql")
    assert (found.up, found.down) == (Section(text, 1, None), None)


def test_dollar_quotes_hide_markers() -> None:
    assert sections("do $$\n-- migrate:up\n$$", Flavour.POSTGRESQL, path="a.sql").up.first_line == 1


@pytest.mark.parametrize("flavour", Flavour)
@pytest.mark.parametrize(
    ("text", "up", "down"),
    [
        ("-- migrate:up\nselect 1;\n", Section("select 1;\n", 2, None), None),
        ("-- migrate:up", Section("", 2, None), None),
        ("-- migrate:up\n-- migrate:down\n", Section("", 2, None), Section("", 3, None)),
        (
            "\ufeff\t-- migrate:up transaction:false\r\nselect 1;\r\n-- migrate:down  transaction:true \r\nselect 2;",
            Section("select 1;\r\n", 2, False),
            Section("select 2;", 4, True),
        ),
        (
            "-- a; note\n/* and\n more */\n--  migrate:up\nselect '\n-- migrate:down\n';\n-- migrate:down\nx",
            Section("select '\n-- migrate:down\n';\n", 5, None),
            Section("x", 9, None),
        ),
    ],
)
def test_marked(flavour: Flavour, text: str, up: Section, down: Section | None) -> None:
    found = sections(text, flavour, path="a.sql")
    assert (found.up, found.down) == (up, down)


@pytest.mark.parametrize("flavour", Flavour)
@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("-- migrate:down\nx\n-- migrate:up\n", 1, "before any migrate:up"),
        ("-- migrate:down\n", 1, "before any migrate:up"),
        ("-- migrate:up\n-- migrate:up\n", 2, "migrate:up stands here a second time"),
        ("-- migrate:up\n-- migrate:down\n\n-- migrate:down", 4, "migrate:down stands here a second time"),
        ("-- migrate:up\n-- migrate:foo\n", 2, "no marker migrate:foo"),
        ("-- migrate:UP\n", 1, "no marker migrate:UP"),
        ("-- migrate:up concurrently\n", 1, "no option concurrently"),
        ("-- migrate:up\n-- migrate:down transaction:no", 2, "no option transaction:no"),
        ("-- migrate:up transaction:false transaction:true\n", 1, "no option transaction:false transaction:true"),
        ("-- x\nselect 1;\n-- migrate:up\n", 2, "before migrate:up"),
        ("-- migrate:up\nselect 'a", 2, "never closed"),
    ],
)
def test_refused(flavour: Flavour, text: str, line: int, what: str) -> None:
    with pytest.raises(MigrationFileError) as caught:
        sections(text, flavour, path="a.sql")
    assert (caught.value.path, caught.value.line) == ("a.sql", line)
    assert what in caught.value.message
    assert caught.value.hint
