"""What can be wrong with a file that is to be reported on, each in one sentence.

The conversation: bytes become lines (`NotJsonError`), lines become objects of known shape
(`MalformedError`), objects become one whole run (`EmptyError`, `NoHeaderError`,
`UnknownFormatError`, `DuplicateError`, `NoFooterError`, `InconsistentError`).
"""


class ReportsError(Exception):
    """A file or a request this package cannot work with; `str()` is one sentence for people."""


class UnreadableError(ReportsError):
    """The file cannot be opened, read or written."""


class ResultsError(ReportsError):
    """A result file breaks its contract.

    `source` names the file, `line` counts from 1 and is 0 where the whole file is meant.
    """

    def __init__(self, problem: str, *, source: str, line: int = 0) -> None:
        place = f"{source}:{line}" if line else source
        super().__init__(f"{place}: {problem}")
        self.problem = problem
        self.source = source
        self.line = line


class EmptyError(ResultsError):
    """The file holds no line at all."""


class NotJsonError(ResultsError):
    """A line is not one JSON object in UTF-8."""


class MalformedError(ResultsError):
    """A line is JSON, but a field is missing or of the wrong kind."""


class UnknownFormatError(ResultsError):
    """The header announces a format this version cannot read."""


class NoHeaderError(ResultsError):
    """The first line is not the header."""


class NoFooterError(ResultsError):
    """The last line is not the footer: the run did not end."""


class DuplicateError(ResultsError):
    """A test or a requirement stands in the file twice."""


class InconsistentError(ResultsError):
    """Header, lines and footer contradict each other."""


class CertificateError(ReportsError):
    """A certificate cannot be issued or is not one."""
