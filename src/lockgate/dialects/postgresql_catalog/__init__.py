"""Reads a PostgreSQL database's catalog into a schema value, in one query whatever the number of tables.

What is read, and what has to be watched to know that nothing of it has changed, are two queries over one scope; whoever
adds to the one adds to the other. https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

from lockgate.dialects.postgresql_catalog.fingerprint import fingerprint_postgresql
from lockgate.dialects.postgresql_catalog.reading import read_postgresql

__all__ = ["fingerprint_postgresql", "read_postgresql"]
