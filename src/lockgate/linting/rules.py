"""The rules of Lockgate's own: name, severity, what happens, what to do. What finds them stands in the modules beside."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from lockgate.nouns.findings import Severity

INFO, WARNING, ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
DOCS: Final = "docs/lint.md#"


class Rule(NamedTuple):
    """One rule.

    Attributes:
        happens: what happens where it is broken, for any table.
        advice: what to do instead.
        locks: whether it is about others who wait, so that it weighs little where the table is small.
    """

    name: str
    severity: Severity
    happens: str
    advice: str
    locks: bool = False

    @property
    def link(self) -> str:
        """Where it is explained."""
        return DOCS + self.name


_ALL: Final = (
    Rule(
        "index-not-concurrent",
        ERROR,
        "Nothing can write to the table until the index is built.",
        "Use CONCURRENTLY, in a migration with transaction:false that does nothing else.",
        locks=True,
    ),
    Rule(
        "constraint-validated-at-once",
        ERROR,
        "Nothing can write to the table, for a check not even read it, until all of its rows are looked at.",
        "Add it NOT VALID, and VALIDATE it in another transaction, which holds up nobody.",
        locks=True,
    ),
    Rule(
        "not-null-scans",
        ERROR,
        "Nothing can read or write the table until all of its rows are looked at.",
        "Add CHECK (… IS NOT NULL) NOT VALID and VALIDATE it first: SET NOT NULL then believes it and looks at nothing.",
        locks=True,
    ),
    Rule(
        "unique-builds-index",
        ERROR,
        "Nothing can read or write the table until the index behind the constraint is built.",
        "Build it with CREATE UNIQUE INDEX CONCURRENTLY, then add the constraint USING INDEX.",
        locks=True,
    ),
    Rule(
        "exclusion-builds-index",
        ERROR,
        "Nothing can read or write the table until the index behind the exclusion is built; there is no way to do it aside.",
        "Do it while nobody needs the table, or fill a new table that has the constraint and swap the two.",
        locks=True,
    ),
    Rule(
        "rewrites-table",
        ERROR,
        "The whole table is written anew, and nothing can read or write it meanwhile.",
        "Add a new column, backfill it in batches, and drop the old one when nobody uses it any more.",
        locks=True,
    ),
    Rule(
        "scans-under-lock",
        ERROR,
        "The whole table is read under a lock that keeps others from writing to it.",
        "Split it into a part that takes the lock for a moment and a part that reads without it.",
        locks=True,
    ),
    Rule(
        "work-under-lock",
        ERROR,
        "A table stays locked by an earlier statement while a later one of the same transaction takes long.",
        "Give each its own migration, so that the lock goes with the first one's COMMIT.",
        locks=True,
    ),
    Rule(
        "several-exclusive-locks",
        WARNING,
        "One transaction locks several tables against everybody, and waits for the second while it holds the first.",
        "Give each table its own migration.",
        locks=True,
    ),
    Rule(
        "statement-under-exclusive-lock",
        INFO,
        "A table that nobody can read stays so for another statement.",
        "Let what locks a table against everybody come last, or give it its own migration.",
        locks=True,
    ),
    Rule(
        "alter-table-again",
        INFO,
        "The same table is altered again in one transaction, which looks at its rows again where it has to.",
        "Make it one ALTER TABLE, with commas between.",
        locks=True,
    ),
    Rule(
        "backfill-with-ddl",
        ERROR,
        "Rows without a bound are written in the transaction of a change of the schema, whose locks last until the end.",
        "Fill it in batches, in a migration of its own: `await self.db.backfill(…)`.",
        locks=True,
    ),
    Rule(
        "no-lock-timeout",
        ERROR,
        "The bound on waiting for a table's lock is taken away; all who come later wait behind this for as long as it waits.",
        "Leave it as Lockgate sets it (LOCKGATE_DDL_LOCK_TIMEOUT), or set a few seconds.",
        locks=True,
    ),
    Rule(
        "foreign-key-without-index",
        WARNING,
        "Each DELETE or UPDATE of a referenced row reads the whole referencing table.",
        "Create an index that begins with the foreign key's columns.",
    ),
    Rule(
        "invalid-index-kept",
        ERROR,
        "IF NOT EXISTS finds the INVALID index that an earlier attempt left behind, and builds nothing.",
        "Drop it first: DROP INDEX CONCURRENTLY IF EXISTS.",
    ),
    Rule(
        "contract-before-expand",
        ERROR,
        "Something goes, or gets another name, that the models or an unfinished backfill still use.",
        "Take it out of the models and deploy that first; then drop it in a migration that says phase:contract.",
    ),
    Rule(
        "json-column",
        WARNING,
        "The type json has no equality: DISTINCT, GROUP BY and UNION over the column fail.",
        "Use jsonb.",
    ),
    Rule(
        "creates-enum",
        INFO,
        "No label of an enum can be taken away again.",
        "Where labels will come and go, use a table of them and a foreign key.",
    ),
    Rule(
        "primary-key-of-nullable",
        ERROR,
        "ADD PRIMARY KEY USING INDEX makes the index's columns NOT NULL, for which all rows are looked at under its lock.",
        "Make the columns NOT NULL first.",
        locks=True,
    ),
    Rule("no-down", WARNING, "It cannot be rolled back.", "Write a down, or allow it with the reason."),
    Rule(
        "down-does-not-restore",
        ERROR,
        "Rolling it back leaves another schema than there was before.",
        "Let down undo all that up does.",
    ),
    Rule(
        "allow-without-reason",
        WARNING,
        "A finding is to be allowed, and nobody says why; it is not allowed.",
        "Write the reason behind the rule: `-- lockgate: allow RULE: reason`.",
    ),
    Rule("unused-allow", INFO, "It allows nothing that was found.", "Remove it."),
)
RULES: Final = MappingProxyType({rule.name: rule for rule in _ALL})
