"""The broker's behaviour: pure and deterministic, one session script per RPC.

A session is a *script*: a generator that yields what it wants done (an action) and is
sent what came of it. Whoever runs it decides how: the pump of `mockbroker.rpc` over
gRPC, or a test with a list. Between two yields a script has the world to itself, so
shared state needs no locks beyond those that are part of the protocol.

Time, ids and randomness are arguments. Nothing here imports grpc, asyncio, time,
random, threading or socket, and a lint contract holds it.
"""
