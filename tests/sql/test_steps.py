"""The steps of a file that keeps transactions of its own."""

from __future__ import annotations

import pytest

from lockgate.errors import MigrationFileError
from lockgate.sql import Flavour, split, steps

PG, LITE, MY = Flavour.POSTGRESQL, Flavour.SQLITE, Flavour.MYSQL


@pytest.mark.parametrize(
    ("flavour", "text", "expected"),
    [
        (PG, "", []),
        (PG, "a; b", [("a", False, "", True), ("b", False, "", True)]),
        (PG, "a; begin; b; c; commit; d", [("a", False, "", True), ("b c", True, "", True), ("d", False, "", True)]),
        (PG, "begin read only; a; end; begin; b; abort", [("a", True, "READ ONLY", True), ("b", True, "", False)]),
        (PG, "begin; commit; begin; rollback", []),
        (PG, "begin read write; a; commit and chain; b; rollback and chain; c; commit", [
            ("a", True, "READ WRITE", True), ("b", True, "READ WRITE", False), ("c", True, "READ WRITE", True)]),
        (PG, "begin; savepoint a; rollback to a; commit", [("savepoint a rollback to a", True, "", True)]),
        (PG, "commit prepared 'a'", [("commit prepared 'a'", False, "", True)]),
        (LITE, "begin immediate; a; end transaction; vacuum", [("a", True, "", True), ("vacuum", False, "", True)]),
        (MY, "start transaction; delete from a; commit; end", [
            ("delete from a", True, "", True), ("end", False, "", True)]),
        (MY, "begin; delete from a; drop table a; commit", [
            ("delete from a", False, "", True), ("drop table a", False, "", True)]),
    ],
)  # fmt: skip
def test_steps(flavour: Flavour, text: str, expected: list[tuple[str, bool, str, bool]]) -> None:
    found = steps(split(text, flavour), flavour)
    assert [
        (" ".join(one.text for one in step.statements), step.block, step.modes, step.commit) for step in found
    ] == expected


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a;\ncommit", 2, "COMMIT stands without a BEGIN"),
        ("begin; commit;\nend", 2, "END stands without a BEGIN"),
        ("rollback", 1, "ROLLBACK stands without a BEGIN"),
        ("commit and chain", 1, "COMMIT stands without a BEGIN"),
        ("a;\nbegin;\nb", 2, "never committed"),
        ("begin; commit and chain", 1, "never committed"),
        ("begin;\nbegin; commit; commit", 2, "within the block that line 1 begins"),
        ("begin; a;\nprepare transaction 'x'", 2, "two-phase"),
        ("prepare transaction 'x'", 1, "two-phase"),
        ("begin;\ncommit prepared 'x'; commit", 2, "two-phase"),
    ],
)
def test_refused(text: str, line: int, what: str) -> None:
    with pytest.raises(MigrationFileError) as caught:
        steps(split(text, PG), PG, path="a.sql")
    assert (caught.value.path, caught.value.line) == ("a.sql", line)
    assert what in caught.value.message
    assert caught.value.hint
