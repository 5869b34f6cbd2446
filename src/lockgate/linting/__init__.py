"""What is risky about the statements that a run would send."""

from lockgate.linting.fixing import fixed
from lockgate.linting.linting import lint
from lockgate.linting.sarif import repository, sarif

__all__ = ["fixed", "lint", "repository", "sarif"]
