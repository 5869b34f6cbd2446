"""Whose way a folder of migrations is written in."""

from __future__ import annotations

from enum import StrEnum


class Layout(StrEnum):
    """The tool whose names, markers and rules a folder follows."""

    LOCKGATE = "lockgate"
    GOLANG_MIGRATE = "golang-migrate"
    DBMATE = "dbmate"
    GOOSE = "goose"
    FLYWAY = "flyway"
    REFINERY = "refinery"
    SQLX = "sqlx"
    DIESEL = "diesel"
    ALEMBIC = "alembic"
