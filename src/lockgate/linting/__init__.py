"""What is risky about the statements that a run would send."""
