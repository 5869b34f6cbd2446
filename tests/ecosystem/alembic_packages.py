"""Which packages ship a history of Alembic's, and where."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from ecosystem.packages import PACKAGES, Package

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class History(NamedTuple):
    """A package's history.

    Attributes:
        place: the module, and the folder of revisions in it; `{engine}` where each engine has one of its own.
        limits: why an engine is left out.
        is_async: whether the revisions are written for asyncpg; else Alembic runs them on psycopg2.
        has_target: whether its env.py names the models, whose naming convention then holds for the revisions.
    """

    package: Package
    place: str
    limits: Mapping[str, str] = _NOTHING
    is_async: bool = False
    has_target: bool = True

    def folder(self, url: str) -> str:
        """The place on the engine of a URL."""
        return self.place.format(engine="sqlite" if url == "sqlite" else "postgresql")

    def driver(self, url: str) -> str:
        """What Alembic itself runs it with."""
        if url == "sqlite":
            return "sqlite"
        return "postgresql+asyncpg" if self.is_async else "postgresql+psycopg2"


_BY_NAME: Final = {package.name: package for package in PACKAGES}

_KEYSTONE: Final = _BY_NAME["keystone"]._replace(imports=("keystone.conf:configure",))
_ALTERS: Final = MappingProxyType({"sqlite": "alters columns as SQLite cannot"})

HISTORIES: Final = (
    History(_BY_NAME["prefect"], "prefect.server.database:_migrations/versions/{engine}", is_async=True),
    History(_BY_NAME["apache-airflow-core"], "airflow:migrations/versions"),
    History(_BY_NAME["arize-phoenix"], "phoenix.db:migrations/versions"),
    History(_BY_NAME["optuna"], "optuna.storages._rdb:alembic/versions"),
    History(_KEYSTONE, "keystone.common.sql:migrations/versions"),
    History(_BY_NAME["cinder"], "cinder.db:migrations/versions"),
    History(_BY_NAME["openstack-heat"], "heat.db:migrations/versions"),
    History(_BY_NAME["manila"], "manila.db:migrations/alembic/versions", limits=_ALTERS),
)
"""Those that begin with an empty database; others take for granted what their application makes, or are MySQL's."""
