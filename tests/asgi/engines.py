"""One PostgreSQL is enough where what is tested is processes, and each of them takes a second to start."""

from __future__ import annotations

import os
from typing import Final

from servers import URL_VARIABLE, Servers

# Read before the tests' environment is cleaned.
FIRST: Final = Servers(os.environ.get(URL_VARIABLE)).names[0]
ALL_SERVERS: Final = os.environ.get("LOCKGATE_TEST_SERVERS", "").lower() not in {"", "0", "false"}
