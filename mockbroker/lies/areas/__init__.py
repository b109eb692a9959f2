"""The lies of each contract area, in a module named after its catalogue."""
