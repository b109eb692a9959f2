"""Rules that make an honest broker misbehave on purpose."""
