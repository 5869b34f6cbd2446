"""The rules of squawk (https://squawkhq.com/docs/rules): how each weighs here, and which of Lockgate's own says the same."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from lockgate.nouns.findings import Severity

INFO, WARNING, ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR


class Weighed(NamedTuple):
    """What becomes of a rule of squawk's.

    Attributes:
        covered: Lockgate's own rules for the same fault; squawk is heard only where the statement was not seen in a scratch and
            none of these has found it.
        contracts: whether it is about something that goes, which a migration of the phase contract is for.
        locks: whether it is about others who wait for a table.
    """

    severity: Severity
    covered: tuple[str, ...] = ()
    contracts: bool = False
    locks: bool = False


UNHEARD: Final = MappingProxyType(
    {
        "require-timeout-settings": "Lockgate sets lock_timeout itself; `no-lock-timeout` finds what takes it away.",
        "require-lock-timeout": "As require-timeout-settings.",
        "require-statement-timeout": "Building an index may take long; a migration may set it.",
        "prefer-robust-stmts": "A migration is undone as a whole, or its steps are kept, so that none is run twice.",
    }
)
"""Those that do not apply, and why. Those that squawk asks for only where somebody has chosen them are not asked for."""

_CONSTRAINTS: Final = (
    "constraint-validated-at-once",
    "not-null-scans",
    "unique-builds-index",
    "exclusion-builds-index",
    "work-under-lock",
)
_CONTRACTING: Final = ("contract-before-expand",)
HEARD: Final = MappingProxyType(
    {
        "adding-field-with-default": Weighed(ERROR, ("rewrites-table",), locks=True),
        "adding-foreign-key-constraint": Weighed(ERROR, _CONSTRAINTS, locks=True),
        "adding-not-nullable-field": Weighed(ERROR, ("not-null-scans", "rewrites-table"), locks=True),
        "adding-required-field": Weighed(ERROR),
        "adding-serial-primary-key-field": Weighed(ERROR, ("unique-builds-index", "rewrites-table"), locks=True),
        "ban-alter-domain-with-add-constraint": Weighed(ERROR),
        "ban-char-field": Weighed(INFO),
        "ban-concurrent-index-creation-in-transaction": Weighed(ERROR),
        "ban-create-domain-with-constraint": Weighed(INFO),
        "ban-alter-identity": Weighed(WARNING, contracts=True),
        "ban-drop-constraint": Weighed(INFO, contracts=True),
        "ban-drop-default": Weighed(WARNING, contracts=True),
        "ban-drop-domain": Weighed(WARNING, contracts=True),
        "ban-drop-extension": Weighed(WARNING, contracts=True),
        "ban-drop-function": Weighed(WARNING, contracts=True),
        "ban-drop-generated-expression": Weighed(WARNING, contracts=True),
        "ban-drop-schema": Weighed(WARNING, contracts=True),
        "ban-drop-sequence": Weighed(WARNING, contracts=True),
        "ban-drop-type": Weighed(WARNING, contracts=True),
        "ban-drop-view": Weighed(WARNING, contracts=True),
        "ban-set-schema": Weighed(WARNING, contracts=True),
        "renaming-object": Weighed(WARNING, contracts=True),
        "ban-drop-column": Weighed(WARNING, _CONTRACTING, contracts=True),
        "ban-drop-database": Weighed(ERROR),
        "ban-duplicate-column-assignments": Weighed(ERROR),
        "ban-drop-not-null": Weighed(WARNING, contracts=True),
        "ban-drop-table": Weighed(WARNING, _CONTRACTING, contracts=True),
        "ban-truncate-cascade": Weighed(ERROR),
        "ban-uncommitted-transaction": Weighed(ERROR),
        "changing-column-type": Weighed(ERROR, ("rewrites-table",), locks=True),
        "constraint-missing-not-valid": Weighed(ERROR, _CONSTRAINTS, locks=True),
        "disallowed-unique-constraint": Weighed(ERROR, ("unique-builds-index",), locks=True),
        "identifier-too-long": Weighed(WARNING),
        "prefer-bigint-over-int": Weighed(INFO),
        "prefer-bigint-over-smallint": Weighed(INFO),
        "prefer-identity": Weighed(INFO),
        "prefer-repack": Weighed(ERROR, ("rewrites-table",), locks=True),
        "prefer-text-field": Weighed(INFO),
        "prefer-timestamp-tz": Weighed(INFO),
        "renaming-column": Weighed(WARNING, _CONTRACTING, contracts=True),
        "renaming-table": Weighed(WARNING, _CONTRACTING, contracts=True),
        "require-concurrent-index-creation": Weighed(ERROR, ("index-not-concurrent",), locks=True),
        "require-concurrent-index-deletion": Weighed(WARNING),
        "require-concurrent-partition-detach": Weighed(WARNING, locks=True),
        "require-concurrent-reindex": Weighed(
            ERROR, ("index-not-concurrent", "rewrites-table", "scans-under-lock"), locks=True
        ),
        "require-enum-value-ordering": Weighed(INFO),
        "transaction-nesting": Weighed(WARNING),
        "syntax-error": Weighed(WARNING),
        "unused-ignore": Weighed(INFO),
    }
)
UNKNOWN: Final = Weighed(WARNING)
"""A rule that a later squawk has."""
