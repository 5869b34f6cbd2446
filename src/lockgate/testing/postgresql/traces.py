"""What a test has left in its database, told exactly by the versions of rows. Pure: it says queries, and judges the answers.

Every row carries the number of the transaction that wrote it (`xmin`). What was copied from the template has smaller numbers
than whatever is written afterwards, and a row that is changed gets a new one. So a table, a table of the catalog as well, is as
it was exactly if it has as many rows as it had, and none is new. Sequences, which count in place, are compared by
their values. https://www.postgresql.org/docs/current/ddl-system-columns.html
"""

from __future__ import annotations

from typing import Final, NamedTuple

Answer = dict[int, tuple[int, int]]
"""By the place of a question: a count of rows and how many of them are new, or two other numbers."""

_TOO_MUCH: Final = 16 * 1024 * 1024  # bytes that a test has written; a new copy is cheaper than to delete more

# Statistics are written behind the back of everybody, and hold nothing that a test could see but in a plan.
RELATIONS: Final = """
SELECT c.oid::pg_catalog.int8, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind::pg_catalog.text,
    n.nspname = 'pg_catalog', CASE WHEN c.relkind = 'S' THEN 0 ELSE pg_catalog.pg_relation_size(c.oid) END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'S') AND NOT c.relisshared AND c.relpersistence <> 't'
    AND c.oid NOT IN ('pg_catalog.pg_statistic'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext_data'::pg_catalog.regclass)
ORDER BY 1"""
NEXT_TRANSACTION: Final = "SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text::int8"
# With session_replication_role = replica, only these still fire when rows are deleted.
OBSTACLES: Final = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgenabled IN ('A', 'R'))
    OR EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE ev_enabled IN ('A', 'R') AND ev_type = '4')"""
OTHERS: Final = """
SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND pid <> pg_catalog.pg_backend_pid()
    AND backend_type IS DISTINCT FROM 'autovacuum worker'"""
# The rows of shared catalogs that are about this database, and what stays of a session that is gone.
_DATABASE = """
SELECT {place}, hashtextextended(concat_ws('|', d.datdba, d.datallowconn, d.datconnlimit, d.datistemplate, d.datacl::text,
        (SELECT string_agg(s.setrole || s.setconfig::text, '|' ORDER BY s.setrole)
            FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = d.oid),
        (SELECT string_agg(s.description, '|') FROM pg_catalog.pg_shdescription s
            WHERE s.objoid = d.oid AND s.classoid = 'pg_catalog.pg_database'::regclass)), 0),
    (SELECT count(*) FROM pg_catalog.pg_prepared_xacts p WHERE p.database = d.datname)
    + (SELECT count(*) FROM pg_catalog.pg_replication_slots r WHERE r.database = d.datname)
FROM pg_catalog.pg_database d WHERE d.datname = current_database()"""
_EPOCH = "SELECT {place}, pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text::int8 >> 32, 0::int8"
# A session that makes a temporary table leaves the namespace that it did so in.
_WITHOUT_TEMPORARY = r" WHERE nspname !~ '^pg_(toast_)?temp_'"


class Relation(NamedTuple):
    """A relation with storage: its number, its quoted name, its kind in pg_class, and its size in bytes."""

    oid: int
    name: str
    kind: str
    of_catalog: bool
    size: int


class Traces(NamedTuple):
    """What is to be taken back.

    Attributes:
        tables: those with rows that a test has written.
        sequences: those that a test has moved, each with the value to set and whether it has been given out.
    """

    tables: tuple[str, ...] = ()
    sequences: tuple[tuple[str, int, bool], ...] = ()


class Questions:
    """What to ask a copy, of a template with these relations; `next_transaction` was the next one's number after it was made.

    There are two queries, because VACUUM makes the server forget the plan of every query that names the table: what names the
    tables that are empty in the template, most of them, asks for their sizes by number.
    """

    def __init__(self, relations: list[Relation], next_transaction: int) -> None:
        self._relations = dict(enumerate(relations))
        self._is_new = f"xmin::pg_catalog.text::int8 >= {next_transaction & 0xFFFFFFFF}"
        self._database, self._epoch = len(relations), len(relations) + 1
        self._empty = {place: one for place, one in self._own() if one.size == 0}
        self._filled = {place: one for place, one in self._own() if one.size}

    def _own(self) -> list[tuple[int, Relation]]:
        return [(place, one) for place, one in self._relations.items() if not one.of_catalog and one.kind != "S"]

    def queries(self) -> tuple[str, ...]:
        """The queries, each with three numbers a row: the place, and the answer's two."""
        steady = [_DATABASE.format(place=self._database), _EPOCH.format(place=self._epoch)]
        for place, one in self._relations.items():
            if one.kind == "S":
                steady.append(f"SELECT {place}, last_value, is_called::int::int8 FROM {one.name}")
            elif one.of_catalog:
                steady.append(self._count(place, one))
        if self._empty:
            numbers = ", ".join(f"({place}, {one.oid}::oid)" for place, one in self._empty.items())
            size = "coalesce(pg_catalog.pg_relation_size(v.number::regclass), -1)"
            steady.append(f"SELECT v.place, {size}, 0::int8 FROM (VALUES {numbers}) v (place, number)")
        filled = [self._count(place, one) for place, one in self._filled.items()]
        return tuple(" UNION ALL ".join(parts) for parts in (steady, filled) if parts)

    def _count(self, place: int, one: Relation) -> str:
        rest = _WITHOUT_TEMPORARY if one.name == "pg_catalog.pg_namespace" else ""
        return f"SELECT {place}, count(*), count(*) FILTER (WHERE {self._is_new}) FROM ONLY {one.name}{rest}"

    def are_usable(self, answer: Answer) -> bool:
        """Whether the template itself has no row that would count as new, as one may that is older than 2^31 transactions."""
        return not any(answer[place][1] for place, one in self._relations.items() if self._counts(place, one))

    def _counts(self, place: int, one: Relation) -> bool:
        return one.of_catalog or place in self._filled

    def traces(self, before: Answer, after: Answer) -> Traces | None:
        """What has to be taken back, to come from the one answer to the other; None where that cannot be done."""
        tables, sequences = list[str](), list[tuple[str, int, bool]]()
        for place in after:
            if after[place] == before[place]:
                continue
            one = self._relations.get(place)
            if one is not None and one.kind == "S":
                sequences.append((one.name, before[place][0], bool(before[place][1])))
            elif one is not None and self._can_be_emptied(place, one, before[place], after[place]):
                tables.append(one.name)
            else:
                return None
        return Traces(tuple(tables), tuple(sequences))

    def _can_be_emptied(self, place: int, one: Relation, before: tuple[int, int], after: tuple[int, int]) -> bool:
        """Whether nothing but new rows has come: what was there is there, unchanged."""
        if one.of_catalog or one.kind != "r":
            return False
        if place in self._empty:
            return 0 < after[0] <= _TOO_MUCH
        return after[0] - after[1] == before[0]

    def statements(self, traces: Traces) -> tuple[str, str]:
        """The statements that take the traces back, to be sent as one, and the VACUUM that is to follow by itself, if any.

        After VACUUM a table that is empty has no pages: rows that come next come in order, as in a new one.
        """
        deleting = [f"DELETE FROM ONLY {table} WHERE {self._is_new}" for table in traces.tables]
        setting = [
            f"SELECT pg_catalog.setval('{name.replace(chr(39), chr(39) * 2)}'::regclass, {value}, {called})"
            for name, value, called in traces.sequences
        ]
        vacuum = f"VACUUM (INDEX_CLEANUP ON) {', '.join(traces.tables)}" if traces.tables else ""
        return "; ".join(deleting + setting), vacuum
