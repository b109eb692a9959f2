"""State on disk: a cluster that is killed at any moment loses nothing it has acknowledged.

What is written survives the process, though not the machine: nothing is synchronised to disk.
"""
