"""`python -m mockbroker` is the `mockbroker` command."""

from mockbroker.cli import main

main()
