"""The engines, by whose SQL they speak."""

from __future__ import annotations

from enum import StrEnum


class Flavour(StrEnum):
    """A database whose SQL is read; MariaDB's is read as MySQL's."""

    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"
    MYSQL = "mysql"

    @property
    def commits_ddl(self) -> bool:
        """Whether DDL commits the transaction around it, and cannot be undone itself."""
        return self is Flavour.MYSQL
