"""What the rows of other tools' tables mean: one function each, pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lockgate.nouns.adoption import ForeignHistory, Kept, Tool
from lockgate.nouns.layouts import Layout
from lockgate.planning.versions import dotted, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = tuple[Any, ...]


def golang_migrate(rows: Iterable[Row]) -> ForeignHistory:
    """One row at most: the last version, -1 for none: https://github.com/golang-migrate/migrate/blob/master/migrate.go."""
    applied, failed = list[Kept](), list[str]()
    for version, dirty in rows:
        applied.extend([_numbered(version)] if int(version) >= 0 else [])
        failed.extend([str(version)] if _is_true(dirty) else [])
    through = max((one.version for one in applied if one.version), default=None)
    return ForeignHistory(Tool.GOLANG_MIGRATE, "", tuple(applied), through, tuple(failed))


def numbers(tool: Tool) -> Callable[[Iterable[Row]], ForeignHistory]:
    """A row for each version, and nothing else."""
    return lambda rows: ForeignHistory(tool, "", tuple(_numbered(version) for (version,) in rows))


def goose(rows: Iterable[Row]) -> ForeignHistory:
    """The last row of a version counts; 0 is the row that goose begins with."""
    last = {str(version): (_is_true(applied), at) for _, version, applied, at in rows}
    applied = (_numbered(one, at=at) for one, (is_applied, at) in last.items() if is_applied and one != "0")
    return ForeignHistory(Tool.GOOSE, "", tuple(applied))


def flyway(rows: Iterable[Row]) -> ForeignHistory:
    """A later row of a version counts more; the types are those of `CoreMigrationType` of flyway-core."""
    last, failed, through = dict[str, Kept](), dict[str, None](), list[tuple[int, ...]]()
    for _, version, description, kind, checksum, success, at in rows:
        said = str(version or description)
        failed.pop(said, None)
        kept = Kept(said, _dotted(version), str(description), _text(checksum), moment(at))
        if kind == "SCHEMA":
            continue
        if not _is_true(success):
            failed[said] = None
        elif kind == "DELETE" or kind.startswith("UNDO"):
            last.pop(said, None)
        elif kind.endswith("BASELINE"):
            through.extend([kept.version] if kept.version else [])
        else:
            last[said] = kept
    return ForeignHistory(Tool.FLYWAY, "", tuple(last.values()), max(through, default=None), tuple(failed))


def sqlx(rows: Iterable[Row]) -> ForeignHistory:
    """A row for each version, which is without success where it failed in the middle."""
    found = [(_numbered(version, at=at, checksum=checksum), success) for version, checksum, success, at in rows]
    failed = tuple(kept.said for kept, success in found if not _is_true(success))
    return ForeignHistory(Tool.SQLX, "", tuple(kept for kept, success in found if _is_true(success)), failed=failed)


def refinery(rows: Iterable[Row]) -> ForeignHistory:
    """A row for each version."""
    applied = (
        _numbered(version, at=at, checksum=checksum)._replace(description=str(name))
        for version, name, checksum, at in rows
    )
    return ForeignHistory(Tool.REFINERY, "", tuple(applied))


def diesel(rows: Iterable[Row]) -> ForeignHistory:
    """What stands before a folder's first `_`, without hyphens."""
    applied = (Kept(str(one), version_of(str(one), Layout.DIESEL), applied_at=moment(at)) for one, at in rows)
    return ForeignHistory(Tool.DIESEL, "", tuple(applied))


def alembic(rows: Iterable[Row]) -> ForeignHistory:
    """The newest revision of each branch; everything before them is applied."""
    return ForeignHistory(Tool.ALEMBIC, "", tuple(Kept(str(one)) for (one,) in rows))


def _numbered(version: object, *, at: object = None, checksum: object = None) -> Kept:
    said = str(version)
    number = (int(said),) if said.isascii() and said.isdigit() else None
    return Kept(said, number, checksum=_text(checksum), applied_at=moment(at))


def _dotted(version: object) -> tuple[int, ...] | None:
    return dotted(str(version)) if re.fullmatch(r"[0-9]+([._][0-9]+)*", str(version or "")) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value).lower()


def _is_true(value: object) -> bool:
    return str(value).lower() in {"1", "t", "true"}


def moment(value: object) -> datetime | None:
    """A time as an engine gives it: seconds since 1970, or a text in ISO 8601, which is in UTC where it has no zone."""
    said = str(value)
    try:
        if re.fullmatch(r"[0-9.]+", said):
            return datetime.fromtimestamp(float(said), UTC)
        found = datetime.fromisoformat(said)
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
