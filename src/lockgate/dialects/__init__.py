"""The only place with SQL of one engine: what a session of each can do, behind one seam."""
