"""What Alembic calls revisions by on its command line, beside their ids: `head`, a branch's label, `label@head`. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.migrations import Source

_HEADS: Final = ("head", "heads")


def heads_of(sources: Sequence[Source]) -> tuple[str, ...]:
    """The names of those that nothing among them comes after."""
    needed = {name for source in sources for name in source.after}
    return tuple(source.name for source in sources if source.name not in needed)


def named_by_branch(wanted: str, sources: Sequence[Source]) -> tuple[str, ...]:
    """The names that `head`, `LABEL`, `LABEL@head` or `LABEL@ID` mean; none where it is none of these, or means none.

    A label alone is the revision that says it; with `@`, it is all that was written upon that one.
    """
    namespace, _, said = wanted.rpartition("/")
    label, at, rest = said.rpartition("@")
    revisions = [source for source in sources if source.revision and source.namespace == namespace]
    branch = [source for source in revisions if (label or said) in source.labels]
    if not at:
        return heads_of(revisions) if said in _HEADS else tuple(one.name for one in branch[:1])
    if rest in _HEADS:
        return heads_of(branch)
    return tuple(one.name for one in branch if rest and one.revision.startswith(rest))


def advice(wanted: str, sources: Sequence[Source]) -> str:
    """What to say here instead of a way of Alembic's to name revisions that is not understood; empty for what is none."""
    if not any(source.revision for source in sources):
        return ""
    if re.search(r"[+-][0-9]+\Z", wanted):
        return "Alembic's +N and -N are `up --steps N` and `down --steps N` here."
    if wanted.endswith("base"):
        return "`down --all` goes back to the base."
    labels = dict.fromkeys(label for source in sources for label in source.labels)
    return f"The branches' labels are {', '.join(labels) or 'none'}." if "@" in wanted else ""
