"""Async-first schema migrations: versioned and automatic, behind one gate.

`import lockgate` imports none of its rooms; each name below is fetched when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lockgate.asgi.middleware import LockgateMiddleware
    from lockgate.asgi.starting import lifespan
    from lockgate.asgi.status.app import status_app
    from lockgate.authoring.migration import Migration, Migrator
    from lockgate.errors import (
        BackupFailed,
        DatabaseUnreachable,
        GateClosed,
        HistoryError,
        Irreversible,
        LockgateError,
        LockLost,
        LockTimeout,
        MigrationFailed,
        MigrationFileError,
        NotCurrent,
        SettingsError,
    )
    from lockgate.fleets.fleet import Fleet
    from lockgate.fleets.outcomes import FleetReport, FleetStatus
    from lockgate.gate import Permit, permit
    from lockgate.judging.runner import Runner
    from lockgate.nouns.plans import Plan
    from lockgate.nouns.reports import AdoptReport, RecordReport, RunReport, StatusReport
    from lockgate.nouns.schema_reports import AutoReport, CheckReport
    from lockgate.nouns.starts import Gate
    from lockgate.settings.config import MigrationConfig

__version__ = "0.1.0"

__all__ = [
    "AdoptReport",
    "AutoReport",
    "BackupFailed",
    "CheckReport",
    "DatabaseUnreachable",
    "Fleet",
    "FleetReport",
    "FleetStatus",
    "Gate",
    "GateClosed",
    "HistoryError",
    "Irreversible",
    "LockLost",
    "LockTimeout",
    "LockgateError",
    "LockgateMiddleware",
    "Migration",
    "MigrationConfig",
    "MigrationFailed",
    "MigrationFileError",
    "Migrator",
    "NotCurrent",
    "Permit",
    "Plan",
    "RecordReport",
    "RunReport",
    "Runner",
    "SettingsError",
    "StatusReport",
    "lifespan",
    "permit",
    "status_app",
]

_ROOMS = {
    "MigrationConfig": "settings.config",
    "Migration": "authoring.migration",
    "Migrator": "authoring.migration",
    "Fleet": "fleets.fleet",
    "FleetReport": "fleets.outcomes",
    "FleetStatus": "fleets.outcomes",
    "Permit": "gate",
    "permit": "gate",
    "Plan": "nouns.plans",
    "AdoptReport": "nouns.reports",
    "RecordReport": "nouns.reports",
    "RunReport": "nouns.reports",
    "StatusReport": "nouns.reports",
    "AutoReport": "nouns.schema_reports",
    "CheckReport": "nouns.schema_reports",
    "Gate": "nouns.starts",
    "LockgateMiddleware": "asgi.middleware",
    "lifespan": "asgi.starting",
    "status_app": "asgi.status.app",
    "Runner": "judging.runner",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
