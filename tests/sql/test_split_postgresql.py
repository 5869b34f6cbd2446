"""PostgreSQL's texts are split where psql would send a statement."""

from __future__ import annotations

import pytest

from lockgate.errors import MigrationFileError
from lockgate.sql import Flavour, split

PG = Flavour.POSTGRESQL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t", []),
        (";;\n; -- nothing\n /* at all; */ ;", []),
        ("select 1", ["select 1"]),
        ("select 1; select 2;", ["select 1", "select 2"]),
        ("\ufeffselect 1;\r\nselect 2\r\n", ["select 1", "select 2"]),
        ("-- it's; \"odd\nselect 1 -- and; so 'on\n; -- the end", ["select 1"]),
        ("-- old Mac\rselect 1", ["select 1"]),
        ("select 1 /* a; /* b; */ c; */ + 2; select 3", ["select 1 /* a; /* b; */ c; */ + 2", "select 3"]),
        ("select /**/ 1;/***/select 2", ["select /**/ 1", "select 2"]),
        ("/*/ ; */*/ select 1", ["*/ select 1"]),
        ("/* /* ; */ ; */ select 1", ["select 1"]),
        ("select 2*/*;*/3; select 5-/*;*/3", ["select 2*/*;*/3", "select 5-/*;*/3"]),
        ("select 2@--;\n3; select 4", ["select 2@--;\n3", "select 4"]),
        ("select 5 - 3, 6 / 2, a->>'b;', a -> 'c'; select 1", ["select 5 - 3, 6 / 2, a->>'b;', a -> 'c'", "select 1"]),
        ("select 'a;''b;'; select 2", ["select 'a;''b;'", "select 2"]),
        (r"select 'a\'; select 2", [r"select 'a\'", "select 2"]),
        (r"select E'a\';''b;'; select 2", [r"select E'a\';''b;'", "select 2"]),
        (r"select e'\\'; select 2", [r"select e'\\'", "select 2"]),
        ("select E'a' -- more\n '\\';'; select 2", ["select E'a' -- more\n '\\';'", "select 2"]),
        ("select E'a' '\\'; select 2", ["select E'a' '\\'", "select 2"]),
        ("select 'a'\n'\\'; select 2", ["select 'a'\n'\\'", "select 2"]),
        (r"select note'a\'; select 2", [r"select note'a\'", "select 2"]),
        (r"select U&'\0061;\', B'0;', X'1;', N'a;'; select 2",
            [r"select U&'\0061;\', B'0;', X'1;', N'a;'", "select 2"]),
        ('select "a;""b;", U&"c;"; select 2', ['select "a;""b;", U&"c;"', "select 2"]),
        ("select $$a;'$$, $x$;$$;$X$;$x$; select 2", ["select $$a;'$$, $x$;$$;$X$;$x$", "select 2"]),
        ("select $q$ $junk$q$; select 2", ["select $q$ $junk$q$", "select 2"]),
        ("select a$b$; select c$b$", ["select a$b$", "select c$b$"]),
        ("select é$$; select ü$$", ["select é$$", "select ü$$"]),
        ("select $é$;$é$; select 2", ["select $é$;$é$", "select 2"]),
        ("prepare p as select $1, $2; execute p", ["prepare p as select $1, $2", "execute p"]),
        ("select $1$$;$$; select 2", ["select $1$$;$$", "select 2"]),
        (r"select 1E'\'; select 2", [r"select 1E'\'", "select 2"]),
        ("select 1$$;$$, 1.5e3, 0x1F, 1_000; select 2", ["select 1$$;$$, 1.5e3, 0x1F, 1_000", "select 2"]),
        ("select $a b$; select 2", ["select $a b$", "select 2"]),
        ("select :name, a::int, b[1:2], '50%' % 3; select 2", ["select :name, a::int, b[1:2], '50%' % 3", "select 2"]),
        ("create rule r as on insert to t do (select 1; select 2); x", [
            "create rule r as on insert to t do (select 1; select 2)", "x"]),
        ("select 1); select 2", ["select 1)", "select 2"]),
        ("select (1; select 2", ["select (1; select 2"]),
        ("create index concurrently on naïve (größe); x", ["create index concurrently on naïve (größe)", "x"]),
    ],
)  # fmt: skip
def test_statements(text: str, expected: list[str]) -> None:
    assert [statement.text for statement in split(text, PG)] == expected


@pytest.mark.parametrize(
    "routine",
    [
        "create function f() returns int begin atomic select 1; select 2; end",
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "create procedure p() begin atomic insert into t values (1); end",
        "create or replace procedure p() begin atomic select case when a then 1 else 2 end; select 2; end",
        "create function f(a int default case when 1 = 1 then 2 end) returns int begin atomic select 1; end",
        "create /* new */ function f() -- here\n returns int begin atomic select (case when a then b end); end",
        "create function f() returns int begin atomic select 'end;'; select \"end\"; end",
        "create function f() returns int language plpgsql as $$ begin return 1; end; $$",
        "create function f() returns int return case when true then 1 end",
    ],
)
def test_routines_stay_whole(routine: str) -> None:
    assert [statement.text for statement in split(f"{routine};\nselect 3;", PG)] == [routine, "select 3"]


def test_begin_elsewhere_is_no_block() -> None:
    texts = [statement.text for statement in split("begin; create view v as select 1; end; create function", PG)]
    assert texts == ["begin", "create view v as select 1", "end", "create function"]


def test_unbalanced_routine_is_the_rest() -> None:
    text = "create function f() begin atomic select 1; select 2;"
    assert [statement.text for statement in split(text, PG)] == [text]


def test_where_statements_are() -> None:
    text = "-- one\n\nselect 1\n ;\n  /* two */ select\n2"
    first, second = split(text, PG, first_line=10)
    assert (first.number, first.line, first.start, first.end) == (1, 12, 8, 16)
    assert (second.number, second.line, text[second.start : second.end]) == (2, 14, "select\n2")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("create unique index if not exists i on t (a)", "CREATE UNIQUE INDEX IF NOT EXISTS I ON"),
        ("create /* /* x */ */ index -- y\n i on", "CREATE INDEX I ON"),
        ("alter table a.b add c", "ALTER TABLE A"),
        ('drop table "drop" cascade', "DROP TABLE"),
        ("insert into t select e'x'", "INSERT INTO T SELECT"),
        ('grant select on U&"t" to r', "GRANT SELECT ON"),
        ("set x=1", "SET X"),
        ("(select 1)", ""),
        ("select 1 from", "SELECT"),
    ],
)
def test_words(text: str, words: str) -> None:
    assert " ".join(split(text, PG)[0].words) == words


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("select 1;\nselect 'a;\n", 2, "the string"),
        ("select e'a\\';\n", 1, "the string"),
        ('select 1 as "a;\n\n', 1, "the quoted name"),
        ("\n\nselect $x$ a $$ $X$", 3, "quoted with $x$"),
        ("/* /* */\nselect 1", 1, "the block comment"),
        ("select 1 /* a", 1, "the block comment"),
        ("\n\\connect other\nselect 1", 2, r"\connect"),
        ("select 1 \\gexec\n", 1, r"\gexec"),
        ("select 1;\n\\i other.sql", 2, r"\i"),
        ("select 1 \\; select 2", 1, "\\;"),
        ("select 1 \\", 1, "\\"),
        ("select 1;\ncopy t (a, b) from stdin;\n1\tit's\n\\.\n", 2, "COPY"),
        ("COPY t FROM /* here */ STDIN WITH (FORMAT csv)", 1, "COPY"),
    ],
)
def test_refused(text: str, line: int, what: str) -> None:
    with pytest.raises(MigrationFileError) as caught:
        split(text, PG, path="a.sql")
    assert (caught.value.path, caught.value.line) == ("a.sql", line)
    assert what in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "copy t to stdout",
        "copy t from '/tmp/stdin'",
        "copy (select a from stdin) to '/tmp/x'",
        "copy t from 'x' stdin",
        "copy t from program 'cat' ; select 1 from stdin",
    ],
)
def test_other_copies_pass(text: str) -> None:
    assert split(text, PG)[0].words[0] == "COPY"


def test_lines_that_pg_dump_writes_are_passed_over() -> None:
    text = "-- dump\n\\restrict aB3\n\nselect 1;\n\n\\unrestrict aB3\n"
    assert [statement.text for statement in split(text, PG)] == ["select 1"]
