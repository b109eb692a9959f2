"""Where a read stands: each response of a stream moves it on, or breaks the protocol."""

from dataclasses import dataclass

from protocol.client.errors import ResponseError
from protocol.wire.messages import Fragment, ReadResponse


@dataclass(frozen=True, slots=True)
class Chunk:
    """Content of a journal.

    Attributes:
        offset: Where it begins.
        content: The bytes, at least one.
        fragment: The fragment which holds it, as it was known when this was read.
        write_head: The end of the journal, as the broker knew it then.
        skipped: How many bytes right before it the journal no longer has.
    """

    offset: int
    content: bytes
    fragment: Fragment
    write_head: int
    skipped: int = 0

    @property
    def end(self) -> int:
        """Where the next chunk begins, unless bytes are missing there."""
        return self.offset + len(self.content)


class Position:
    """The place of the next byte to be read.

    Attributes:
        offset: Its offset; -1 for the write head, until a response tells it.
        fragment: The fragment that the stream is in; None before the first.
        fragment_url: Where that can be fetched; empty once content of it came, or if it
            cannot be fetched.
    """

    def __init__(self, journal: str, offset: int, end_offset: int) -> None:
        self.offset = offset
        self.fragment: Fragment | None = None
        self.fragment_url = ""
        self._journal = journal
        self._end_offset = end_offset
        self._write_head = 0
        self._skipped = 0

    @property
    def at_end(self) -> bool:
        """Whether everything that was asked for has been read."""
        return bool(self._end_offset) and self.offset >= self._end_offset

    def restart(self) -> None:
        """Another stream begins, at this place."""
        self.fragment = None
        self.fragment_url = ""

    def take(self, response: ReadResponse) -> Chunk | None:
        """Moves on by a valid response with status OK.

        Returns:
            The content that it brings, if it does.

        Raises:
            ResponseError: It does not follow what came before.
        """
        if response.HasField("content"):
            return self._take_content(response)
        if self.offset > response.offset:
            raise self._error(f"offset {response.offset} is before {self.offset}")
        if self.offset >= 0:
            self._skipped += response.offset - self.offset
        self.offset = response.offset
        self.fragment = response.fragment
        self.fragment_url = response.fragment_url
        self._write_head = response.write_head
        return None

    def _take_content(self, response: ReadResponse) -> Chunk | None:
        if self.fragment is None:
            raise self._error("content comes before its fragment")
        if response.offset != self.offset:
            raise self._error(f"content is at {response.offset} instead of {self.offset}")
        self.fragment_url = ""
        return self.advance(response.content)

    def advance(self, content: bytes) -> Chunk | None:
        """Moves on by the next bytes of the fragment; returns None if there are none.

        Raises:
            ResponseError: They go beyond the fragment, or beyond what was asked for.
        """
        assert self.fragment is not None, "content follows its fragment"  # noqa: S101 - as taken
        limit = min(self.fragment.end, self._end_offset or self.fragment.end)
        if self.offset + len(content) > limit:
            raise self._error(f"content goes on beyond {limit}")
        if not content:
            return None
        chunk = Chunk(self.offset, content, self.fragment, self._write_head, self._skipped)
        self.offset = chunk.end
        self._skipped = 0
        return chunk

    def within(self, content: bytes) -> bytes:
        """As many of the fragment's next bytes as were asked for."""
        return content[: self._end_offset - self.offset] if self._end_offset else content

    def _error(self, problem: str) -> ResponseError:
        return ResponseError(f"invalid ReadResponse: {problem}", journal=self._journal)
