"""The pending run, in a scratch database: what it sends, and what that locks."""

from lockgate.rehearsing.asked import Asked
from lockgate.rehearsing.rehearsal import rehearse

__all__ = ["Asked", "rehearse"]
