"""The catalogue of faults, and its tests."""

from pathlib import Path

from mockbroker.faults.catalogue import CATALOGUE


def test_every_fault_is_shown() -> None:
    """No fault of the catalogue is without a test that shows it."""
    tests = Path(__file__).parent.glob("test_*.py")
    source = "".join(test.read_text(encoding="utf-8") for test in tests)

    assert [name for name in CATALOGUE if f'"{name}"' not in source] == []
