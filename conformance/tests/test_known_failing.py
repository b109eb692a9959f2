"""Known-failing lists: strict files."""

import datetime as dt
from pathlib import Path

import pytest

from conformance.errors import ConfigurationError
from conformance.known_failing import KnownFailing, read_list, write_list

TOML = """
[[known_failing]]
id = "area.one"
reason = "it is broken"
link = "https://example.org/1"
expires = 2027-01-31
"""
YAML = """
known_failing:
- id: area.one
  reason: it is broken
  link: https://example.org/1
  expires: 2027-01-31
"""


def _read(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    read_list(folder / name)


def test_toml_and_yaml_read_the_same(tmp_path: Path) -> None:
    """Both forms give the same entries."""
    (tmp_path / "a.toml").write_text(TOML)
    (tmp_path / "a.yaml").write_text(YAML)
    entries = read_list(tmp_path / "a.toml")
    assert entries == read_list(tmp_path / "a.yaml")
    assert entries[0].expires.year == 2027


def test_written_list_reads_back(tmp_path: Path) -> None:
    """What is written is read as it was, whatever its reason."""
    entry = KnownFailing("area.one", 'it "is" broken\\', "", dt.date(2027, 1, 31))
    write_list(tmp_path / "a.toml", [entry])
    assert read_list(tmp_path / "a.toml") == (entry,)
    write_list(tmp_path / "a.toml", [])
    assert read_list(tmp_path / "a.toml") == ()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.toml", TOML + 'why = "?"', "entry 1: unknown key 'why'"),
        ("a.toml", TOML.replace('link = "https://example.org/1"', ""), "lacks the key 'link'"),
        ("a.toml", TOML.replace("2027-01-31", '"soon"'), "expires has a value of the wrong type"),
        ("a.toml", TOML + TOML, "entry 2: area.one is listed twice"),
        ("a.toml", "entries = 1", "unknown key 'entries'"),
        ("a.toml", "known_failing = 1", "must be a list"),
        ("a.yaml", "- area.one", "must hold keys"),
        ("a.yaml", "known_failing: [", "a.yaml"),
    ],
)
def test_wrong_list_is_one_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    """A mistake is told with the file and the entry."""
    with pytest.raises(ConfigurationError) as caught:
        _read(tmp_path, name, text)
    assert str(tmp_path / name) in str(caught.value)
    assert sentence in str(caught.value)


def test_missing_file_is_named() -> None:
    """A file that is not there is told by name."""
    with pytest.raises(ConfigurationError, match=r"gone\.toml: No such file"):
        read_list(Path("gone.toml"))
