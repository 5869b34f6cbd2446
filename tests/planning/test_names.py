"""What a file's name says."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgate import MigrationFileError, SettingsError
from lockgate.planning.names import FileKind, find_name, normal_text, parse_file_name, stem_of, text_hash


@pytest.mark.parametrize(
    ("name", "stem", "number", "kind"),
    [
        ("001_create_users.py", "001_create_users", 1, FileKind.PYTHON),
        ("001_a.sql", "001_a", 1, FileKind.SQL),
        ("001_a.up.sql", "001_a", 1, FileKind.UP),
        ("001_a.down.sql", "001_a", 1, FileKind.DOWN),
        ("0001.sql", "0001", 1, FileKind.SQL),
        ("20240101120000_a.sql", "20240101120000_a", 20240101120000, FileKind.SQL),
        ("1-a.b c.py", "1-a.b c", 1, FileKind.PYTHON),
        ("007.SQL", "007", 7, FileKind.SQL),
        ("1_up.sql", "1_up", 1, FileKind.SQL),
        ("1_a.up.py", "1_a.up", 1, FileKind.PYTHON),
        ("1_täble ☃.sql", "1_täble ☃", 1, FileKind.SQL),
        ("0_a.sql", "0_a", 0, FileKind.SQL),
    ],
)
def test_a_migrations_name_is_taken_apart(name: str, stem: str, number: int, kind: FileKind) -> None:
    parsed = parse_file_name(name)
    assert parsed is not None
    assert (parsed.name, parsed.stem, parsed.number, parsed.kind) == (name, stem, number, kind)


@pytest.mark.parametrize(
    "name",
    ["_helpers.py", "__init__.py", "README.md", ".hidden.sql", "001.txt", "001_a.sql.orig", "001_a.pyc", "sql", ".py"],
)
def test_other_files_are_none(name: str) -> None:
    assert parse_file_name(name) is None


@pytest.mark.parametrize(
    "name", ["users.sql", "users_001.py", "v1_a.sql", "-1_a.sql", "001users.sql", "_a.sql", "१_a.sql", "²_a.sql"]
)
def test_a_py_or_sql_without_a_number_is_refused(name: str) -> None:
    with pytest.raises(MigrationFileError, match="has no number"):
        parse_file_name(name)


def test_a_composed_and_a_decomposed_name_are_one() -> None:
    one, other = (unicodedata.normalize(form, "1_täble.sql") for form in ("NFC", "NFD"))
    assert one != other
    parsed, again = parse_file_name(one), parse_file_name(other)
    assert parsed is not None
    assert again is not None
    assert (parsed.name, parsed.number) == (again.name, again.number)
    assert (parsed.entry, again.entry) == (one, other)


def test_a_name_is_at_most_what_can_be_recorded() -> None:
    assert parse_file_name("1_" + "x" * 506 + ".sql") is not None
    with pytest.raises(MigrationFileError, match="513 characters"):
        parse_file_name("1_" + "x" * 507 + ".sql")


NAMES = ["001_a.sql", "002_b.up.sql", "010_c.py", "0011_c.sql", "1000_a.sql"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("001_a.sql", "001_a.sql"),
        ("001_a", "001_a.sql"),
        ("1", "001_a.sql"),
        ("0001", "001_a.sql"),
        ("002_b", "002_b.up.sql"),
        ("2", "002_b.up.sql"),
        ("10", "010_c.py"),
        ("11", "0011_c.sql"),
        ("1000", "1000_a.sql"),
    ],
)
def test_a_name_its_stem_or_its_number_is_understood(wanted: str, found: str) -> None:
    assert find_name(wanted, NAMES) == found


@pytest.mark.parametrize("wanted", ["", "3", "a", "001", "001_", "c", "1.0", "-1", "001_A.SQL"])
def test_what_means_none_is_refused(wanted: str) -> None:
    if wanted == "001":
        assert find_name(wanted, NAMES) == "001_a.sql"
        return
    with pytest.raises(SettingsError, match="There is no migration"):
        find_name(wanted, NAMES)


def test_what_means_several_is_refused_and_a_slip_is_guessed_at() -> None:
    with pytest.raises(SettingsError, match=r"several migrations: 1_a\.sql, 01_b\.sql"):
        find_name("1", ["1_a.sql", "01_b.sql"])
    with pytest.raises(SettingsError) as raised:
        find_name("001_creat_users", ["001_create_users.py", "002_other.sql"])
    assert raised.value.hint == "Did you mean 001_create_users?"


@given(
    st.integers(0, 10**30),
    st.integers(0, 5),
    st.sampled_from(["_a", "", "-b c", ".d", "_é"]),
    st.sampled_from([".py", ".sql", ".up.sql", ".down.sql"]),
)
def test_digits_are_a_number_however_many_zeros_are_before_them(
    number: int, zeros: int, rest: str, suffix: str
) -> None:
    name = f"{'0' * zeros}{number}{rest}{suffix}"
    parsed = parse_file_name(name)
    assert parsed is not None
    assert parsed.number == number
    assert parsed.stem == stem_of(parsed.name)
    assert find_name(str(number), [parsed.name]) == parsed.name


@given(st.lists(st.integers(0, 10**20), unique=True, max_size=20))
def test_order_is_numeric(numbers: list[int]) -> None:
    names = [f"{number}_x.sql" for number in numbers]
    ordered = sorted(names, key=lambda name: parse_file_name(name).number)  # type: ignore[union-attr]
    assert ordered == [f"{number}_x.sql" for number in sorted(numbers)]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")), st.booleans())
def test_a_mark_in_front_and_the_line_ends_do_not_change_the_hash(text: str, marked: bool) -> None:
    plain = text.removeprefix("\ufeff").encode()
    written = (b"\xef\xbb\xbf" if marked else b"") + plain.replace(b"\n", b"\r\n")
    if plain.startswith(b"\xef\xbb\xbf"):
        return
    assert normal_text(written) == plain
    assert text_hash(normal_text(written)) == text_hash(plain)


@given(st.binary())
def test_normal_text_is_normal(data: bytes) -> None:
    once = normal_text(data)
    if not once.startswith(b"\xef\xbb\xbf") and b"\r\n" not in once:
        assert normal_text(once) == once
