"""The catalogue's loader: strict, and clear about what is wrong where."""

from pathlib import Path

import pytest

from conformance.catalogue import load
from conformance.errors import ConfigurationError

GOOD = """
[[requirement]]
id = "area.does-it"
level = "MUST"
sentence = "It is done."
source = ["AREA-001"]
"""


def _load(folder: Path, text: str, name: str = "area") -> None:
    (folder / f"{name}.toml").write_text(text)
    load(folder)


def test_shipped_catalogue_is_large_and_unique() -> None:
    """The catalogue that ships loads, and holds at least 400 requirements."""
    assert len(load()) >= 400


def test_good_entry_has_defaults(tmp_path: Path) -> None:
    """An entry of the required keys alone needs one broker and nothing else."""
    (tmp_path / "area.toml").write_text(GOOD)
    entry = load(tmp_path)["area.does-it"]
    assert (entry.brokers, entry.needs, entry.untestable) == (1, (), None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('color = "red"', "entry 1: unknown key 'color'"),
        ('needs = ["luck"]', "unknown need 'luck'"),
        ('untestable = "boring"', "unknown reason 'boring'"),
        ("brokers = 0", "brokers is 0"),
        ('brokers = "3"', "brokers has a value of the wrong type"),
        ('since = "soon"', "'soon' is no release"),
    ],
)
def test_wrong_value_is_named_with_its_file(tmp_path: Path, wrong: str, sentence: str) -> None:
    """One wrong key or value stops the loading, with a sentence that names file and entry."""
    with pytest.raises(ConfigurationError) as caught:
        _load(tmp_path, GOOD + wrong)
    assert str(tmp_path / "area.toml") in str(caught.value)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("missing", ["id", "level", "sentence", "source"])
def test_missing_key_is_named(tmp_path: Path, missing: str) -> None:
    """An entry without one of the required keys is refused."""
    kept = "\n".join(line for line in GOOD.splitlines() if not line.startswith(missing))
    with pytest.raises(ConfigurationError, match=f"lacks the key '{missing}'"):
        _load(tmp_path, kept)


@pytest.mark.parametrize("identifier", ["other.does-it", "area.Does-It", "area.does--it", "area"])
def test_id_follows_its_area(tmp_path: Path, identifier: str) -> None:
    """An id is the area of its file and words with dashes."""
    with pytest.raises(ConfigurationError, match="is not of the shape"):
        _load(tmp_path, GOOD.replace("area.does-it", identifier))


def test_double_id_is_refused(tmp_path: Path) -> None:
    """No id is taken twice."""
    with pytest.raises(ConfigurationError, match=r"id area\.does-it is taken twice"):
        _load(tmp_path, GOOD + GOOD)


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    """A file that does not parse is named."""
    with pytest.raises(ConfigurationError, match=r"area\.toml"):
        _load(tmp_path, "[[requirement")


def test_empty_catalogue_is_refused(tmp_path: Path) -> None:
    """A folder without entries is an error, not an empty catalogue."""
    with pytest.raises(ConfigurationError, match="holds no requirement"):
        load(tmp_path)
