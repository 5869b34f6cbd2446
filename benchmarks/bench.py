"""What workloads work with: environments, folders of migrations, databases, and processes that are timed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from benchmarks.environments import CACHE, CHECKOUT, Environment, Unavailable
from benchmarks.peers import PEERS
from benchmarks.peers.peer import Command, Engine, Job, Peer
from benchmarks.samples import ContestantFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.server import Server

_LIMIT_SECONDS = 900


class Bench:
    """One run of the benchmark; `unavailable` are the contestants that could not be installed, and why."""

    def __init__(self, server: Server, *, quick: bool) -> None:
        self.server = server
        self.quick = quick
        self.unavailable: dict[str, str] = {}
        self._environments: dict[str, Environment] = {}
        self._work = CACHE / "work"
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir(parents=True)
        self._elsewhere = tempfile.mkdtemp(prefix="lockgate-benchmarks-")

    def close(self) -> None:
        """Delete what it wrote."""
        shutil.rmtree(self._work, ignore_errors=True)
        shutil.rmtree(self._elsewhere, ignore_errors=True)

    def say(self, words: str) -> None:
        """Show how far it has come."""
        print(f"  {words}", flush=True)

    def rounds(self, full: int, quick: int) -> int:
        """How many rounds."""
        return quick if self.quick else full

    def install(self) -> None:
        """Make the environments of all contestants; those that cannot be had are left out."""
        for peer in PEERS.values():
            if peer.environment in self._environments:
                continue
            environment = Environment(peer.environment, peer.requirements)
            try:
                environment.prepare()
            except Unavailable as error:
                self.unavailable[peer.environment] = str(error)
                self.say(f"{peer.title} is left out: {error}")
            else:
                self._environments[peer.environment] = environment

    def peers(self, engine: Engine, *names: str) -> list[str]:
        """The contestants that there are on an engine, of `names` if any are given."""
        return [
            peer.name
            for peer in PEERS.values()
            if engine in peer.engines and peer.environment in self._environments and (not names or peer.name in names)
        ]

    def environment(self, name: str) -> Environment:
        """A contestant's environment."""
        return self._environments[PEERS[name].environment]

    def environments(self) -> dict[str, Environment]:
        """All that could be made, by name."""
        return self._environments

    def job(self, name: str, engine: Engine, count: int, *, tag: str = "", port: int | None = None) -> Job:
        """A folder of `count` migrations, and a database that is empty; the same call again empties it again."""
        database = "_".join(["bench", name.replace("-", "_"), *([tag] if tag else [])])
        if engine == "sqlite":
            path = self._work / f"{database}.db"
            for left in self._work.glob(f"{database}.db*"):
                left.unlink()
            url = f"sqlite:///{path}"
        else:
            self.server.create(database)
            url = self.server.url(database, port)
        return self.again(Job(url, self._folder(PEERS[name], count, f"{engine}{tag}"), count), name)

    def again(self, job: Job, name: str) -> Job:
        """The job with its folder's configuration set to its URL."""
        PEERS[name].configure(job)
        return job

    def _folder(self, peer: Peer, count: int, kind: str) -> Path:
        folder = self._work / "migrations" / f"{peer.name}-{kind}-{count}"
        if not folder.exists():
            peer.write(folder, count, self._environments[peer.environment].bin)
        return folder

    def timed(self, name: str, job: Job, calls: Sequence[str], *, warm: bool = True) -> list[float]:
        """The seconds of each call, in a process of the contestant's environment that was warmed up.

        Raises:
            ContestantFailed: the process failed.
        """
        warm_up = self.job(name, job.engine, 2, tag="warm") if warm else None
        task = {"peer": name, "job": _said(job), "warm_up": _said(warm_up) if warm_up else None, "calls": list(calls)}
        argv = [self.environment(name).python, "-m", "benchmarks.child", json.dumps(task)]
        output = self._run(Command(argv, {"PYTHONPATH": str(CHECKOUT)}))
        return [float(one) for one in json.loads(output.splitlines()[-1])]

    def process(self, command: Command) -> float:
        """The seconds of a whole process.

        Raises:
            ContestantFailed: it failed.
        """
        started = time.perf_counter()
        self._run(command)
        return time.perf_counter() - started

    def output(self, command: Command) -> str:
        """What a process prints, on both streams.

        Raises:
            ContestantFailed: it failed.
        """
        return self._run(command, both=True)

    def _run(self, command: Command, *, both: bool = False) -> str:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        done = subprocess.run(
            command.argv,
            env={**kept, **command.variables},
            cwd=command.directory or self._elsewhere,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if both else subprocess.PIPE,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
        if done.returncode:
            words = (done.stderr or done.stdout or "").strip().splitlines()
            raise ContestantFailed(words[-1][:200] if words else f"exit {done.returncode}")
        return done.stdout


def _said(job: Job) -> dict[str, object]:
    return {"url": job.url, "folder": str(job.folder), "count": job.count}


def titles() -> dict[str, str]:
    """What each contestant is called in a table."""
    return {name: peer.title for name, peer in PEERS.items()}
