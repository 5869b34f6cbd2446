"""Where a copy goes: a folder or a file, over nothing; and what is called ours."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lockgate.backup.destination import Destination
from lockgate.backup.naming import Naming
from lockgate.errors import SettingsError

_AT = datetime(2026, 11, 23, 17, 1, 2, tzinfo=UTC)
_NAMING = Naming("app", ".dump")


@pytest.mark.parametrize(
    ("database", "newest", "taken", "name"),
    [
        ("app", "004_add_index.sql", (), "app-20261123T170102Z-004.dump"),
        ("app", None, (), "app-20261123T170102Z-none.dump"),
        ("app", "Initial.py", (), "app-20261123T170102Z-Initial.dump"),
        ("app", "a/b c.sql", (), "app-20261123T170102Z-a_b_c.dump"),
        ("../a b", "1", (), "_a_b-20261123T170102Z-1.dump"),
        ("...", "1", (), "database-20261123T170102Z-1.dump"),
        ("app", "4", ("app-20261123T170102Z-4.dump",), "app-20261123T170102Z-4-2.dump"),
    ],
)
def test_a_name_is_plain_and_free_and_known_again(
    database: str, newest: str | None, taken: tuple[str, ...], name: str
) -> None:
    naming = Naming(database, ".dump")
    assert naming.name(_AT, newest, taken) == name
    assert naming.owned([name]) == [name]
    assert naming.owned_partials([f".{name}.partial"]) == [f".{name}.partial"]


def test_what_is_called_otherwise_is_not_ours() -> None:
    theirs = [
        "app.dump",
        "app-4.dump",
        "xapp-20261123T170102Z-4.dump",
        "app-20261123T170102Z-4.db",
        "app-20261123-4.dump",
    ]
    theirs += ["app-20261123T170102Z-4.dump.gz", "app-x-20261123T170102Z-4.dump", ".app-20261123T170102Z-4.dump"]
    assert _NAMING.owned(theirs) == _NAMING.owned_partials(theirs) == []
    younger, older = "app-20261123T170102Z-004.dump", "app-20251123T170102Z-900.dump"
    assert _NAMING.owned([younger, older]) == [older, younger]


@pytest.mark.parametrize(
    ("path", "folder", "file"),
    [
        ("new", "new", None),
        ("new/deep.er/", "new/deep.er", None),
        ("there.d", "there.d", None),
        ("before.dump", ".", "before.dump"),
        ("new/before.dump", "new", "before.dump"),
    ],
)
def test_a_path_is_a_folder_or_a_file(path: str, folder: str, file: str | None) -> None:
    Path("there.d").mkdir()
    chosen = Destination(path, _NAMING, 5).choose("004_x.sql")
    assert chosen.final.parent == Path(folder)
    assert chosen.final.parent.is_dir()
    assert chosen.final.name == (file or chosen.final.name)
    assert (file is not None) or _NAMING.owned([chosen.final.name])


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there.dump").write_text("mine")
    (tmp_path / "nowhere.dump").symlink_to(tmp_path / "gone")
    for name in ("there.dump", "nowhere.dump"):
        with pytest.raises(SettingsError, match="is there already, and a backup overwrites nothing"):
            Destination(str(tmp_path / name), _NAMING, 5).choose(None)
    chosen = Destination(str(tmp_path / "late.dump"), _NAMING, 5).choose(None)
    chosen.open()
    (tmp_path / "late.dump").write_text("mine")
    with pytest.raises(FileExistsError):
        chosen.publish()
    assert (tmp_path / "late.dump").read_text() == "mine"


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal", "-lockgate"])
def test_a_file_that_sqlite_would_take_for_its_own_is_refused(tmp_path: Path, ending: str) -> None:
    (tmp_path / "app.x").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(SettingsError):
        Destination(str(tmp_path / "link" / f"app.x{ending}"), _NAMING, 5).choose(None, tmp_path / "app.x")


def test_what_a_killed_process_left_is_removed_and_what_another_writes_is_not(tmp_path: Path) -> None:
    naming = Naming("app", ".dump")
    left = [".app-20200101T000000Z-001.dump.partial", ".before.dump.partial"]
    others = [".app-20200101T000000Z-001.db.partial", ".notes.partial"]
    for name in (*left, *others):
        (tmp_path / name).write_text("half")
    at_work = Destination(str(tmp_path), naming, 5).choose("9")
    at_work.open()
    Destination(str(tmp_path), naming, 5).choose("10")
    assert {path.name for path in tmp_path.iterdir()} == {left[1], *others, at_work.path.name}
    Destination(str(tmp_path / "before.dump"), naming, 5).choose("11").open()
    assert (tmp_path / left[1]).read_text() == ""
    os.write(at_work._descriptor, b"whole")
    assert at_work.publish() == 5
    assert at_work.final.read_text() == "whole"
