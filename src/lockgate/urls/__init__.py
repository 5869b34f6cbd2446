"""Database URLs, in every spelling that people have."""
