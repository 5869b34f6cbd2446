"""The engines, by whose SQL they speak."""

from __future__ import annotations

from enum import StrEnum


class Flavour(StrEnum):
    """A database whose SQL is read; MariaDB's is read as MySQL's."""

    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"
    MYSQL = "mysql"
