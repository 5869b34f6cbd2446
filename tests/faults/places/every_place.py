"""The places that the fault matrix goes to. A new one is a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from faults.cells import How
from faults.places.on_galera import GaleraPlace
from faults.places.on_mariadb import MariadbPlace
from faults.places.on_pgbouncer import PooledPlace
from faults.places.on_postgresql import PostgresPlace
from faults.places.on_sqlite import SqlitePlace
from servers import embedded_bin, installed_bin, version_of

if TYPE_CHECKING:
    from faults.scene import Place


def older_postgresql() -> list[Place]:
    """Another server that the machine has, beside that of the wheel."""
    newest, other = embedded_bin(), installed_bin()
    return [PostgresPlace(f"PostgreSQL {version_of(other)}", other, times=1)] if newest and other else []


PLACES: Final[tuple[Place, ...]] = (
    SqlitePlace(),
    PostgresPlace(),
    PostgresPlace("PostgreSQL by lease", hows=[How.SIGSTOP], times=1, settings={"lock": "lease", "lease_seconds": 1.0}),
    PooledPlace(lease_seconds=1.0, times=2),
    *older_postgresql(),
    MariadbPlace(),
    GaleraPlace(),
)
