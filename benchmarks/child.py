"""One measurement in a process of a contestant's environment: imports, a warm-up, then the clock.

`python -m benchmarks.child JSON`, where the JSON has `peer`, `job`, `warm_up` (a job, or null) and `calls`: the list of
`up`, `down` and `look` that are timed, in order. The seconds of each are the last line of its output, as JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.peers.peer import Job


def main() -> None:
    """Measure, with whatever the contestant prints thrown away."""
    task = json.loads(sys.argv[1])
    answer = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    seconds = _measure(task)
    answer.write(json.dumps(seconds) + "\n")
    answer.close()


def _measure(task: dict[str, Any]) -> list[float]:
    peer = PEERS[task["peer"]]
    if task["warm_up"]:
        warm = peer.open(_job(task["warm_up"]))
        warm.up()
        if peer.rolls_back:
            warm.down()
        warm.close()
    opened = peer.open(_job(task["job"]))
    seconds = [_timed(getattr(opened, call)) for call in task["calls"]]
    opened.close()
    return seconds


def _timed(call: Any) -> float:
    gc.collect()
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _job(said: dict[str, Any]) -> Job:
    return Job(said["url"], Path(said["folder"]), said["count"])


if __name__ == "__main__":
    main()
