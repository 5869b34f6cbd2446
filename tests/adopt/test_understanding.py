"""What the rows of other tools' tables mean, and what their checksums say: pure."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from adopt.tools import crc32, of_refinery, siphash13
from lockgate.nouns.adoption import Kept, Tool
from lockgate.planning import foreign_checksums
from lockgate.planning.foreign_checksums import is_another_text
from lockgate.planning.foreign_rows import moment
from lockgate.planning.foreign_tables import known_tables


def understood(tool: Tool, *rows: tuple[Any, ...]) -> Any:
    return next(one for one in known_tables() if one.tool is tool).history(rows)


def flyway(rank: int, version: str | None, kind: str = "SQL", *, success: bool = True, checksum: int | None = 5) -> Any:
    return rank, version, f"text of {version}", kind, checksum, success, None


@pytest.mark.parametrize(
    ("tool", "rows", "applied", "through", "failed"),
    [
        pytest.param(Tool.GOLANG_MIGRATE, [], [], None, (), id="golang-migrate: nothing yet"),
        pytest.param(Tool.GOLANG_MIGRATE, [("7", "f")], ["7"], (7,), (), id="golang-migrate: the last version"),
        pytest.param(Tool.GOLANG_MIGRATE, [(7, 1)], ["7"], (7,), ("7",), id="golang-migrate: dirty"),
        pytest.param(Tool.GOLANG_MIGRATE, [(-1, 1)], [], None, ("-1",), id="golang-migrate: dirty before the first"),
        pytest.param(
            Tool.GOOSE, [(1, 0, 1, None), (2, 1, 1, None), (3, 2, 1, None)], ["1", "2"], None, (), id="goose: not its 0"
        ),
        pytest.param(
            Tool.GOOSE,
            [
                ("1", "1", "t", None),
                ("2", "2", "t", None),
                ("3", "2", "f", None),
                ("4", "1", "f", None),
                ("5", "1", "t", None),
            ],
            ["1"],
            None,
            (),
            id="goose: the last row of a version counts",
        ),
        pytest.param(
            Tool.FLYWAY,
            [flyway(0, None, "SCHEMA"), flyway(1, "1"), flyway(2, "1.1"), flyway(3, "1.1", "UNDO_SQL"), flyway(4, "2")],
            ["1", "2"],
            None,
            (),
            id="flyway: undone",
        ),
        pytest.param(
            Tool.FLYWAY,
            [flyway(1, "1"), flyway(2, "1", "DELETE"), flyway(3, "2")],
            ["2"],
            None,
            (),
            id="flyway: deleted",
        ),
        pytest.param(
            Tool.FLYWAY,
            [flyway(1, "3.0", "BASELINE"), flyway(2, "4")],
            ["4"],
            (3,),
            (),
            id="flyway: from a baseline on",
        ),
        pytest.param(
            Tool.FLYWAY, [flyway(1, "1"), flyway(2, "2", success=False)], ["1"], None, ("2",), id="flyway: failed"
        ),
        pytest.param(
            Tool.FLYWAY, [flyway(1, "2", success=False), flyway(2, "2")], ["2"], None, (), id="flyway: mended since"
        ),
        pytest.param(
            Tool.SQLX, [("1", "ab", "t", None), ("2", "cd", "f", None)], ["1"], None, ("2",), id="sqlx: half-way"
        ),
        pytest.param(Tool.DBMATE, [("001",), ("20240101000000",)], ["001", "20240101000000"], None, (), id="dbmate"),
    ],
)
def test_rows(tool: Tool, rows: list[Any], applied: list[str], through: Any, failed: tuple[str, ...]) -> None:
    found = understood(tool, *rows)
    assert ([one.said for one in found.applied], found.through, found.failed) == (applied, through, failed)


@pytest.mark.parametrize(
    ("tool", "row", "version"),
    [
        (Tool.DBMATE, ("0042",), (42,)),
        (Tool.DBMATE, ("not a number",), None),
        (Tool.DIESEL, ("20240101000000", None), (20240101000000,)),
        (Tool.DIESEL, ("202401010000001234", None), (20240101000000, 123400)),
        (Tool.FLYWAY, flyway(1, "1.02.0"), (1, 2)),
    ],
)
def test_versions_compare_as_those_of_files(tool: Tool, row: Any, version: Any) -> None:
    assert understood(tool, row).applied[0].version == version


@pytest.mark.parametrize(
    ("said", "in_utc"),
    [
        ("1714979289.250000", "2024-05-06T07:08:09.250000+00:00"),
        ("2024-05-06 07:08:09", "2024-05-06T07:08:09+00:00"),
        ("2024-05-06T07:08:09.123456789+02:00", "2024-05-06T05:08:09.123456+00:00"),
        ("manual", None),
        (None, None),
        ("99999999999999999", None),
    ],
)
def test_moments(said: str | None, in_utc: str | None) -> None:
    found = moment(said)
    assert (found and found.isoformat()) == in_utc


@pytest.mark.parametrize("length", [*range(1, 18), 255, 256, 4097])
def test_siphash_is_that_of_cpython_without_a_seed(length: int) -> None:
    data = bytes(place * 7 % 256 for place in range(length))
    assert foreign_checksums.siphash13(data) == siphash13(data)


@pytest.mark.parametrize(("data", "known"), [(b"", 0xD1FBA762150C532C), (b"leviath\xff", 0x1031D28D04D7CD6C)])
def test_siphash_is_that_of_rust(data: bytes, known: int) -> None:
    """Known answers of Rust's DefaultHasher, which refinery's hasher gives as well."""
    assert foreign_checksums.siphash13(data) == known


_TEXT = "CREATE TABLE ä (id INTEGER);\n\nSELECT 'a\rb';\n"


@pytest.mark.parametrize(
    ("tool", "checksum"),
    [
        (Tool.FLYWAY, str(crc32(_TEXT))),
        (Tool.SQLX, hashlib.sha384(_TEXT.encode()).hexdigest()),
        (Tool.SQLX, hashlib.sha384(b"\xef\xbb\xbf" + _TEXT.replace("\n", "\r\n").encode()).hexdigest()),
        (Tool.REFINERY, str(of_refinery("name", 3, _TEXT))),
        (Tool.REFINERY, str(of_refinery("name", 3, _TEXT.replace("\n", "\r\n")))),
    ],
)
def test_a_checksum_tells_whether_the_text_is_another(tool: Tool, checksum: str) -> None:
    kept = Kept("3", (3,), "name", checksum)
    assert not is_another_text(tool, kept, _TEXT)
    assert is_another_text(tool, kept, _TEXT + " ")
    assert not is_another_text(tool, kept._replace(checksum=None), _TEXT + " ")
