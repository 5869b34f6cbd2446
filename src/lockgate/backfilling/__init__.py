"""Goes through a table batch by batch, each committed with how far it has come."""
