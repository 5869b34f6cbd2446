"""`squash`, `baseline`, `renumber` and the head file, as they are typed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockgate.cli.main import main

if TYPE_CHECKING:
    import pytest

_TABLE = "CREATE TABLE t{} (id INTEGER PRIMARY KEY);\n"


def _tables(*numbers: int) -> None:
    Path("migrations").mkdir(exist_ok=True)
    for number in numbers:
        Path(f"migrations/{number:03}_t{number}.sql").write_text(_TABLE.format(number))


def _files() -> list[str]:
    return sorted(path.name for path in Path("migrations").iterdir())


def _recorded() -> list[str]:
    with closing(sqlite3.connect("lockgate.db")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM schema_migrations ORDER BY id")]


def _document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_squash_replaces_the_files(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_HEAD_FILE", "true")
    _tables(1, 2)
    Path("migrations/HEAD").write_text("002_t2.sql\n")
    assert main(["up"]) == 0
    before = _files()

    assert main(["squash"]) == 2  # nobody is there to be asked
    assert "Say --yes" in capsys.readouterr().err
    assert main(["squash", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "Would have created migrations/002_baseline.sql" in said
    assert "Would have removed 2 files, 001_t1.sql to 002_t2.sql" in said
    assert "CREATE TABLE t2" in said
    assert _files() == before

    assert _document(capsys, "squash", "--yes") == {
        "created": ["migrations/002_baseline.sql"],
        "removed": ["migrations/001_t1.sql", "migrations/002_t2.sql"],
        "recorded": [],
    }
    assert _files() == ["002_baseline.sql", "HEAD"]
    assert main(["status", "--check"]) == 0
    assert main(["new", "third", "--sql"]) == 0
    assert Path("migrations/HEAD").read_text() == "003_third.sql\n"
    assert main(["down", "--all", "--yes"]) == 2
    assert "002_baseline.sql replaced them" in capsys.readouterr().err
    assert _recorded() == ["001_t1.sql", "002_t2.sql"]


def test_baseline_begins_with_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect("lockgate.db")) as connection:
        connection.executescript("CREATE TABLE legacy (id INTEGER PRIMARY KEY); INSERT INTO legacy VALUES (1)")
    assert main(["baseline", "--dry-run", "--env", "production", "--database", "sqlite:///lockgate.db"]) == 0
    assert not Path("migrations").exists()
    assert main(["baseline", "--yes", "--env", "production", "--database", "sqlite:///lockgate.db"]) == 3
    assert main(["baseline"]) == 2
    assert not Path("migrations").exists()
    with closing(sqlite3.connect("lockgate.db")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert main(["baseline", "--yes", "--lock-timeout", "0.2"]) == 5
        assert _files() == []
    assert _document(capsys, "baseline", "--yes") == {
        "created": ["migrations/001_baseline.sql"], "removed": [], "recorded": ["001_baseline.sql"],
    }  # fmt: skip
    assert _recorded() == ["001_baseline.sql"]
    assert main(["up"]) == 0
    assert main(["baseline", "--yes"]) == 2


def test_renumber_moves_what_is_out_of_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _tables(2)
    assert main(["up"]) == 0
    _tables(1)
    assert main(["up"]) == 4
    assert _document(capsys, "renumber", "--dry-run") == {"renamed": [{"from": "001_t1.sql", "to": "003_t1.sql"}]}
    assert _files() == ["001_t1.sql", "002_t2.sql"]
    monkeypatch.setenv("LOCKGATE_HEAD_FILE", "true")
    assert main(["up"]) == 2
    assert main(["new", "other"]) == 2
    assert "`lockgate renumber` writes it" in capsys.readouterr().err
    assert main(["renumber"]) == 0
    assert capsys.readouterr().out == "Renamed 001_t1.sql to 003_t1.sql\n"
    assert Path("migrations/HEAD").read_text() == "003_t1.sql\n"
    assert main(["up"]) == 0
    assert main(["renumber", "3"]) == 2
    assert "003_t1.sql is applied" in capsys.readouterr().err
