"""`python -m lockgate`, the same as `lockgate`."""

from lockgate.cli.main import run

run()
