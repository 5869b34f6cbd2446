"""One PostgreSQL is enough where what is tested is a start: what differs between two is tested where it differs."""

from __future__ import annotations

import os
from typing import Final

from servers import URL_VARIABLE, Servers

# Read before the tests' environment is cleaned.
FIRST: Final = Servers(os.environ.get(URL_VARIABLE)).names[0]
EACH: Final = ("sqlite", FIRST)
ALL_SERVERS: Final = os.environ.get("LOCKGATE_TEST_SERVERS", "").lower() not in {"", "0", "false"}
