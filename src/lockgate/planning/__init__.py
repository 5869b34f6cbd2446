"""Which migrations a run would take, and whether anything forbids it: pure, no database, no disk."""
