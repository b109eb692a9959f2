"""The suite itself: one file per contract area."""
