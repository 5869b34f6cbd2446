"""Where migrations are read from, and how a Python file becomes a class."""
