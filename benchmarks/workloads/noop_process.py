"""Nothing is pending: what it costs as a whole process, as a container's start or a deploy script runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bench import titles
from benchmarks.peers import PEERS
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import ContestantFailed, Samples, interleaved

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.peers.peer import Command, Verb

_COUNTS = (200, 1000)
_OURS = ("lockgate-sql up", "lockgate-sql status")
_NAMES = (
    "limit",
    "lockgate-sql",
    "lockgate-python",
    "alembic-sync",
    "alembic-async",
    "yoyo",
    "aerich",
    "piccolo",
    "django",
    "dbmate",
    "knex",
    "node-pg-migrate",
)


def measure(bench: Bench) -> Section:
    """`up` and its like, and `lockgate status`, with 200 and with 1,000 applied."""
    commands, absent = _commands(bench)
    named = {f"{name} {verb}": _title(name, verb) for name in _NAMES for verb in ("up", "status")}

    def once(contestant: str) -> dict[str, float]:
        return {f"{count}": bench.process(commands[contestant, count]) for count in _COUNTS}

    contestants = list(dict.fromkeys(name for name, _ in commands))
    rounds = bench.rounds(11, 3)
    found, failed = interleaved(contestants, rounds, once, bench.say)
    tables: list[Table] = []
    targets: list[Target] = []
    for count, samples in found.items():
        shown = {name: samples[name] for name in contestants if name in samples}
        tables.append(Table(f"{int(count):,} applied", shown, named, "limit up", _OURS, failed={**absent, **failed}))
        _add_targets(targets, samples, count)
    pairs = {f"{name} {count}": seconds for count, samples in found.items() for name, seconds in samples.items()}
    for name in (*_OURS, "lockgate-python up"):
        words = f"no-op process at 1,000 to 200, {named[name]}"
        add_target(targets, pairs, words, 1.3, (f"{name} 1000", f"{name} 200"))
    return Section(
        "Nothing to do, as a process", f"From the start of the process to its end. Rounds: {rounds}.", tables, targets
    )


def _commands(bench: Bench) -> tuple[dict[tuple[str, int], Command], dict[str, str]]:
    """The command lines, each with a database on which everything is applied; and who could not apply."""
    commands: dict[tuple[str, int], Command] = {}
    absent: dict[str, str] = {}
    verbs: tuple[Verb, ...] = ("up", "status")
    for name in bench.peers("postgresql", *_NAMES):
        try:
            for count in _COUNTS:
                job = bench.job(name, "postgresql", count, tag=f"process_{count}")
                bench.timed(name, job, ["up"], warm=False)
                for verb in verbs:
                    command = PEERS[name].command(verb, job, bench.environment(name).bin)
                    if command and (verb == "up" or name == "lockgate-sql"):
                        commands[f"{name} {verb}", count] = command
                        bench.process(command)
        except ContestantFailed as error:
            absent[f"{name} up"] = str(error)
            for count in _COUNTS:
                commands.pop((f"{name} up", count), None)
        bench.say(f"{name} is ready")
    return commands, absent


def _add_targets(targets: list[Target], samples: Samples, count: str) -> None:
    for ours in ("lockgate-sql up", "lockgate-python up"):
        what = f"no-op process, {count} applied, {_title(*ours.split())}"
        add_target(targets, samples, f"{what}, to Alembic sync", 0.45, (ours, "alembic-sync up"))
        add_target(targets, samples, f"{what}, to yoyo", 1, (ours, "yoyo up"))


def _title(name: str, verb: str) -> str:
    return f"{titles()[name]}: {verb}" if name.startswith("lockgate") else titles()[name]
