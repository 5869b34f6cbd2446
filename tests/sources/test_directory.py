"""A folder of files becomes sources: read and hashed, sorted by number, none executed."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFileError, SettingsError
from lockgate.nouns.layouts import Layout
from lockgate.sources.directory import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Files


def test_files_are_sorted_by_number_and_pairs_are_one(files: Files) -> None:
    for name in ("10_j.py", "9_i.sql", "2_b.up.sql", "2_b.down.sql", "0001_a.up.sql", "_x.py", "notes.md"):
        files.write(name, name)
    found = Folder(files.folder).read()
    assert [one.name for one in found] == ["0001_a.up.sql", "2_b.up.sql", "9_i.sql", "10_j.py"]
    assert [one.number for one in found] == [1, 2, 9, 10]
    assert [one.down_path for one in found] == [None, str(files.folder / "2_b.down.sql"), None, None]
    assert [one.hash for one in found] == [hashlib.sha256(one.name.encode()).hexdigest() for one in found]
    assert [one.origin for one in found] == [str(files.folder / one.name) for one in found]


@pytest.mark.parametrize(
    "written", [b"a\nb\n", b"a\r\nb\r\n", b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfa\r\nb\r\n", b"a\r\nb\n"]
)
def test_mark_and_line_ends_make_no_other_hash_and_no_other_text(files: Files, written: bytes) -> None:
    files.write("1_a.sql", written)
    (found,) = Folder(files.folder).read()
    assert found.text == "a\nb\n"
    assert found.hash == hashlib.sha256(b"a\nb\n").hexdigest()


@pytest.mark.parametrize("other", [b"a\nb", b"a\nB\n", b"a\n\nb\n", b"a\rb\n", b" a\nb\n"])
def test_every_other_change_makes_another_hash(files: Files, other: bytes) -> None:
    files.write("1_a.sql", other)
    (found,) = Folder(files.folder).read()
    assert found.hash != hashlib.sha256(b"a\nb\n").hexdigest()


def test_nothing_is_executed(files: Files) -> None:
    files.write("1_a.py", "raise SystemExit('executed')")
    assert len(Folder(files.folder).read()) == 1


def test_an_empty_folder_has_none(files: Files) -> None:
    assert Folder(files.folder).read() == ()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["1_a.sql", "001_b.py"], "have the number 1"),
        (["1_a.up.sql", "1_a.sql"], "have the number 1"),
        (["1_a.up.sql", "1_b.up.sql"], "have the number 1"),
        (["1_a.down.sql"], "has no 1_a.up.sql"),
        (["1_a.up.sql", "1_b.down.sql"], "has no 1_b.up.sql"),
        (["1_a.sql", "1_a.down.sql"], "has no 1_a.up.sql"),
        (["a.sql"], "has no number"),
    ],
)
def test_files_that_do_not_go_together_are_refused(files: Files, names: list[str], words: str) -> None:
    for name in names:
        files.write(name, "")
    with pytest.raises(MigrationFileError, match=words):
        Folder(files.folder, Layout.LOCKGATE).read()


@pytest.mark.parametrize(
    ("content", "line"), [(b"a\n\xff\n", 2), (b"\xc3", 1), (b"a\nb\n\x00", 3), ("ä".encode("latin-1"), 1)]
)
def test_what_is_no_text_is_refused_with_its_line(files: Files, content: bytes, line: int) -> None:
    files.write("1_a.sql", content)
    with pytest.raises(MigrationFileError) as raised:
        Folder(files.folder).read()
    assert (raised.value.path, raised.value.line) == (str(files.folder / "1_a.sql"), line)


def test_a_missing_folder_and_a_file_in_its_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no migrations folder"):
        Folder(tmp_path / "nowhere").read()
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be read"):
        Folder(tmp_path / "file").read()


def test_a_link_that_leads_nowhere_is_named(files: Files) -> None:
    (files.folder / "1_a.sql").symlink_to(files.folder / "gone.sql")
    with pytest.raises(MigrationFileError, match=r"1_a\.sql cannot be read"):
        Folder(files.folder).read()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads whatever the permissions say")
def test_a_file_that_may_not_be_read_is_named(files: Files) -> None:
    files.write("1_a.sql", "").chmod(0)
    with pytest.raises(MigrationFileError, match=r"1_a\.sql cannot be read"):
        Folder(files.folder).read()


def test_ten_times_the_files_take_about_ten_times_as_long(tmp_path: Path) -> None:
    """Nothing in it goes with the square of their number."""
    spent = []
    for count in (1_000, 10_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number:05}_x.sql").write_bytes(b"SELECT 1;")
        began = time.process_time()
        assert len(Folder(folder).read()) == count
        spent.append(time.process_time() - began)
    assert spent[1] < max(40 * spent[0], 1.0)


@pytest.fixture
def looked_at(files: Files) -> Folder:
    """A folder with one file that was written long ago, looked at twice."""
    files.write("1_a.sql", "SELECT 1;")
    _long_ago(files)
    folder = Folder(files.folder)
    folder.read()
    folder.read()
    return folder


def _long_ago(files: Files) -> None:
    for path in files.folder.iterdir():
        os.utime(path, (0, 0))


def test_what_has_not_changed_is_not_read_again(
    files: Files, looked_at: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockgate.sources.directory._SETTLED_NANOSECONDS", -(10**12))
    (kept,) = looked_at.read()
    (again,) = looked_at.read()
    assert again is kept


@pytest.mark.parametrize("settled", [-(10**12), 3 * 10**9])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_edit_is_seen_whenever_it_comes(
    files: Files, looked_at: Folder, monkeypatch: pytest.MonkeyPatch, count: int, settled: int
) -> None:
    """Of the same size, with the times of the file before it, in its place or in the same file."""
    monkeypatch.setattr("lockgate.sources.directory._SETTLED_NANOSECONDS", settled)
    for number in range(count):
        looked_at.read()
        time.sleep(0.02)  # a tick of the disk's clock
        files.write("1_a.sql", f"SELECT {number + 2};")
        _long_ago(files)
        assert [one.text for one in looked_at.read()] == [f"SELECT {number + 2};"]
    files.write("1_b.tmp", "SELECT 9;")
    _long_ago(files)
    (files.folder / "1_b.tmp").replace(files.folder / "1_a.sql")
    assert [one.text for one in looked_at.read()] == ["SELECT 9;"]


def test_a_down_that_comes_later_is_seen(files: Files, looked_at: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockgate.sources.directory._SETTLED_NANOSECONDS", -(10**12))
    files.write("2_b.up.sql", "SELECT 2;")
    files.write("2_b.down.sql", "SELECT 3;")
    for _ in range(3):
        assert looked_at.read()[1].down_path == str(files.folder / "2_b.down.sql")


def test_what_comes_and_goes_is_seen(files: Files, looked_at: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockgate.sources.directory._SETTLED_NANOSECONDS", -(10**12))
    for _ in range(3):
        looked_at.read()
    files.write("2_b.sql", "SELECT 2;")
    assert [one.name for _ in range(3) for one in looked_at.read()] == ["1_a.sql", "2_b.sql"] * 3
    (files.folder / "1_a.sql").rename(files.folder / "3_c.sql")
    assert [one.name for one in looked_at.read()] == ["2_b.sql", "3_c.sql"]
    (files.folder / "2_b.sql").unlink()
    assert [one.name for one in looked_at.read()] == ["3_c.sql"]


def test_a_down_that_comes_into_a_folder_of_its_own_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockgate.sources.directory._SETTLED_NANOSECONDS", -(10**12))
    (tmp_path / "1_a").mkdir()
    (tmp_path / "1_a" / "up.sql").write_text("SELECT 1;")
    folder = Folder(tmp_path, Layout.DIESEL)
    assert [folder.read()[0].down_path for _ in range(4)] == [None] * 4
    (tmp_path / "1_a" / "down.sql").write_text("SELECT 1;")
    assert folder.read()[0].down_path == str(tmp_path / "1_a" / "down.sql")


def test_one_that_was_written_just_now_is_read_again(files: Files, looked_at: Folder) -> None:
    """Written twice within one tick, of the same size: the stamps are the same."""
    before = (files.folder / "1_a.sql").stat()
    (one,) = looked_at.read()
    assert before.st_ctime_ns > time.time_ns() - 3 * 10**9
    (other,) = looked_at.read()
    assert other is not one
