"""Runs the command line of this package."""

from reports.cli import main

if __name__ == "__main__":
    main(prog_name="python -m reports")
