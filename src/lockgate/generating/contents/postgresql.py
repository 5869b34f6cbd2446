"""What a PostgreSQL database holds, as pg_dump says it: nothing else knows of every kind of object.

https://www.postgresql.org/docs/current/app-pgdump.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.backup.postgresql import dump
from lockgate.diffing.postgresql_names import string
from lockgate.sql import Flavour, Statement, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.nouns.schema import Name
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl

# A subscription's text has a password in it, and none can be made within a transaction.
_OPTIONS: Final = ("--format=plain", "--encoding=UTF8", "--no-subscriptions")
_WITH_ROWS: Final = ("--column-inserts", "--rows-per-insert=100")
# A role is no part of a database: what names one fails wherever that is not there.
_SCHEMA_ONLY: Final = ("--schema-only", "--no-owner", "--no-privileges")
# What a dump sets for itself and no object's text depends on; some of it older servers do not know.
_OF_THE_DUMP: Final = frozenset(
    {
        "STATEMENT_TIMEOUT",
        "LOCK_TIMEOUT",
        "IDLE_IN_TRANSACTION_SESSION_TIMEOUT",
        "TRANSACTION_TIMEOUT",
        "CLIENT_ENCODING",
        "STANDARD_CONFORMING_STRINGS",
        "CLIENT_MIN_MESSAGES",
        "ROW_SECURITY",
    }
)
_OWNING: Final = re.compile(r"ALTER [^;']* OWNER TO [^;']*\Z")
_PATH: Final = "SELECT pg_catalog.set_config('search_path', '', {})"
_SEQUENCES: Final = (
    "SELECT n.nspname, s.relname FROM pg_catalog.pg_class s JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace"
    " JOIN pg_catalog.pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')"
    " AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass"
    " JOIN pg_catalog.pg_class t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace"
    " WHERE s.relkind = 'S' AND (tn.nspname, t.relname) IN ({})"
)


async def contents_of_postgresql(
    session: Session, url: DatabaseUrl, config: Conclusions, own: Sequence[Name], *, rows: bool
) -> list[str]:
    """The statements, in pg_dump's order, without Lockgate's `own` tables.

    With `rows`, those as well, the values of sequences, and whom it belongs to and who may use it, as far as that is not as
    the session's user makes it; else no row, no role, and nothing that holds a password.

    Raises:
        SettingsError, DatabaseUnreachable, CopyFailed: as `dump` does.
    """
    hidden = [*own, *await _sequences(session, own)]
    excluded = [f'--exclude-table="{_doubled(schema)}"."{_doubled(name)}"' for schema, name in hidden]
    options = [*_OPTIONS, *(_WITH_ROWS if rows else _SCHEMA_ONLY), *excluded]
    text = (await dump(url, config, options)).decode()
    ((user,),) = await session.fetch("SELECT pg_catalog.quote_ident(current_user)")
    said = list(_cleaned(split(text, Flavour.POSTGRESQL, path="pg_dump"), str(user)))
    # An owner has to have rights in the schema, and those are granted at the end.
    return sorted(said, key=lambda one: _OWNING.match(one) is not None)


async def _sequences(session: Session, own: Sequence[Name]) -> list[tuple[str, str]]:
    names = ", ".join(f"({string(one.schema)}, {string(one.name)})" for one in own)
    return [(str(schema), str(name)) for schema, name in await session.fetch(_SEQUENCES.format(names))]


def _doubled(name: str) -> str:
    return name.replace('"', '""')


def _cleaned(statements: Sequence[Statement], user: str) -> Iterator[str]:
    """The dump as a migration that runs in a transaction: what it sets ends with that."""
    of_user = re.compile(rf"ALTER .* OWNER TO {re.escape(user)}", re.DOTALL)
    for one in statements:
        text = one.text
        if one.words[:1] == ("SET",):
            if one.words[1] not in _OF_THE_DUMP:
                yield f"SET LOCAL{text[3:]}"
        elif text == _PATH.format("false"):
            yield _PATH.format("true")
        elif one.words[:2] == ("CREATE", "SCHEMA"):
            yield re.sub(r"^CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ", text)
        elif not _is_others(one, of_user):
            yield text


def _is_others(statement: Statement, of_user: re.Pattern[str]) -> bool:
    """Whether it says what goes without saying, or what a user without all rights may not say, or a password."""
    words = statement.words
    if words[:3] in {("COMMENT", "ON", "EXTENSION"), ("CREATE", "USER", "MAPPING")}:
        return True
    return words[:1] == ("ALTER",) and of_user.fullmatch(statement.text) is not None


async def namespaces_of(session: Session) -> tuple[str, ...]:
    """All schemas that are not the server's own."""
    query = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"
    return tuple(str(name) for (name,) in await session.fetch(query))
