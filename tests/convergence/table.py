"""All pairs. With LOCKGATE_TEST_EVERYTHING set, every law is held to each of them on every server, which takes minutes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from convergence.pair import Pair, said
from convergence.pairs.checks import CHECKS
from convergence.pairs.columns import COLUMNS
from convergence.pairs.defaults import COMMENTS, SERVER
from convergence.pairs.enums import ENUMS
from convergence.pairs.foreign import FOREIGN
from convergence.pairs.indexes import INDEXES
from convergence.pairs.keys import PRIMARY, UNIQUE
from convergence.pairs.numbering import COMPUTED, IDENTITY, SEQUENCES
from convergence.pairs.tables import NAMES, SCHEMAS, TABLES
from convergence.pairs.types import TYPES
from convergence.pairs.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS: Final[tuple[Pair, ...]] = said(
    COLUMNS,
    SERVER,
    COMMENTS,
    TYPES,
    IDENTITY,
    SEQUENCES,
    COMPUTED,
    PRIMARY,
    UNIQUE,
    CHECKS,
    FOREIGN,
    INDEXES,
    ENUMS,
    TABLES,
    SCHEMAS,
    VIEWS,
    NAMES,
)
# Read before the tests' environment is cleaned.
EVERYTHING: Final = os.environ.get("LOCKGATE_TEST_EVERYTHING", "") != ""
_STEPS: Final = (1, 3, 7)


def chosen(pairs: Sequence[Pair], law: int) -> Sequence[Pair]:
    """Those that a law is held to: all, of its first, and some of the others."""
    return pairs if EVERYTHING else pairs[law :: _STEPS[law]]
