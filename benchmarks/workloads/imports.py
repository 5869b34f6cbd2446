"""What `import lockgate` and `lockgate status` import, and how long that takes."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.peers.peer import Command
from benchmarks.report import Section, Table, Target
from benchmarks.samples import interleaved

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_LINE = re.compile(r"^import time:\s*(\d+) \|\s*(\d+) \| ( *)(\S+)$", re.MULTILINE)
_STATEMENTS = {
    "import lockgate": "lockgate",
    "from lockgate import Runner": "lockgate",
    "from lockgate import MigrationConfig": "lockgate",
    "import asyncpg": "lockgate",
    "import alembic.config": "alembic-sync",
    "import yoyo": "yoyo",
}
_AGAINST = {said: ["from lockgate import Runner"] for said in ("import alembic.config", "import yoyo")}
_FORBIDDEN = ("sqlalchemy.orm", "alembic")


def measure(bench: Bench) -> Section:
    """Times by `-X importtime`, which is itself in them; the interpreter's own imports are not."""
    environments = {
        said: bench.environment("lockgate-sql" if name == "lockgate" else name).python
        for said, name in _STATEMENTS.items()
        if name == "lockgate" or bench.peers("postgresql", name)
    }

    def once(said: str) -> dict[str, float]:
        output = bench.output(Command([environments[said], "-X", "importtime", "-c", said]))
        return {"import": sum(_by_package(output).values()) / 1_000_000}

    rounds = bench.rounds(9, 5)
    found, failed = interleaved(list(environments), rounds, once, bench.say)
    named = {said: f"`{said}`" for said in environments}
    table = Table("Imports", found["import"], named, failed=failed, against=_AGAINST)
    facts, targets = _status(bench)
    return Section("Imports", f"`python -X importtime`. Rounds: {rounds}.", [table], targets, facts)


def _status(bench: Bench) -> tuple[list[str], list[Target]]:
    """What `lockgate status` imports on PostgreSQL, by package."""
    name = "lockgate-sql"
    job = bench.job(name, "postgresql", 200, tag="imports")
    bench.timed(name, job, ["up"], warm=False)
    command = Command(
        [
            bench.environment(name).python,
            "-X",
            "importtime",
            "-m",
            "lockgate",
            "status",
            "--directory",
            str(job.folder),
        ],
        {"ENV": "development", "DATABASE_URL": job.url},
    )
    bench.output(command)
    output = bench.output(command)
    modules = [match[4] for match in _LINE.finditer(output)]
    packages = _by_package(output)
    heavy = ", ".join(f"{package} {spent / 1000:.0f} ms" for package, spent in packages.most_common(12))
    facts = [
        f"`lockgate status` on PostgreSQL imports {len(modules)} modules in {sum(packages.values()) / 1000:.0f} ms."
        f" By package: {heavy}."
    ]
    targets = []
    for forbidden in _FORBIDDEN:
        count = sum(module == forbidden or module.startswith(f"{forbidden}.") for module in modules)
        targets.append(Target(f"`lockgate status` imports of {forbidden}", 0, count, count, "modules"))
    return facts, targets


def _by_package(output: str) -> Counter[str]:
    """Microseconds by top-level package, without what every interpreter imports at its start."""
    spent: Counter[str] = Counter()
    lines = list(_LINE.finditer(output))
    begun = next((number for number, match in enumerate(lines, 1) if match[4] == "site"), 0)
    for match in lines[begun:]:
        spent[match[4].partition(".")[0]] += int(match[1])
    return spent
