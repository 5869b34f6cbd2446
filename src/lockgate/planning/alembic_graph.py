"""The order of Alembic's revisions: what each was written upon comes before it. Pure: no disk, no Alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import MigrationFileError, SettingsError
from lockgate.planning.alembic_targets import advice, named_by_branch
from lockgate.planning.names import find_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from lockgate.nouns.migrations import Source
    from lockgate.planning.alembic_text import Revision

_SHORTEST: Final = 4
"""How much of an id has to be said, as Alembic wants it."""


class Placed(NamedTuple):
    """A revision in the order, the names of those that it comes after, and the labels of the branches that it is on."""

    revision: Revision
    after: tuple[str, ...]
    labels: tuple[str, ...]


def in_order(revisions: Sequence[Revision]) -> list[Placed]:
    """Every revision after all that it needs; a branch stays together, and what nothing decides is decided by the id.

    Raises:
        MigrationFileError: two have one id, one needs what is not there, or some need each other.
    """
    by_id = _by_id(revisions)
    known = {label: one for one in by_id.values() for label in one.labels} | by_id
    needs = {one.id: _needs(one, known) for one in by_id.values()}
    needed = {need.id for found in needs.values() for need in found}
    # Of a cycle nothing is a head.
    starts = [*sorted(by_id.keys() - needed), *sorted(needed)]
    ordered = _walk(starts, {one: [need.id for need in found] for one, found in needs.items()}, by_id)
    labels: dict[str, tuple[str, ...]] = {}
    for one in ordered:
        inherited = (label for down in by_id[one].down for label in labels[known[down].id])
        labels[one] = tuple(dict.fromkeys((*by_id[one].labels, *inherited)))
    return [Placed(by_id[one], tuple(need.name for need in needs[one]), labels[one]) for one in ordered]


def _by_id(revisions: Iterable[Revision]) -> dict[str, Revision]:
    found: dict[str, Revision] = {}
    for one in revisions:
        other = found.setdefault(one.id, one)
        if other is not one:
            raise MigrationFileError(
                f"Two files are the revision {one.id}: {other.path} and {one.path}",
                path=one.path,
                hint="Give the one that has not been applied anywhere yet another id.",
            )
    return found


def _needs(revision: Revision, known: Mapping[str, Revision]) -> list[Revision]:
    for need in revision.needs:
        if need not in known:
            field = "down_revision" if need in revision.down else "depends_on"
            raise MigrationFileError(
                f"{revision.path}: its {field} {need!r} is no revision of this folder.",
                path=revision.path,
                hint="Bring the file back, or name the folder that holds all of the history.",
            )
    return list(dict.fromkeys(known[need] for need in revision.needs))


def _walk(starts: Sequence[str], needs: Mapping[str, Sequence[str]], by_id: Mapping[str, Revision]) -> Iterable[str]:
    """Depth first, without recursion: a history may be longer than Python's stack."""
    done: dict[str, None] = {}
    path: dict[str, None] = {}
    stack = list(reversed(starts))
    while stack:
        one = stack[-1]
        if one in done:
            stack.pop()
        elif one in path:
            del path[one]
            done[stack.pop()] = None
        else:
            path[one] = None
            missing = [need for need in needs[one] if need not in done]
            if circle := [need for need in missing if need in path]:
                names = list(path)
                raise _cyclic([by_id[name].path for name in names[names.index(circle[0]) :]])
            stack.extend(reversed(missing))
    return done


def _cyclic(paths: Sequence[str]) -> MigrationFileError:
    return MigrationFileError(
        f"Each of these revisions needs the others to be there before it: {', '.join(paths)}",
        path=paths[0],
        hint="One of them names a wrong down_revision or depends_on.",
    )


def ancestors(names: Iterable[str], sources: Sequence[Source]) -> set[str]:
    """The names of all that has to be there before, and those themselves."""
    after = {source.name: source.after for source in sources}
    found, stack = set[str](), list(names)
    while stack:
        one = stack.pop()
        if one not in found:
            found.add(one)
            stack.extend(after.get(one, ()))
    return found


def up_to(name: str, sources: Sequence[Source]) -> set[str] | None:
    """The names of a revision and of all that it needs; None for what is none, and sorts by its number."""
    is_revision = any(source.name == name and source.revision for source in sources)
    return ancestors([name], sources) if is_revision else None


def find(wanted: str, names: Sequence[str], sources: Sequence[Source]) -> str:
    """The one of `names` that is meant: by a revision's id or what it begins with, by its branch, or as `find_name` says.

    Raises:
        SettingsError: none is meant, or several are.
    """
    ids = {
        f"{source.namespace}/{source.revision}".lstrip("/"): source.name
        for source in sources
        if source.revision and source.name in names
    }
    if wanted in ids:
        return ids[wanted]
    try:
        return find_name(wanted, names)
    except SettingsError as error:
        meant = [name for one, name in ids.items() if one.startswith(wanted)] if len(wanted) >= _SHORTEST else []
        meant = meant or [name for name in named_by_branch(wanted, sources) if name in names]
        if len(meant) > 1:
            several = f"{wanted!r} means several migrations: {', '.join(meant)}"
            raise SettingsError(several, hint="Say one of them; `up` without --to applies all.") from None
        if not meant:
            raise SettingsError(error.message, hint=advice(wanted, sources) or error.hint) from None
        return meant[0]


def overtaken(
    pending: Sequence[Source], sources: Sequence[Source], applied: Collection[str]
) -> Iterator[tuple[Source, str]]:
    """The pending revisions that something applied needs, each with a name of such; a new branch overtakes nothing."""
    recorded = [source for source in sources if source.name in applied]
    later = next((source.name for source in reversed(recorded) if not source.revision), "")
    needed = ancestors([source.name for source in recorded if source.revision], sources)
    for source in pending:
        if source.revision and (later or source.name in needed):
            yield source, later or next(one.name for one in recorded if source.name in ancestors([one.name], sources))


def are_newer(unknown: Collection[str], rows: Sequence[str]) -> bool:
    """Whether names without a file were applied after all the others, as newer code does; their names tell no order."""
    return set(rows[len(rows) - len(unknown) :]) == set(unknown)
