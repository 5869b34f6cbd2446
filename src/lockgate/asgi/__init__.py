"""The gate where ASGI applications start."""
