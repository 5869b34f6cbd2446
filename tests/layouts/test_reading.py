"""Each tool's folder, as its own documentation shows it, becomes sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockgate import MigrationFileError, SettingsError
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.layouts import Layout
from lockgate.planning.names import find_name
from lockgate.planning.versions import place_of
from lockgate.sources.directory import Folder
from lockgate.sources.naming import next_number

if TYPE_CHECKING:
    from conformance.bench import Files

GOOSE = "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n"
DBMATE = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n"
PLAIN = "SELECT 1;\n"
NO_TRANSACTION = "-- no-transaction\nSELECT 1;\n"

# The files in no order, the layout that they are taken for, and the names in the order in which they run.
FOLDERS = {
    "lockgate": ({"10_j.py": "", "9_i.sql": DBMATE, "_help.py": ""}, Layout.LOCKGATE, ["9_i.sql", "10_j.py"]),
    "lockgate's own pairs": (
        {"1_a.up.sql": "-- migrate:up transaction:false\nSELECT 1;\n", "1_a.down.sql": PLAIN},
        Layout.LOCKGATE,
        ["1_a.up.sql"],
    ),
    "golang-migrate": (
        {
            "10_c.up.sql": PLAIN,
            "2_b.up.sql": PLAIN,
            "2_other.down.sql": PLAIN,
            "1500360784_t.up.sql": PLAIN,
            "m.go": "",
        },
        Layout.GOLANG_MIGRATE,
        ["2_b.up.sql", "10_c.up.sql", "1500360784_t.up.sql"],
    ),
    "dbmate": (
        {"20151127184807_create_users.sql": DBMATE, "20151127184808_a.sql": DBMATE, "schema.sql": PLAIN},
        Layout.DBMATE,
        ["20151127184807_create_users.sql", "20151127184808_a.sql"],
    ),
    "goose": (
        {"00002_b.sql": GOOSE, "00001_a.sql": GOOSE, "00003_c.go": "package m", "00003_c_test.go": "", "embed.go": ""},
        Layout.GOOSE,
        ["00001_a.sql", "00002_b.sql", "00003_c.go"],
    ),
    "flyway": (
        {
            "V1_2__b.sql": PLAIN,
            "V1.10__c.sql": PLAIN,
            "V1__a.sql": PLAIN,
            "U1__a.sql": PLAIN,
            "R__view.sql": PLAIN,
            "V002.1__d.sql": PLAIN,
        },
        Layout.FLYWAY,
        ["V1__a.sql", "V1_2__b.sql", "V1.10__c.sql", "V002.1__d.sql", "R__view.sql"],
    ),
    "named like Flyway's": (
        {"V0002.B.up.sql": PLAIN, "V0001.A.up.sql": PLAIN, "V0001.A.down.sql": PLAIN},
        Layout.FLYWAY,
        ["V0001.A.up.sql", "V0002.B.up.sql"],
    ),
    "refinery": (
        {"V1__initial.sql": PLAIN, "U4__late.sql": PLAIN, "V3__add.rs": "pub fn migration()"},
        Layout.REFINERY,
        ["V1__initial.sql", "V3__add.rs", "U4__late.sql"],
    ),
    "sqlx": (
        {"20211001154420_a.sql": PLAIN, "20211001154421_b.sql": NO_TRANSACTION},
        Layout.SQLX,
        ["20211001154420_a.sql", "20211001154421_b.sql"],
    ),
    "sqlx, reversible": (
        {"1_a.up.sql": PLAIN, "1_a.down.sql": PLAIN, "2_b.up.sql": NO_TRANSACTION},
        Layout.SQLX,
        ["1_a.up.sql", "2_b.up.sql"],
    ),
    "diesel": (
        {
            "2026-07-30-140000-0000_d/up.sql": PLAIN,
            "2024-03-06-170000_b/up.sql": PLAIN,
            "2024-03-06-170000_b/down.sql": PLAIN,
            "2024-03-13_170000_c/up.sql": PLAIN,
            "00000000000000_diesel_initial_setup/up.sql": PLAIN,
            "notes.sql": PLAIN,
        },
        Layout.DIESEL,
        [
            "00000000000000_diesel_initial_setup",
            "2024-03-06-170000_b",
            "2024-03-13_170000_c",
            "2026-07-30-140000-0000_d",
        ],
    ),
}


def laid(files: Files, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (files.folder / name).parent.mkdir(exist_ok=True)
        files.write(name, text)


@pytest.mark.parametrize("case", FOLDERS)
def test_a_folder_is_recognised_by_its_content(files: Files, case: str) -> None:
    texts, layout, names = FOLDERS[case]
    laid(files, texts)
    found = Folder(files.folder).read()
    assert [one.name for one in found] == names
    assert {one.layout for one in found} == {layout}
    assert Folder(files.folder, layout).read() == found
    # What is on record sorts where its file does, whether that is there still or not.
    assert [place_of(one.name, layout) for one in found] == [one.order for one in found]


def _of_dbmate(count: int) -> dict[str, str]:
    return {f"2024010100000{place}_a.sql": DBMATE for place in range(count)}


@pytest.mark.parametrize("odd", [{"1_init.sql": DBMATE}, {"20240101000009_plain.sql": PLAIN}])
def test_one_odd_file_among_many_of_dbmate_s_is_said_and_tips_nothing(files: Files, odd: dict[str, str]) -> None:
    laid(files, {**_of_dbmate(3), **odd, "schema.sql": PLAIN})
    folder = Folder(files.folder)
    assert {one.layout for one in folder.read()} == {Layout.DBMATE}
    assert any(note.startswith(f"{next(iter(odd))} is not as dbmate writes") for note in folder.notes)
    named = Folder(files.folder, Layout.DBMATE)
    assert named.read() == folder.read()
    assert len(named.notes) == 1


def test_a_baseline_keeps_a_folder_lockgate_s_own(files: Files) -> None:
    laid(
        files,
        {**_of_dbmate(4), "20231231000000_baseline.sql": f"-- lockgate:baseline\n--   1_a.sql {'0' * 64}\n{PLAIN}"},
    )
    assert {one.layout for one in Folder(files.folder).read()} == {Layout.LOCKGATE}


@pytest.mark.parametrize(
    ("texts", "offered"),
    [
        ({**_of_dbmate(2), "1_init.sql": DBMATE}, True),
        ({**_of_dbmate(3), "1_init.sql": DBMATE, "2_own.py": ""}, True),
        ({**_of_dbmate(1), "1_init.sql": DBMATE}, False),
    ],
)
def test_where_it_is_not_clear_lockgate_s_own_rules_hold_and_the_other_is_offered(
    files: Files, texts: dict[str, str], offered: bool
) -> None:
    laid(files, texts)
    assert {one.layout for one in Folder(files.folder).read()} == {Layout.LOCKGATE}
    files.write("schema.sql", PLAIN)
    with pytest.raises(MigrationFileError, match="has no number") as caught:
        Folder(files.folder).read()
    assert ("all but 1_init.sql look, say --layout dbmate" in caught.value.hint) is offered


def test_up_and_down_need_one_version_only(files: Files) -> None:
    laid(files, {"1_a.up.sql": PLAIN, "1_undo.down.sql": PLAIN, "2_b.up.sql": PLAIN, "3_gone.down.sql": PLAIN})
    folder = Folder(files.folder)
    assert [one.down_path for one in folder.read()] == [str(files.folder / "1_undo.down.sql"), None]
    assert folder.notes == ("3_gone.down.sql takes back what no file here applies, and is not read.",)


@pytest.mark.parametrize(
    ("layout", "texts", "names"),
    [
        (None, {"7_b.up.sql": PLAIN, "07_a.up.sql": PLAIN}, ["07_a.up.sql", "7_b.up.sql"]),
        (None, {"1_b.sql": GOOSE, "1_a.sql": GOOSE}, ["1_a.sql", "1_b.sql"]),
        (Layout.DBMATE, {"1_b.sql": DBMATE, "1_a.sql": DBMATE}, ["1_a.sql", "1_b.sql"]),
        (None, {"V1__b.sql": PLAIN, "V1.0__a.sql": PLAIN}, ["V1.0__a.sql", "V1__b.sql"]),
        (None, {"2_b/up.sql": PLAIN, "2_a/up.sql": PLAIN, "10_c/up.sql": PLAIN}, ["2_a", "2_b", "10_c"]),
    ],
)
def test_files_of_one_version_run_in_the_order_of_their_names_and_it_is_said(
    files: Files, layout: Layout | None, texts: dict[str, str], names: list[str]
) -> None:
    laid(files, texts)
    folder = Folder(files.folder, layout)
    assert [one.name for one in folder.read()] == names
    assert folder.notes == (f"{names[0]} and {names[1]} share a version; they run in the order of their names.",)


def test_each_of_several_ups_of_one_version_has_the_down_of_its_own_name(files: Files) -> None:
    laid(files, dict.fromkeys(("1_a.up.sql", "1_b.up.sql", "1_b.down.sql", "1_a.down.sql"), PLAIN))
    assert [one.down_path for one in Folder(files.folder).read()] == [
        str(files.folder / name) for name in ("1_a.down.sql", "1_b.down.sql")
    ]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"V1__a.sql": PLAIN, "2_b.up.sql": PLAIN}, "V1__a.sql .flyway., 2_b.up.sql .golang-migrate."),
        ({"V1__a.sql": PLAIN, "2_b/up.sql": PLAIN}, "V1__a.sql .flyway., 2_b/up.sql .diesel."),
        ({"1_a.sql": GOOSE, "2_b.up.sql": PLAIN}, "1_a.sql .goose., 2_b.up.sql .golang-migrate."),
        ({"V1__a.sql": PLAIN, "U1__a.sql": PLAIN, "U2__b.sql": PLAIN}, "U1__a.sql .flyway., U2__b.sql .refinery."),
    ],
)
def test_a_folder_of_two_layouts_asks_for_its_name(files: Files, texts: dict[str, str], words: str) -> None:
    laid(files, texts)
    with pytest.raises(SettingsError, match=words) as caught:
        Folder(files.folder).read()
    assert "--layout" in caught.value.hint


@pytest.mark.parametrize(
    ("texts", "own"),
    [
        ({"1_a.sql": GOOSE, "2_b.sql": DBMATE, "3_c.py": ""}, ["2_b.sql", "3_c.py"]),
        ({"1_a.up.sql": PLAIN, "2_b.sql": DBMATE, "3_c.py": ""}, ["2_b.sql", "3_c.py"]),
        ({"V1_5__a.sql": PLAIN, "2_b.sql": DBMATE, "3_c.py": ""}, ["2_b.sql", "3_c.py"]),
        ({"1_a/up.sql": PLAIN, "2_b.sql": DBMATE, "3_c.py": ""}, ["2_b.sql", "3_c.py"]),
    ],
)
def test_a_history_goes_on_in_lockgate_s_own_way(files: Files, texts: dict[str, str], own: list[str]) -> None:
    laid(files, texts)
    found = Folder(files.folder).read()
    assert [one.name for one in found if one.layout is Layout.LOCKGATE] == own
    assert [one.name for one in found][1:] == own
    assert next_number(files.folder) == "4"


def test_what_is_written_since_shares_no_number_with_what_was_there(files: Files) -> None:
    laid(files, {"1_a.sql": GOOSE, "1_b.py": ""})
    with pytest.raises(MigrationFileError, match=r"have the number 1: 1_a.sql and 1_b.py"):
        Folder(files.folder).read()


@pytest.mark.parametrize(
    ("flavour", "names"),
    [
        (Flavour.POSTGRESQL, ["1_a.postgres.up.sql", "2_b.up.sql", "3_c.postgres.autocommit.up.sql"]),
        (Flavour.SQLITE, ["1_a.up.sql", "2_b.up.sql"]),
        (Flavour.MYSQL, ["1_a.up.sql", "2_b.up.sql", "3_c.mysql.up.sql"]),
    ],
)
def test_of_files_for_each_database_those_of_its_own_are_taken(
    files: Files, flavour: Flavour, names: list[str]
) -> None:
    every = ("1_a.postgres.up.sql", "1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "3_c.postgres.autocommit.up.sql")
    laid(files, dict.fromkeys((*every, "3_c.mysql.up.sql"), PLAIN))
    assert [one.name for one in Folder(files.folder, flavour=lambda: flavour).read()] == names


def test_lockgate_s_own_layout_stays_strict_where_it_is_named(files: Files) -> None:
    laid(files, {"1_a.up.sql": PLAIN, "1_b.up.sql": PLAIN})
    with pytest.raises(MigrationFileError, match="have the number 1"):
        Folder(files.folder, Layout.LOCKGATE).read()


@pytest.mark.parametrize("wanted", ["V1_2__b.sql", "V1_2__b", "1.2", "V1.2", "1_2"])
def test_a_version_of_several_parts_is_a_name_too(wanted: str) -> None:
    assert find_name(wanted, ["V1__a.sql", "V1_2__b.sql", "V1.20__c.sql"]) == "V1_2__b.sql"


@pytest.mark.parametrize("wanted", ["2024-03-06-170000_b", "2024-03-06-170000", "20240306170000"])
def test_a_date_is_a_name_too(wanted: str) -> None:
    names = ["2024-03-06-160000_a", "2024-03-06-170000_b", "2024-03-06-170000-0001_c"]
    assert find_name(wanted, names) == "2024-03-06-170000_b"


def test_what_a_look_finds_is_found_again_without_reading(files: Files) -> None:
    laid(files, {"1_a.up.sql": PLAIN, "1_b.down.sql": PLAIN})
    folder = Folder(files.folder)
    first = folder.read()
    assert folder.read() == first
    files.remove("1_b.down.sql")
    assert folder.read()[0].down_path is None
