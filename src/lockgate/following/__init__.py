"""The database follows the models: what is there, what they ask for, and what is done about it."""
