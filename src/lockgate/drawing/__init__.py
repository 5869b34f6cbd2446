"""A schema as a diagram."""
