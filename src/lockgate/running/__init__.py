"""Doing what was planned: under the lock, each migration with its record."""
