"""The broker's behaviour: pure and deterministic, one session machine per RPC."""
