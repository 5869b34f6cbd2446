"""OpenTelemetry spans of runs and migrations, by its API (https://opentelemetry.io/docs/specs/otel/trace/api/).

An application that traces has imported the API by the time it migrates. Where it has not, nothing is imported and nothing told.
"""

from __future__ import annotations

import sys
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lockgate.urls.database_url import mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opentelemetry.trace import Span, Tracer

    from lockgate.nouns.reports import Ran

    Attributes = Mapping[str, str | int]

SYSTEM: Final = "db.system.name"
"""https://opentelemetry.io/docs/specs/semconv/db/database-spans/."""
_SQLSTATE: Final = "db.response.status_code"
_BILLION: Final = 1_000_000_000


class Task(NamedTuple):
    """What a span is about."""

    name: str
    attributes: Attributes


@contextmanager
def traced(task: Task) -> Iterator[None]:
    """A span around a block, and current in it, so that those of the database's driver are within it.

    What the block raises is recorded, a cancellation too.
    """
    trace, tracer = _api()
    if tracer is None:
        yield
        return
    span = tracer.start_span(task.name, attributes=task.attributes)
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except BaseException as error:
            _record(span, error)
            raise


@contextmanager
def traced_together(tasks: Sequence[Task], ran: Sequence[Ran]) -> Iterator[None]:
    """Spans for migrations that are one message to the server, made when it is over.

    Each is given the time that `ran` says it has taken, one after the other; if the block raises, the first that did not run is
    the one that failed, and has the rest. While the message is under way none of them is current: it is the run's.
    """
    began, before = time.time_ns(), len(ran)
    failed: BaseException | None = None
    try:
        yield
    except BaseException as error:
        failed = error
        raise
    finally:
        _, tracer = _api()
        if tracer is not None:
            _tell(tracer, tasks, ran[before:], began, failed)


def note(attributes: Attributes) -> None:
    """Add to the span that is current."""
    trace, _ = _api()
    if trace is not None:
        trace.get_current_span().set_attributes(attributes)


def _api() -> tuple[Any, Tracer | None]:
    trace: Any = sys.modules.get("opentelemetry.trace")
    return trace, trace and trace.get_tracer("lockgate")


def _tell(tracer: Tracer, tasks: Sequence[Task], ran: Sequence[Ran], began: int, failed: BaseException | None) -> None:
    for task, one in zip(tasks, ran, strict=False):
        span = tracer.start_span(task.name, attributes=task.attributes, start_time=began)
        began += int(one.seconds * _BILLION)
        span.end(began)
    if failed is not None and len(ran) < len(tasks):
        task = tasks[len(ran)]
        span = tracer.start_span(task.name, attributes=task.attributes, start_time=began)
        _record(span, failed)
        span.end()


def _record(span: Span, error: BaseException) -> None:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - it is loaded, or there would be no span

    text = mask("".join(traceback.format_exception(error)))
    words = mask(str(error)) or type(error).__name__
    span.record_exception(error, {"exception.message": words, "exception.stacktrace": text})
    span.set_attribute("error.type", type(error).__qualname__)
    if sqlstate := getattr(error.__cause__, "sqlstate", None):
        span.set_attribute(_SQLSTATE, sqlstate)
    span.set_status(Status(StatusCode.ERROR, words))
