"""Fragment stores."""
