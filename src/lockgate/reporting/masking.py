"""Takes the passwords out of what a report is about to show; the statements as they are sent stay where they were."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lockgate.urls.parts import MASK, mask

if TYPE_CHECKING:
    from lockgate.nouns.findings import Finding, LintReport
    from lockgate.nouns.rehearsals import Rehearsal, Rehearsed, Sent
    from lockgate.nouns.schema_reports import Difference

# A text that was shortened may have lost the quote at the password's end.
_CUT: Final = re.compile(r"\b((?:password|identified\s+by)\s+)'[^']*$", re.IGNORECASE)


def hidden(text: str) -> str:
    """A text without passwords."""
    return _CUT.sub(rf"\1'{MASK}'", mask(text))


def without_passwords(rehearsal: Rehearsal) -> Rehearsal:
    """A rehearsal whose texts hold no password."""
    return replace(
        rehearsal,
        migrations=tuple(map(_migration, rehearsal.migrations)),
        opening=tuple(map(_sent, rehearsal.opening)),
        closing=tuple(map(_sent, rehearsal.closing)),
        unknown=tuple(map(hidden, rehearsal.unknown)),
        differs=tuple(map(difference_without, rehearsal.differs)),
        unrestored=None if rehearsal.unrestored is None else tuple(map(difference_without, rehearsal.unrestored)),
    )


def lint_without_passwords(lint: LintReport) -> LintReport:
    """Findings whose texts hold no password."""
    return replace(lint, findings=tuple(map(_finding, lint.findings)), notes=tuple(map(hidden, lint.notes)))


def difference_without(one: Difference) -> Difference:
    """A difference whose words hold no password."""
    return one._replace(detail=hidden(one.detail))


def _migration(one: Rehearsed) -> Rehearsed:
    return replace(one, sent=tuple(map(_sent, one.sent)), unknown=hidden(one.unknown))


def _sent(one: Sent) -> Sent:
    return one._replace(text=hidden(one.text))


def _finding(one: Finding) -> Finding:
    return one._replace(
        what=hidden(one.what),
        rewrite=hidden(one.rewrite),
        allowed=None if one.allowed is None else hidden(one.allowed),
    )
