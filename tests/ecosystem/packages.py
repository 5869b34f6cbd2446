"""Which packages, and where in each its models are."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYSTONE: Final = (
    "application_credential.backends",
    "assignment.backends",
    "assignment.role_backends",
    "catalog.backends",
    "credential.backends",
    "endpoint_policy.backends",
    "federation.backends",
    "identity.backends",
    "identity.mapping_backends",
    "identity.shadow_backends",
    "limit.backends",
    "oauth1.backends",
    "policy.backends",
    "resource.backends",
    "resource.config_backends",
    "revoke.backends",
    "trust.backends",
)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Package(NamedTuple):
    """One package of PyPI whose models are followed.

    Attributes:
        version: of the package; those that it needs are what pip finds on the day.
        models: where its metadata is, `module:attribute`.
        imports: the modules that have to be imported to fill it, `package.*` for all of its modules, and `module:function`
            to be called; in this order.
        environment: variables without which its modules cannot be imported.
        extensions: of PostgreSQL, that its models take for granted.
        limits: what does not hold, and why: `law engine`, where the engine may be all that begin so.
    """

    name: str
    version: str
    models: str
    imports: tuple[str, ...] = ()
    environment: Mapping[str, str] = _NOTHING
    extensions: tuple[str, ...] = ()
    limits: Mapping[str, str] = _NOTHING

    @property
    def requirement(self) -> str:
        """What pip installs."""
        return f"{self.name}=={self.version}"


# Its listener creates an extension and a function, and takes it for granted that a failure of either breaks nothing.
_STALKER: Final = {"drafts postgresql": "a constraint calls a function, which Lockgate does not make"}

PACKAGES: Final = (
    Package("optuna", "5.0.0", "optuna.storages._rdb.models:BaseModel"),
    Package("jupyterhub", "6.1.1", "jupyterhub.orm:Base"),
    Package("prefect", "3.8.8", "prefect.server.database.orm_models:Base"),
    Package("nova", "34.0.0", "nova.db.main.models:BASE"),
    Package("manila", "23.0.1", "manila.db.sqlalchemy.models:BASE"),
    Package("galaxy-data", "26.1.2", "galaxy.model:mapper_registry"),
    Package(
        "apache-airflow-core",
        "3.3.2",
        "airflow.models.base:Base",
        ("airflow.models:import_all_models", "airflow.jobs.job"),
    ),
    Package("neutron", "29.0.0", "neutron.db.migration.models.head:get_metadata"),
    Package(
        "keystone", "30.0.0", "keystone.common.sql.core:ModelBase", tuple(f"keystone.{one}.sql" for one in _KEYSTONE)
    ),
    Package("cinder", "29.0.0", "cinder.db.models:BASE"),
    Package("octavia", "19.0.0", "octavia.db.base_models:BASE", ("octavia.db.models",)),
    Package("ironic", "39.0.0", "ironic.db.sqlalchemy.models:Base"),
    Package("buildbot", "4.3.0", "buildbot.db.model:Model"),
    Package("stalker", "1.1.2.1", "stalker.db.declarative:Base", ("stalker",), limits=_STALKER),
    Package("privacyidea", "3.14", "privacyidea.models:db"),
    Package("rucio", "41.5.1", "rucio.db.sqla.models:BASE", environment={"RUCIO_CONFIG": "/dev/null"}),
    Package("faradaysec", "5.25.2", "faraday.server.models:db"),
    Package("openstack-heat", "27.0.1", "heat.db.models:BASE"),
    Package("designate", "23.0.0", "designate.storage.sqlalchemy.tables:metadata"),
    Package("datajunction-server", "0.0.272", "datajunction_server.database.base:Base", extensions=("pg_trgm",)),
    Package("arize-phoenix", "20.26.1", "phoenix.db.models:Base"),
)
