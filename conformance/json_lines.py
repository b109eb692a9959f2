"""A file of JSON Lines, each of which is there for readers as soon as it is written."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from conformance.errors import ConfigurationError


class JsonLines:
    """Writes to `path`, anew.

    Raises:
        ConfigurationError: It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(error.strerror or str(error), path=path) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, **line: Any) -> None:
        """Writes a line of these keys and values."""
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
