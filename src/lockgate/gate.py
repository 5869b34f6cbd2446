"""The gate: which of the two modes an environment permits. Everything here is a pure function of the configuration."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import GateClosed

if TYPE_CHECKING:
    from lockgate.settings.conclusions import Conclusions

_OPENING: Final = ("development", "test")
_SHORT_FORMS: Final = {"dev": "development", "devel": "development", "local": "development", "testing": "test"}
_FORCED: Final = "versioned, because FORCE_MIGRATION is true"
_WHAT_OPENS: Final = "only ENV=development and ENV=test open it"


class Mode(StrEnum):
    """A way of changing the schema."""

    VERSIONED = "versioned"
    AUTO = "auto"


class Permit(NamedTuple):
    """What the app's start may run: the modes in their order, the reason in words, and warnings to be logged."""

    modes: tuple[Mode, ...]
    reason: str
    warnings: tuple[str, ...] = ()

    @property
    def versioned(self) -> bool:
        """Whether the numbered migrations may run."""
        return Mode.VERSIONED in self.modes

    @property
    def auto(self) -> bool:
        """Whether the database may be brought to the models."""
        return Mode.AUTO in self.modes


def permit(config: Conclusions) -> Permit:
    """Decide what the app's start may run: versioned where it is forced, then auto in development and test."""
    if config.is_open:
        versioned = (Mode.VERSIONED,) if config.force_migration else ()
        auto = (Mode.AUTO,) if config.auto else ()
        return Permit(versioned + auto, _open_reason(config))
    if config.force_migration:
        reason = f"{_environment(config)}: {_FORCED}, and auto stays closed"
        return Permit((Mode.VERSIONED,), reason, _warnings(config))
    return Permit((), f"{closed_reason(config)}{_advice(config)}", _warnings(config))


def check_versioned(config: Conclusions, *, force: bool = False) -> str:
    """Let an explicit command or call run numbered migrations, and say why it may.

    In development and test, asking is permission enough.

    Raises:
        GateClosed: the environment is another one, and neither the configuration nor the call forces.
    """
    if config.is_open:
        return f"{_environment(config)}: versioned, because this was asked for and the gate is open"
    if config.force_migration:
        return f"{_environment(config)}: {_FORCED}"
    if force:
        return f"{_environment(config)}: versioned, because this call forces it"
    raise GateClosed(
        f"{closed_reason(config)}.",
        hint=f"To run migrations, set FORCE_MIGRATION=true or say --force (in a call, force=True).{_guess(config)}",
    )


def check_auto(config: Conclusions) -> str:
    """Let an explicit command or call run auto mode, and say why it may.

    Raises:
        GateClosed: the environment is neither development nor test; nothing forces auto mode.
    """
    if not config.is_open:
        raise GateClosed(
            f"{closed_reason(config)}.",
            hint=f"Auto mode runs in development and test only, and cannot be forced.{_guess(config)}",
        )
    return f"{_environment(config)}: auto, because this was asked for and the gate is open"


def closed_reason(config: Conclusions) -> str:
    """Say why the environment is closed and what would open it."""
    if config.closed_by_process:
        return (
            f"The process's own environment says {config.closed_by_process}, which closes the gate, "
            f"and nothing else opens it again: {_WHAT_OPENS}"
        )
    return f"{_environment(config)} keeps the gate closed: {_WHAT_OPENS}"


def _environment(config: Conclusions) -> str:
    name = config.closed_by_process or config.environment
    return f"ENV={name}" if name else "ENV unset"


def _open_reason(config: Conclusions) -> str:
    said = "is" if config.auto_migrate is not None else "is not set and means"
    auto = f"AUTO_MIGRATE {said} {str(config.auto).lower()}"
    if config.force_migration:
        then = f", then auto, because {auto}" if config.auto else f", and not auto, because {auto}"
        return f"{_environment(config)}: {_FORCED}{then}"
    return f"{_environment(config)}: {'auto' if config.auto else 'nothing'}, because {auto}"


def _advice(config: Conclusions) -> str:
    return f"; FORCE_MIGRATION=true runs the versioned migrations.{_guess(config)}"


def _guess(config: Conclusions) -> str:
    import difflib  # noqa: PLC0415 - few environments are a slip of the pen

    name = config.closed_by_process or config.environment or ""
    near = [_SHORT_FORMS[name]] if name in _SHORT_FORMS else difflib.get_close_matches(name, _OPENING, n=1, cutoff=0.7)
    return f" Did you mean ENV={near[0]}?" if near else ""


def _warnings(config: Conclusions) -> tuple[str, ...]:
    if not config.auto_migrate:
        return ()
    return (f"AUTO_MIGRATE=true has no effect: {closed_reason(config)}.",)
