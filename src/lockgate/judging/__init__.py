"""What is pending, rehearsed and judged; and the runner that runs nothing which weighs too much."""
