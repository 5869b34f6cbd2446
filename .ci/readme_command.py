"""Prints a command of the README, so that what is checked is what a reader is told: `readme_command.py NAME`.

A command is the code block after the comment `<!-- command: NAME -->`.
"""

import re
import sys
from pathlib import Path

readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
found = re.search(rf"<!-- command: {re.escape(sys.argv[1])} -->\n+```sh\n(.*?)```", readme, re.DOTALL)
if found is None:
    sys.exit(f"README.md has no command {sys.argv[1]!r}")
print(found[1], end="")
