"""Which statements leave a session of PostgreSQL as it was."""

from __future__ import annotations

import pytest

from lockgate.sql.stillness import is_still


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY)",
        "create unique index i on a (b)",
        "DROP TABLE a",
        "COMMENT ON TABLE a IS 'as it is'",
    ],
)
def test_tables_and_indexes_leave_it(statement: str) -> None:
    assert is_still(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE a AS SELECT set_config('role', 'b', false)",
        "CREATE TABLE a (b) AS\n(WITH c AS (SELECT f()) SELECT * FROM c)",
        "SET search_path = b",
        "INSERT INTO a VALUES (1)",
        "DO $$ BEGIN END $$",
        "ALTER TABLE a ADD b integer DEFAULT f()",
        "CREATE SCHEMA b",
    ],
)
def test_all_else_may_change_it(statement: str) -> None:
    assert not is_still(statement)
