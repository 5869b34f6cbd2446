"""`python -m lockgate`, the same as `lockgate`."""

import sys

from lockgate.cli.main import main

sys.exit(main())
