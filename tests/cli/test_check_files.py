"""`check --files`: what is wrong with files alone, and beside a branch; in one process, with git and no database."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from layouts.test_reading import FOLDERS
from lockgate.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Check = Callable[..., tuple[int, dict[str, Any]]]

SQL = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n"
PYTHON = "from lockgate import Migration\n\nclass One(Migration):\n    async def up(self) -> None: ...\n"
CONFLICT = "<<<<<<< HEAD\nSELECT 1;\n=======\nSELECT 2;\n>>>>>>> other\n"
REVISION = 'revision = "1975ea83b712"\ndown_revision = None\n'


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Write files, and check them where no database is named and the environment is closed."""
    monkeypatch.delenv("ENV")

    def checked(texts: dict[str, str], *arguments: str) -> tuple[int, dict[str, Any]]:
        for name, text in texts.items():
            path = tmp_path / "migrations" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        status = main(["check", "--files", "--json", *arguments])
        return status, json.loads(capsys.readouterr().out)

    return checked


@pytest.mark.parametrize(
    ("texts", "line", "words"),
    [
        ({"1_a.sql": SQL, "1_b.py": PYTHON}, None, "have the number 1: 1_a.sql and 1_b.py"),
        ({"a.sql": SQL}, None, "has no number"),
        ({"1_a.up.sql": SQL, "1_a.down.sql": SQL, "2_b.down.sql": SQL}, None, "has no 2_b.up.sql"),
        ({"1_a.sql": "SELECT 1;\nSELECT 'x;"}, 2, "never closed"),
        ({"1_a.sql": f"{SQL}SELECT 'x;"}, 5, "never closed"),
        ({"1_a.sql": "-- migrate:up\nSELECT 1;\n-- migrate:up\n"}, 3, "a second time"),
        ({"1_a.sql": "-- migrate:down\nSELECT 1;\n"}, 1, "before any migrate:up"),
        ({"1_a.sql": f"SELECT 0;\n{CONFLICT}"}, 2, "holds a conflict"),
        ({"1_a.py": f"{PYTHON}\n{CONFLICT}"}, 6, "holds a conflict"),
        ({"1_a.py": PYTHON, "_help.py": "def"}, 1, "_help.py:1 is no Python"),
        ({"1_a.py": "return 1\n"}, 1, "'return' outside function"),
        ({"1_a.py": "import sqlalchemy\n"}, None, "it defines none"),
        ({"1_a.py": f"{PYTHON}\nclass Two:\n    async def up(self): ...\n"}, None, "it defines One, Two"),
        ({"1_a.py": PYTHON.replace("async ", "")}, 4, "up must be `async def`"),
        ({"1_a.py": PYTHON.replace("def up", "def down")}, 3, "One defines no up"),
        ({"1_a.sql": "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n"}, 2, "no StatementEnd"),
        ({"1_a.up.sql": "SELECT 1;", "1_a.down.sql": "SELECT 'x;"}, 1, "1_a.down.sql, line 1"),
        ({"V1__a.sql": "SELECT 1;", "R__b.sql": "\nSELECT 'x;"}, 2, "R__b.sql, line 2"),
        ({"U4__a.sql": "SELECT 1;", "V3__b.sql": "SELECT 'x;"}, 1, "V3__b.sql, line 1"),
        ({"1_a.sql": "-- no-transaction\nSELECT 'x;"}, 2, "never closed"),
        ({"20250101000000_a.sql": "-- migrate:up\nSELECT 'x;"}, 2, "never closed"),
        ({"1_a/up.sql": "SELECT 1;", "1_a/metadata.toml": "run_in_transaction = 1"}, None, "true or false"),
        ({"versions/a.py": f"\n{REVISION}"}, None, "has no upgrade()"),
        ({"versions/a.py": f"\n{REVISION}<<<<<<< a\n=======\n>>>>>>> b\n"}, 4, "holds a conflict"),
        ({"versions/a.py": f"\n{REVISION}", "versions/b.py": f"\n{REVISION}"}, None, "are the revision 1975ea83b712"),
    ],
)
def test_what_is_wrong_is_found(check: Check, texts: dict[str, str], line: int | None, words: str) -> None:
    status, said = check(texts)
    assert status == 2
    (fault,) = said["faults"]
    assert words in fault["detail"]
    assert fault["line"] == line


@pytest.mark.parametrize("case", FOLDERS)
def test_each_layout_is_right_as_its_tool_documents_it(check: Check, case: str) -> None:
    texts, _, names = FOLDERS[case]
    filled = {name: PYTHON if name.endswith(".py") and name[0].isdigit() else text for name, text in texts.items()}
    status, said = check(filled)
    assert (status, said["migrations"], said["faults"]) == (0, len(names), [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1_a.py", f"raise SystemExit('executed')\n{PYTHON}"),
        ("1_a.py", "from absent import Base\n\nclass One(Base):\n    note = 'it may be one'\n"),
        ("1_a.py", PYTHON + "\nclass Kept(Exception): ...\n"),
        ("1_a.py", "import lockgate\n\nclass B(lockgate.Migration): ...\n\nclass A(B):\n    async def up(self): ...\n"),
        ("1_a.py", "class One:\n    async def up(self): ...\n"),
        ("versions/a.py", f"\n{REVISION}\nfrom absent import upgrade\n"),
        ("V1__a.sql", "CREATE TABLE ${unset} (a int);\n"),
        ("1_a.sql", "-- +goose Up\n-- +goose ENVSUB ON\nSELECT $UNSET;\n"),
        ("1_a.sql", "CREATE TABLE `it's` (a int);\n"),
        ("1_a.sql", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT '1;' || $1 $$;\n"),
    ],
)
def test_what_is_right_is_let_pass_and_nothing_is_executed(check: Check, name: str, text: str) -> None:
    assert check({name: text})[0] == 0


def test_where_a_database_is_named_its_sql_is_wanted(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere.invalid/app")
    assert check({"1_a.sql": "CREATE TABLE `it's` (a int);\n"})[0] == 2


def test_the_head_is_looked_at_where_one_is_kept(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_HEAD_FILE", "true")
    assert check({"1_a.sql": SQL, "HEAD": "1_a.sql\n"})[0] == 0
    status, said = check({"2_b.sql": SQL})
    assert (status, said["faults"][0]["path"]) == (2, "migrations/HEAD")


def _git(*arguments: str) -> None:
    named = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *named, *arguments], check=True, capture_output=True)


@pytest.fixture
def branched(check: Check) -> Check:
    """`main` has 1, 2 and 3, of which 3 came after this branch had begun."""
    check({"1_a.sql": SQL, "2_b.sql": SQL})
    _git("init", "-q", "-b", "main")
    _git("add", ".")
    _git("commit", "-qm", "one")
    _git("checkout", "-qb", "other")
    _git("checkout", "-q", "main")
    check({"3_c.sql": SQL})
    _git("add", ".")
    _git("commit", "-qm", "two")
    _git("checkout", "-q", "other")
    return check


@pytest.mark.parametrize(
    ("texts", "gone", "problems"),
    [
        ({}, "", []),
        ({"4_d.sql": SQL}, "", []),
        ({"1_a.sql": SQL.replace("\n", "\r\n")}, "", []),
        ({"2_b.sql": f"{SQL}-- more\n"}, "", [("edited", "2_b.sql")]),
        ({}, "2_b.sql", [("missing", "2_b.sql")]),
        ({}, "1_a.sql", [("missing", "1_a.sql")]),
        ({"2_z.sql": SQL}, "2_b.sql", [("missing", "2_b.sql"), ("out_of_order", "2_z.sql")]),
        ({"3_b.sql": SQL}, "", [("shared_version", "3_b.sql")]),
        ({"3_d.sql": SQL}, "", [("shared_version", "3_d.sql")]),
        ({"3_c.sql": SQL}, "", []),
        ({"3_c.sql": f"{SQL}-- more\n"}, "", [("edited", "3_c.sql")]),
    ],
)
def test_what_a_branch_does_to_what_is_on_main(
    branched: Check, tmp_path: Path, texts: dict[str, str], gone: str, problems: list[tuple[str, str]]
) -> None:
    if gone:
        (tmp_path / "migrations" / gone).unlink()
    status, said = branched(texts, "--against", "main")
    assert [(one["kind"], one["name"]) for one in said["problems"]] == problems
    assert (status, said["against"]) == (4 if problems else 0, "main")


def test_a_late_one_is_let_be_where_order_is_any(branched: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    late = {"0_z.sql": SQL}
    status, said = branched(late, "--against", "main")
    assert (status, [one["kind"] for one in said["problems"]]) == (4, ["out_of_order"])
    monkeypatch.setenv("LOCKGATE_ORDER", "any")
    assert branched(late, "--against", "main")[0] == 0


def test_what_git_cannot_tell_is_exit_2(check: Check) -> None:
    status, said = check({"1_a.sql": SQL}, "--against", "main")
    assert (status, said["error"]["kind"]) == (2, "settings")
    assert "repository" in said["error"]["message"]
    assert main(["check", "--against", "main", "--json"]) == 2
