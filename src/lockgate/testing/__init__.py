"""Databases for tests: made of one migrated template, each as new, and gone afterwards. The pytest plugin hands them out."""
