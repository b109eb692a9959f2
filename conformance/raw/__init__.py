"""Calls below the message level: HTTP/2 frames and gRPC framing by hand."""
