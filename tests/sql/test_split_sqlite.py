"""SQLite's texts are split where sqlite3_complete() says that a statement ends."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate.errors import MigrationFileError
from lockgate.sql import Flavour, split

TRIGGER = "AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; DELETE FROM c; END"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1; select 2", ["select 1", "select 2"]),
        ("\ufeffselect 1;;\r\n;-- a;\r\n", ["select 1"]),
        ("select 'a;''', \"b;\"\"\", `c;```, [d;]; select 2", ["select 'a;''', \"b;\"\"\", `c;```, [d;]", "select 2"]),
        (r"select '\'; select 2", [r"select '\'", "select 2"]),
        ("select /* ; /* ; */ 1; select 2 - 1 / 1 -> '$;'", ["select /* ; /* ; */ 1", "select 2 - 1 / 1 -> '$;'"]),
        ("select 1; /* open at the end; is legal", ["select 1"]),
        ("select 1 /* open", ["select 1"]),
        ("select --x;\r 1\n+ 2; select 3", ["select --x;\r 1\n+ 2", "select 3"]),
        ("select $a;select $$;", ["select $a", "select $$"]),
        ("insert into t values (1; select 2", ["insert into t values (1", "select 2"]),
        (f"create trigger t {TRIGGER}; select 1", [f"create trigger t {TRIGGER}", "select 1"]),
        (f"CREATE TEMPORARY TRIGGER t {TRIGGER} /* x */; x", [f"CREATE TEMPORARY TRIGGER t {TRIGGER}", "x"]),
        (f"CREATE temp /* a */ TRIGGER IF NOT EXISTS t {TRIGGER}",
            [f"CREATE temp /* a */ TRIGGER IF NOT EXISTS t {TRIGGER}"]),
        (f"explain query plan create trigger t {TRIGGER}; x", [f"explain query plan create trigger t {TRIGGER}", "x"]),
        ("create trigger t begin select 1;; /* a; */ -- b\n end; x", [
            "create trigger t begin select 1;; /* a; */ -- b\n end", "x"]),
        ("create trigger t begin select 1; end_ ; END x; select 2",
            ["create trigger t begin select 1; end_ ; END x; select 2"]),
        ("create trigger t begin select ';end;'; -- tail", ["create trigger t begin select ';end;';"]),
        ("create table trigger_ (a); end; x", ["create table trigger_ (a)", "end", "x"]),
        ("create table trigger (a); x", ["create table trigger (a)", "x"]),
        ("end; begin; end", ["end", "begin", "end"]),
    ],
)  # fmt: skip
def test_statements(text: str, expected: list[str]) -> None:
    assert [statement.text for statement in split(text, Flavour.SQLITE)] == expected


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("select 1;\nselect 'a", 2, "the string"),
        ('select "a', 1, "the quoted name"),
        ("select `a", 1, "the quoted name"),
        ("select\n [a", 2, "the quoted name"),
        ("select 1;\n.read other.sql\n", 2, ".read"),
        ("-- dump\n.bail on", 2, ".bail"),
    ],
)
def test_refused(text: str, line: int, what: str) -> None:
    with pytest.raises(MigrationFileError) as caught:
        split(text, Flavour.SQLITE, path="b.sql")
    assert (caught.value.path, caught.value.line) == ("b.sql", line)
    assert what in caught.value.message


PIECES = (
    *("create", "temp", "temporary", "trigger", "end", "explain", "Create", "END", "endx", "1end", "x", "é", "1", "+"),
    *(
        ";",
        ";",
        " ",
        "\n",
        "\r",
        "(",
        ")",
        "-",
        "/",
        "*",
        "$",
        "-- c;\n",
        "/* c; */",
        "';'",
        '"end"',
        "`;`",
        "[;]",
        "#",
    ),
)


def by_sqlite(text: str) -> list[str]:
    """The statements as sqlite3_complete() cuts them off, one by one; those that are only blank left out."""
    found, rest = list[str](), text
    while rest:
        cuts = (at for at, char in enumerate(rest) if char == ";" and sqlite3.complete_statement(rest[: at + 1]))
        at = next(cuts, len(rest))
        found.append(rest[:at])
        rest = rest[at + 1 :]
    return [piece for piece in found if split(piece, Flavour.SQLITE)]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_cuts_where_sqlite_does(pieces: list[str]) -> None:
    # Pieces must not join into a comment of their own, which could stay open and then end nowhere.
    text = " ".join(pieces).replace("- -", "-").replace("/ *", "/") + " ;"
    cuts, mine = by_sqlite(text), split(text, Flavour.SQLITE)
    assert len(mine) == len(cuts)
    for statement, cut in zip(mine, cuts, strict=True):
        assert statement.text in cut
    for statement in mine[:-1]:
        assert sqlite3.complete_statement(f"{statement.text};")
