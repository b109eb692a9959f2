"""Thin gRPC servicer methods, one RPC per file."""
