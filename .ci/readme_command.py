"""Prints commands of the README, so that what is checked is what a reader is told: `readme_command.py NAME …`.

A command is the code block after the comment `<!-- command: NAME -->`.
"""

import re
import sys
from pathlib import Path

readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
for name in sys.argv[1:]:
    found = re.search(rf"<!-- command: {re.escape(name)} -->\n+```sh\n(.*?)```", readme, re.DOTALL)
    if found is None:
        sys.exit(f"README.md has no command {name!r}")
    print(found[1], end="")
