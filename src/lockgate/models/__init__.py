"""What Lockgate knows of an application's SQLAlchemy models."""
