"""Refuses the settings that do not go with targets that are schemas: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.fleets.targets import Target
    from lockgate.settings.conclusions import Conclusions


def refuse_shared_table(config: Conclusions, targets: Sequence[Target]) -> None:
    """Refuse one tracking table for all schemas.

    Raises:
        SettingsError: that is set.
    """
    if "." in config.table and any(target.schema is not None for target in targets):
        raise SettingsError(
            f"LOCKGATE_TABLE={config.table} names a schema, and the targets are schemas with a table each.",
            hint="Leave the schema out of it.",
        )


def refuse_copies(config: Conclusions, targets: Sequence[Target]) -> None:
    """Refuse a copy of the whole database for each of its schemas.

    Raises:
        SettingsError: that is set.
    """
    if config.backup is not None and any(target.schema is not None for target in targets):
        raise SettingsError(
            "LOCKGATE_BACKUP copies whole databases, and the targets are schemas: it would do so for each of them.",
            hint="Copy the database once, and run the fleet with LOCKGATE_BACKUP= (empty).",
        )
