"""Lies: each is declared well, can be put in place, and changes what clients see."""

import asyncio
import subprocess
import sys

import pytest

import protocol as pb
from mockbroker import MockCluster
from mockbroker.errors import MockError
from mockbroker.lies import all_lies, find
from mockbroker.lies.liar import Liar, install, replaced
from protocol.wire.service import METHODS


@pytest.mark.parametrize("name", all_lies())
def test_lies_are_declared_well(name: str) -> None:
    """Each lie has a sentence, cites ids, and taps or replaces something that is there."""
    lie = find(name)

    assert lie.sentence.endswith(".")
    assert lie.sentence[0].isupper()
    assert lie.caught_by
    assert lie.taps or lie.patches
    assert {rpc for _, rpc in lie.taps} <= set(METHODS)
    for target in lie.patches:
        replaced(target)


def test_an_unknown_lie_is_refused() -> None:
    """A name that no lie has is told, with where names are listed."""
    with pytest.raises(MockError, match="no lie is called 'nonsense'"):
        find("nonsense")


def test_a_tapped_lie_changes_answers() -> None:
    """A broker that lies in List's header says so to a client; without the lie it does not."""

    async def primary(name: str | None) -> int:
        async with MockCluster(http=False) as cluster:
            if name:
                cluster.interceptor = Liar(find(name))
            return (await _list(cluster.brokers[0].address)).header.route.primary

    assert asyncio.run(primary(None)) == -1
    assert asyncio.run(primary("list-header-has-primary-zero")) == 0


async def _list(address: str) -> pb.ListResponse:
    import grpc  # noqa: PLC0415 - only here

    async with grpc.aio.insecure_channel(address) as channel:
        return await anext(aiter(pb.JournalStub(channel).List(pb.ListRequest())))


def test_a_replaced_function_is_replaced_wherever_it_was_imported() -> None:
    """In a process that tells the lie, every module that imported the function lies."""
    code = """
from mockbroker.core import list, resolver
from mockbroker.lies.liar import install
from protocol import labels
install({"protocol.labels:matches": lambda honest, *_: "told"})
assert labels.matches() == list.matches() == resolver.matches() == "told"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_replacing_what_is_not_there_is_an_error() -> None:
    """A function that was renamed leaves no lie that silently is none."""
    with pytest.raises(AttributeError):
        install({"mockbroker.core.list:no_such_function": lambda honest: honest})
