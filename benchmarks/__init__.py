"""Lockgate beside the raw drivers and other migration tools, as ratios measured in one run: `python -m benchmarks`."""
