"""Writes the migration that brings what the files give to what the models say, and tries it before anybody else does."""
