"""The commands for people: what a broker's journals are and hold."""
