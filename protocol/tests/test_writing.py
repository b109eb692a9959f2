"""Writing to a call that its server answers early."""

import asyncio
from typing import Any, cast

import grpc
import pytest
from grpc._cython.cygrpc import ExecuteBatchError

from protocol.wire.writing import half_close, write


async def refuse(_requests: Any, _context: Any) -> bytes:
    """Answers an upload at once, whatever comes."""
    return b"no"


def test_the_answer_is_told_whenever_the_writes_are_crossed() -> None:
    """A write that crosses the answer returns False, and the answer is what it is."""

    async def scenario() -> set[bytes]:
        server = grpc.aio.server()
        methods = {"method": grpc.stream_unary_rpc_method_handler(refuse)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("any", methods),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        answers = set()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            upload: Any = cast("Any", channel).stream_unary("/any/method")
            for _ in range(200):
                call = upload()
                while await write(call, b"more"):
                    pass
                answers.add(await call)
        await server.stop(None)
        return answers

    assert asyncio.run(scenario()) == {b"no"}


def test_half_closing_a_call_that_has_ended_leaves_its_end_as_it_is() -> None:
    """A half-close that crosses the end of its connection is no error; another error is one."""

    class Crossed:
        def __init__(self, error: Exception) -> None:
            self._error = error

        async def done_writing(self) -> None:
            raise self._error

    asyncio.run(half_close(Crossed(ExecuteBatchError("execute_batch"))))
    with pytest.raises(ValueError, match="other"):
        asyncio.run(half_close(Crossed(ValueError("other"))))
