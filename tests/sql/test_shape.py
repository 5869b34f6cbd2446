"""What a file's own transaction control means to the runner."""

from __future__ import annotations

import pytest

from lockgate.sql import Flavour, Shape, shape, split

PG, LITE, MY = Flavour.POSTGRESQL, Flavour.SQLITE, Flavour.MYSQL


def shaped(text: str, flavour: Flavour) -> Shape:
    return shape(text, split(text, flavour), flavour)


@pytest.mark.parametrize(
    ("flavour", "text", "kept", "script"),
    [
        (PG, "", [], ""),
        (PG, "select 1", ["select 1"], "select 1"),
        (PG, "\ufeff-- a\nselect 1;", ["select 1"], "-- a\nselect 1;"),
        (PG, "-- a\nBEGIN; -- b\nselect 1;\n-- c\nCOMMIT;\n-- d", ["select 1"], " -- b\nselect 1;\n-- c\n"),
        (PG, "begin work /* ; */ ; select 1; end transaction", ["select 1"], " select 1; "),
        (PG, "start transaction; select 1; commit and no chain", ["select 1"], " select 1; "),
        (PG, "begin; commit", [], " "),
        (PG, "set a = 1; begin;\nselect 1; end", ["set a = 1", "select 1"], "set a = 1;       \nselect 1; "),
        (PG, "begin; savepoint a; rollback to a; rollback work to savepoint a; release a; commit", [
            "savepoint a", "rollback to a", "rollback work to savepoint a", "release a"],
            " savepoint a; rollback to a; rollback work to savepoint a; release a; "),
        (PG, "\\restrict ab\nselect 1;\r\n;\\unrestrict ab\r\n", ["select 1"],
            "            \nselect 1;\r\n;              \r\n"),
        (PG, "start a; prepare p as select 1; set constraints all deferred", [
            "start a", "prepare p as select 1", "set constraints all deferred"],
            "start a; prepare p as select 1; set constraints all deferred"),
        (LITE, "BEGIN EXCLUSIVE TRANSACTION; select 1; END;", ["select 1"], " select 1; "),
        (LITE, "begin; rollback transaction to a; commit transaction", ["rollback transaction to a"],
            " rollback transaction to a; "),
        (LITE, "abort; start transaction", ["abort", "start transaction"], "abort; start transaction"),
        (MY, "set names utf8; start transaction; select 1; commit work", ["set names utf8", "select 1"],
            "set names utf8;                    select 1; "),
        (MY, "delimiter $$\nbegin$$ select 1$$ commit$$", ["select 1"], "$$ select 1$$ "),
    ],
)  # fmt: skip
def test_transactional(flavour: Flavour, text: str, kept: list[str], script: str) -> None:
    found = shaped(text, flavour)
    assert (found.transactional, found.reason, found.foreign_keys_off) == (True, "", False)
    assert [statement.text for statement in found.statements] == kept
    assert found.script == script
    assert found.body[1] - found.body[0] == len(script)


@pytest.mark.parametrize(
    ("flavour", "begin", "modes"),
    [
        (PG, "begin", ""),
        (PG, "begin isolation level serializable", "ISOLATION LEVEL SERIALIZABLE"),
        (PG, "BEGIN WORK READ ONLY , /* x, */ NOT\nDEFERRABLE", "READ ONLY, NOT DEFERRABLE"),
        (PG, "start transaction isolation level repeatable read", "ISOLATION LEVEL REPEATABLE READ"),
        (LITE, "begin immediate transaction", ""),
        (MY, "start transaction with consistent snapshot, read only", "WITH CONSISTENT SNAPSHOT, READ ONLY"),
    ],
)
def test_modes(flavour: Flavour, begin: str, modes: str) -> None:
    assert shaped(f"{begin}; select 1; commit", flavour).modes == modes


@pytest.mark.parametrize(
    ("flavour", "text", "reason"),
    [
        (PG, "commit", "line 1: COMMIT stands without a BEGIN"),
        (PG, "select 1;\nabort", "line 2: ABORT stands without a BEGIN"),
        (PG, "end; begin", "line 1: END stands without a BEGIN"),
        (PG, "\nbegin; select 1", "line 2: BEGIN is never followed"),
        (PG, "begin;\nselect 1;\nrollback", "line 3: ROLLBACK undoes the block that line 1 begins"),
        (PG, "begin; commit;\nbegin; commit",
            "several transactions: BEGIN on line 1, COMMIT on line 1, BEGIN on line 2"),
        (PG, "begin; begin; commit", "several transactions"),
        (PG, "begin;\ncommit and chain; commit", "line 2: COMMIT AND CHAIN"),
        (PG, "begin;\nrollback and chain; commit", "line 2: ROLLBACK AND CHAIN"),
        (PG, "begin; prepare transaction 'a'", "line 1: PREPARE TRANSACTION"),
        (PG, "rollback prepared 'a'", "line 1: ROLLBACK PREPARED"),
        (PG, "select 1;\nbegin;\nselect 2;\ncommit", "line 1: SELECT stands before the BEGIN of line 2"),
        (PG, "begin;\nselect 2;\ncommit;\ndrop index concurrently i",
            "line 4: DROP INDEX stands after the COMMIT of line 3"),
        (PG, "begin; commit; set a = 1", "line 1: SET A stands after"),
        (PG, "set local a = 1; begin; commit", "line 1: SET LOCAL stands before"),
        (PG, "set session characteristics as transaction read only; begin; commit", "SET SESSION stands before"),
        (PG, 'set "a" = 1; begin; commit', "line 1: SET stands before"),
        (PG, "begin; commit; (select 1)", "line 1: a statement stands after"),
        (PG, "do $$ begin\ncommit; end $$", "line 1: the DO block ends the transaction"),
        (PG, "begin; do $$ begin commit; end $$; commit", "the DO block ends the transaction"),
        (LITE, "end", "line 1: END stands without a BEGIN"),
        (LITE, "select 1; begin; commit", "line 1: SELECT stands before"),
        (MY, "set autocommit = 0; begin; commit", "SET AUTOCOMMIT stands before"),
    ],
)  # fmt: skip
def test_not_transactional(flavour: Flavour, text: str, reason: str) -> None:
    found = shaped(text, flavour)
    assert not found.transactional
    assert reason in found.reason
    assert found.statements == tuple(split(text, flavour))
    assert (found.script, found.body, found.modes) == (text, (0, len(text)), "")


DOES = "create procedure p() language plpgsql as $p$ begin loop commit; end loop; end $p$"


@pytest.mark.parametrize(
    ("text", "transactional"),
    [
        ("do $$ begin commit; end $$", False),
        ("DO LANGUAGE 'plpgsql' $x$ BEGIN IF a THEN ROLLBACK ; END IF; END $x$", False),
        ("do 'begin perform ''x''; commit /* ; */ ; end'", False),
        ("do $$ begin <<a>> commit and chain; end $$", False),
        ("do $$ begin if a then b; else commit and no chain; end if; end $$", False),
        ("do $$ begin perform 'commit;', $q$ ;commit; $q$; -- ;commit;\n /* ;commit; */ end $$", True),
        ("do $$ begin a := commit; return commit; select 1 as commit; end $$", True),
        ("do $$ begin commit_all(); commit := 2; end $$", True),
        ("do $$ begin a = 'open; commit; end $$", True),
        (DOES, True),
        (f"{DOES}; call p()", False),
        (DOES.replace("create", "create or replace") + "; do $$ begin call p(); end $$", False),
        (f"{DOES}; do $$ begin perform 1; end $$", True),
        (f"call other(); {DOES}", True),
        ("create procedure p() as $$ begin perform 1; end $$; call p()", True),
        ("create function f() returns int as $$ begin commit; end $$; select f()", True),
        ("create table commit (do_it int); call commit()", True),
    ],
)
def test_procedural_code(text: str, transactional: bool) -> None:
    found = shaped(text, PG)
    assert found.transactional is transactional
    assert found.reason.startswith("" if transactional else "line 1: ")


@pytest.mark.parametrize(
    ("text", "kept", "off"),
    [
        ("PRAGMA foreign_keys=OFF; BEGIN; a; COMMIT; PRAGMA foreign_keys=ON;", ["a"], True),
        ("BEGIN; PRAGMA foreign_keys = 0; a; PRAGMA foreign_keys(yes); COMMIT", ["a"], True),
        ("pragma main.foreign_keys('no'); a; pragma \"main\" . [foreign_keys] = true", ["a"], True),
        ("pragma foreign_keys=false; a", ["a"], True),
        ("pragma foreign_keys=maybe; a; pragma foreign_keys=2", ["a"], True),
        ("pragma legacy_alter_table=on; pragma foreign_keys=0; begin; a; end; pragma foreign_key_check", [
            "pragma legacy_alter_table=on", "a", "pragma foreign_key_check"], True),
        ("pragma foreign_keys=off; a; pragma foreign_keys=on; b", ["a", "pragma foreign_keys=on", "b"], True),
        ("pragma foreign_keys=off; begin; commit; pragma foreign_keys=on", [], True),
        ("pragma foreign_keys=on; a", ["pragma foreign_keys=on", "a"], False),
        ("a; pragma foreign_keys=off; b", ["a", "pragma foreign_keys=off", "b"], False),
        ("pragma foreign_keys; a; pragma foreign_keys=on",
            ["pragma foreign_keys", "a", "pragma foreign_keys=on"], False),
        ("pragma user_version=1; pragma foreign_keys=off", ["pragma user_version=1", "pragma foreign_keys=off"], False),
    ],
)  # fmt: skip
def test_foreign_keys(text: str, kept: list[str], off: bool) -> None:
    found = shaped(text, LITE)
    assert (found.transactional, found.foreign_keys_off) == (True, off)
    assert [statement.text for statement in found.statements] == kept


def test_foreign_keys_are_the_files_own_without_a_transaction() -> None:
    text = "pragma foreign_keys=off; begin; a; commit; begin; b; commit; pragma foreign_keys=on"
    found = shaped(text, LITE)
    assert (found.transactional, found.foreign_keys_off) == (False, False)
    assert len(found.statements) == 8


def test_other_flavours_have_no_such_pragma() -> None:
    assert not shaped("pragma foreign_keys=off", PG).foreign_keys_off
