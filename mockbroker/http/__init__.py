"""The HTTP side of a broker: raw content, JSON calls, and fragments of its own stores."""
