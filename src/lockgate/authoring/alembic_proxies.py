"""`alembic.op` and `alembic.context`, which the process has once, for as many runs as it has at once.

Each is a module of functions that ask one global for whom they work. While revisions run, that global asks the context
(contextvars) of whoever calls; SQLAlchemy's greenlets carry it. Afterwards it is what it was before.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from alembic import context, op

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext

_PROXY: Final = "_proxy"
_ATTRIBUTES: Final = ("config", "script")
"""What alembic.context has beside functions."""
_MISSING: Final = object()
# alembic's modules belong to the process.
_INSTALLING = threading.Lock()


class Run(NamedTuple):
    """For whom the functions work; no operations while a file is only loaded."""

    context: EnvironmentContext
    op: Operations | None = None


_RUN: ContextVar[Run | None] = ContextVar("lockgate_alembic_run", default=None)


@contextmanager
def working_for(run: Run) -> Iterator[None]:
    """Have alembic.op and alembic.context work for a run within the block."""
    with _installed():
        token = _RUN.set(run)
        try:
            yield
        finally:
            _RUN.reset(token)


class _Dispatch:
    """Stands where alembic keeps its one instance, and passes on to the caller's own; `found` is what stood there before."""

    def __init__(self, module: ModuleType, kind: str) -> None:
        self.kind, self.users = kind, 0
        names = (_PROXY, *(_ATTRIBUTES if kind == "context" else ()))
        self.found = {name: vars(module).get(name, _MISSING) for name in names}

    def __getattr__(self, name: str) -> Any:
        run = _RUN.get()
        target = getattr(run, self.kind) if run else None
        if target is None:
            target = self.found[_PROXY]
        if target is None or target is _MISSING:
            raise NameError(f"alembic.{self.kind}.{name} was called outside of upgrade() and downgrade().", name=name)
        return getattr(target, name)


class _Attribute:
    """An attribute of alembic.context, which a file may keep under a name of its own."""

    def __init__(self, dispatch: _Dispatch, name: str) -> None:
        self._dispatch, self._name = dispatch, name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._dispatch, self._name), name)


@contextmanager
def _installed() -> Iterator[None]:
    with _INSTALLING:
        mine = [_enter(op, "op"), _enter(context, "context")]
    try:
        yield
    finally:
        with _INSTALLING:
            for module, dispatch in zip((op, context), mine, strict=True):
                _leave(module, dispatch)


def _enter(module: ModuleType, kind: str) -> _Dispatch:
    dispatch = vars(module).get(_PROXY)
    if not isinstance(dispatch, _Dispatch):
        dispatch = _Dispatch(module, kind)
        vars(module)[_PROXY] = dispatch
        vars(module).update({name: _Attribute(dispatch, name) for name in dispatch.found if name != _PROXY})
    dispatch.users += 1
    return dispatch


def _leave(module: ModuleType, dispatch: _Dispatch) -> None:
    dispatch.users -= 1
    # Alembic itself, if somebody runs it in this process at the same time, has put its own there.
    if dispatch.users or vars(module).get(_PROXY) is not dispatch:
        return
    for name, value in dispatch.found.items():
        if value is _MISSING:
            del vars(module)[name]
        else:
            vars(module)[name] = value
