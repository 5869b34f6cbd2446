"""The command line: it parses, calls the Runner, and renders. `--help` imports nothing but click."""
