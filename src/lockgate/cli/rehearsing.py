"""`--sql`, `--trace` and `--dry-run`: what a run would send, and what that would lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockgate.cli.calling import call
from lockgate.cli.output import say, say_json, warn
from lockgate.cli.words import plan_lines, show_plan
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.reports import plan_json
from lockgate.rehearsing import rehearse
from lockgate.rehearsing.script import script
from lockgate.rehearsing.verdicts import circumstances, verdicts

if TYPE_CHECKING:
    from lockgate.cli.options import Shared
    from lockgate.nouns.migrations import Direction
    from lockgate.nouns.plans import Plan
    from lockgate.nouns.rehearsals import Rehearsal
    from lockgate.rehearsing import Asked


def show_rehearsal(shared: Shared, asked: Asked, *, traced: bool) -> None:
    """Rehearse, and print the script, or what it would lock in words; as one document with --json."""
    rehearsal = call(shared, lambda runner: rehearse(runner.config, asked._replace(facts=traced)))
    if shared.as_json:
        said = {"verdicts": [one._asdict() for one in verdicts(rehearsal)], "circumstances": circumstances(rehearsal)}
        say_json({**rehearsal.as_json(), **(said if traced else {}), "script": script(rehearsal)})
    elif not rehearsal.migrations:
        say(_nothing(rehearsal.direction), err=True)
    elif traced:
        _show_trace(rehearsal)
    else:
        say(script(rehearsal))
    _warn_of_unknown(rehearsal)


def show_dry_run(shared: Shared, asked: Asked, chosen: dict[str, Any]) -> None:
    """What a run would do, and the script of what it would send; the names go to stderr, so that stdout is the script."""
    plan = call(shared, lambda runner: runner.plan(asked.direction, **chosen))
    if not plan.migrations:
        show_plan(plan, shared)
        return
    if not shared.as_json:  # before what may fail: the names are known without a scratch
        say("\n".join(plan_lines(plan)), err=True)
    rehearsal = call(shared, lambda runner: rehearse(runner.config, asked))
    if shared.as_json:
        say_json(_dry_run_json(plan, rehearsal))
    else:
        say(script(rehearsal))
    _warn_of_unknown(rehearsal)


def _dry_run_json(plan: Plan, rehearsal: Rehearsal) -> dict[str, Any]:
    """The plan's document, and in it what the rehearsal knows."""
    planned, sent = plan_json(plan), rehearsal.as_json()
    hashes = {one["name"]: one["hash"] for one in planned["migrations"]}
    migrations = [{"name": one["name"], "hash": hashes.get(one["name"]), **one} for one in sent["migrations"]]
    return {**sent, **planned, "migrations": migrations, "script": script(rehearsal)}


def _warn_of_unknown(rehearsal: Rehearsal) -> None:
    for name in [one.name for one in rehearsal.migrations if one.unknown]:
        warn(f"What {name} sends is not known: it is not in the script, which stops there.")


def _nothing(direction: Direction) -> str:
    return f"Nothing to {'apply' if direction.value == 'up' else 'roll back'}."


def _show_trace(rehearsal: Rehearsal) -> None:
    found = verdicts(rehearsal)
    for migration in rehearsal.migrations:
        seconds = "" if migration.seconds is None else f" ({migration.seconds * 1000:.0f} ms in the scratch database)"
        say(f"{migration.name}{seconds}")
        own = [one for one in found if one.migration == migration.name]
        for one in own:
            say(f"  {'!' if one.grave else '-'} {f'line {one.line}: ' if one.line else ''}{one.words}")
        if not own:
            say(f"  {_quiet(migration.unknown, rehearsal)}")
    for words in (*circumstances(rehearsal), *rehearsal.unknown):
        say(words)
    if rehearsal.differs:
        say("The target is not what the scratch began with, but as if this had been done to it:")
        for difference in rehearsal.differs:
            say(f"  {difference.kind} {difference.name}: {difference.detail}")


def _quiet(unknown: str, rehearsal: Rehearsal) -> str:
    if unknown:
        return f"What it sends is not known, because {unknown}"
    if rehearsal.flavour is Flavour.SQLITE:
        return "Nobody else can write to the file for the time of its transaction."
    return (
        "Locks nothing that others may be using."
        if rehearsal.place
        else "What it locks is not known without a scratch."
    )
