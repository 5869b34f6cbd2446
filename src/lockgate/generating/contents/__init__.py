"""All that a database holds, said as the statements that make it: what a baseline is written with, and proved by."""
