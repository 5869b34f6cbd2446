"""What the author of a Python migration works with: the class, and `self.db`."""
