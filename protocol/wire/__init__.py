"""The wire: `protocol.proto`, what is generated from it, and the gRPC service."""
