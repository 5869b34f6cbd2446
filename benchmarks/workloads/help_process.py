"""`--help` as a whole process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bench import titles
from benchmarks.peers import PEERS
from benchmarks.peers.peer import Job
from benchmarks.report import Section, Table, Target, add_target
from benchmarks.samples import interleaved

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_SAME = ("lockgate-singly", "lockgate-python", "alembic-async")  # the same program as another's


def measure(bench: Bench) -> Section:
    """The limit is an interpreter that does nothing."""
    names = [name for name in bench.peers("postgresql") if name not in _SAME]
    commands = {}
    for name in names:
        environment = bench.environment(name)
        command = PEERS[name].command("help", Job("", environment.directory, 0), environment.bin)
        if command:
            commands[name] = command
            bench.process(command)
    rounds = bench.rounds(15, 5)
    found, failed = interleaved(list(commands), rounds, lambda name: {"help": bench.process(commands[name])}, bench.say)
    samples = {name: found["help"][name] for name in names if name in found["help"]}
    named = titles() | {"limit": "`python -c pass`", "lockgate-sql": "Lockgate", "alembic-sync": "Alembic"}
    targets: list[Target] = []
    add_target(targets, samples, "`--help` to Alembic's", 0.25, ("lockgate-sql", "alembic-sync"))
    table = Table("--help", samples, named, "limit", ["lockgate-sql"], failed=failed)
    return Section("Help", f"`--help` as a process. Rounds: {rounds}.", [table], targets)
