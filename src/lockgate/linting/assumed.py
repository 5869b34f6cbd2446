"""The locks that a statement's text lets expect, where no scratch has seen them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lockgate.linting.kinds import Act, Kind
from lockgate.nouns.rehearsals import LockMode, Touch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.linting.scene import Scene

_MODES: Final = {
    Kind.CREATE_INDEX: LockMode.SHARE,
    Kind.REINDEX: LockMode.SHARE,
    Kind.ADD_FOREIGN: LockMode.SHARE_ROW_EXCLUSIVE,
    Kind.VALIDATE: LockMode.SHARE_UPDATE_EXCLUSIVE,
    Kind.FILL: LockMode.ROW_EXCLUSIVE,
}
_LIGHT: Final = {
    "ALTER COLUMN SET STATISTICS": LockMode.SHARE_UPDATE_EXCLUSIVE,
    "SET (": LockMode.SHARE_UPDATE_EXCLUSIVE,
    "RESET (": LockMode.SHARE_UPDATE_EXCLUSIVE,
    "CLUSTER ON": LockMode.SHARE_UPDATE_EXCLUSIVE,
    "ATTACH PARTITION": LockMode.SHARE_UPDATE_EXCLUSIVE,
    "ENABLE TRIGGER": LockMode.SHARE_ROW_EXCLUSIVE,
    "DISABLE TRIGGER": LockMode.SHARE_ROW_EXCLUSIVE,
}
_UNLOCKING: Final = {Kind.CREATE_TABLE, Kind.CREATE_ENUM, Kind.LOCK_TIMEOUT}
_SCANNING: Final = {Kind.ADD_CHECK, Kind.ADD_FOREIGN, Kind.ADD_UNIQUE, Kind.ADD_PRIMARY, Kind.ADD_EXCLUDE} | {
    Kind.ADD_NOT_NULL,
    Kind.CREATE_INDEX,
    Kind.REINDEX,
    Kind.VALIDATE,
    Kind.SET_NOT_NULL,
}


def assumed(acts: Sequence[Act], scene: Scene) -> tuple[Touch, ...]:
    """A touch for each table that was there, the strongest of its acts."""
    found: dict[object, Touch] = {}
    for touch in (one for act in acts for one in _of(act, scene)):
        before = found.get(touch.relation)
        found[touch.relation] = touch if before is None else _both(before, touch)
    return tuple(found.values())


def _of(act: Act, scene: Scene) -> Iterator[Touch]:
    if act.kind in _UNLOCKING:
        return
    mode = _mode(act)
    for written in (act.table, act.target):
        name = scene.find(written)
        if name is not None:
            scanned = _scans(act) and written is act.table
            yield Touch(name, mode, mode, rewritten=act.rewrites and written is act.table, scanned=scanned)


def _mode(act: Act) -> LockMode:
    if act.kind is Kind.LOCK:
        return LockMode.__members__.get(act.detail.replace(" ", "_"), LockMode.ACCESS_EXCLUSIVE)
    if act.concurrently:
        return LockMode.SHARE_UPDATE_EXCLUSIVE
    if act.kind is Kind.ALTER_OTHER:
        return _LIGHT.get(act.detail, LockMode.ACCESS_EXCLUSIVE)
    return _MODES.get(act.kind, LockMode.ACCESS_EXCLUSIVE)


def _scans(act: Act) -> bool:
    if act.kind is Kind.FILL:
        return not act.bounded
    return act.kind in _SCANNING and not act.not_valid and not act.using_index


def _both(first: Touch, second: Touch) -> Touch:
    mode = max(first.held, second.held)
    return Touch(first.relation, mode, mode, first.rewritten or second.rewritten, first.scanned or second.scanned)
