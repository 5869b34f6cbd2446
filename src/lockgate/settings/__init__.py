"""What Lockgate is told: one frozen configuration out of arguments, environment and files."""
