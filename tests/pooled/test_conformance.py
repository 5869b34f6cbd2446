"""What holds on every engine holds behind a pooler as well."""
# ruff: noqa: F403

from __future__ import annotations

from conformance.test_failures import *
from conformance.test_locks import *
from conformance.test_python_migrations import *
from conformance.test_steps import *
