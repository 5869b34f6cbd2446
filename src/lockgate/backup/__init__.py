"""A copy of the database before a run changes it: made by the engine's own means, verified, and kept to a number."""
