"""What `/debug/metrics` tells of one broker's HTTP side, in Prometheus' text form."""

from collections import Counter
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
_NAME: Final = "mockbroker_http_requests_total"


class Metrics:
    """Counts answers by method and code."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, int]] = Counter()

    def count(self, method: str, code: int) -> None:
        """Counts one answer."""
        self._answers[method, code] += 1

    def text(self) -> str:
        """All counts."""
        lines = [f"# HELP {_NAME} HTTP answers begun.", f"# TYPE {_NAME} counter"]
        for (method, code), count in sorted(self._answers.items()):
            lines.append(f'{_NAME}{{code="{code}",method="{method}"}} {count}')
        return "\n".join(lines) + "\n"
