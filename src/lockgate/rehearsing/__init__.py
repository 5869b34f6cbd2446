"""The pending run, in a scratch database: what it sends, and what that locks."""
