"""The first migration of a run on SQLite: it makes the tables, and holds the process where it is to be hit.

Where nobody has asked for that, it only makes the tables. It sees what the connection is told to do by the driver's own hooks,
and the lock on the file by Python's audit hooks.
"""

import json
import os
import sys

from lockgate import Migration

_BASE = (
    "CREATE TABLE log (note text)",
    "CREATE TABLE t (a integer)",
    "CREATE TABLE ballast (filler blob)",
    "INSERT INTO t VALUES (1), (2), (3)",
)
_FILES = {"fcntl.flock": "flock", "os.truncate": "locked", "os.remove": "remove"}


class Holding:
    """Waits at the place that the last marker names, once those before it have passed; then never again."""

    def __init__(self, markers, channel):
        self._markers, self._channel = markers, channel

    def pass_by(self, event):
        if self._markers and self._markers[0] in event:
            self._markers.pop(0)
            if not self._markers:
                os.write(self._channel, b"!")
                os.read(self._channel, 1)

    def audit(self, event, arguments):
        if event in _FILES:
            self.pass_by(f"{_FILES[event]} {arguments[0]}")


HOLDING = None
if "FAULTS_CHANNEL" in os.environ:
    HOLDING = Holding(json.loads(os.environ["FAULTS_MARKERS"]), int(os.environ["FAULTS_CHANNEL"]))
    sys.addaudithook(HOLDING.audit)


class Base(Migration):
    async def up(self):
        for statement in _BASE:
            await self.db.execute(statement)
        if HOLDING is not None:
            driver = await self.db.driver_connection()
            await driver.set_trace_callback(HOLDING.pass_by)
            await driver.set_progress_handler(lambda: HOLDING.pass_by("progress"), 1000)
