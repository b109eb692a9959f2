"""The README's example of the client runs as it stands there."""

from pathlib import Path
from typing import Any

import pytest

from protocol.client import SyncJournalClient
from protocol.tests.client.conftest import spec

_README = Path(__file__).parents[3] / "README.md"


def test_client_example(mock_cluster: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It lists a journal, appends to it, and reads what it appended."""
    mock_cluster.apply(spec("an/example"))
    address = mock_cluster.brokers[0].endpoint
    with SyncJournalClient.connect(address) as client:
        client.append("an/example", b"before")
    _, _, rest = _README.read_text().partition("<!-- client example -->\n```python\n")
    code, _, _ = rest.partition("```")

    exec(compile(code.replace("http://127.0.0.1:8080", address), _README, "exec"), {})  # noqa: S102 - ours

    assert capsys.readouterr().out == "an/example has 1 replicas\n6 b'hello\\n'\n"
