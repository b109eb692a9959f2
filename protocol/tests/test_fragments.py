"""Content addressing: names there and back, and what is not a name."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codecs import CODECS, CodecError
from protocol.errors import ProtocolError, ValidationError
from protocol.fragments import (
    FragmentNameError,
    content_length,
    content_name,
    content_path,
    digest_of,
    join_path,
    parse_name,
    same_fragment,
    sum_from_digest,
    sum_of,
)
from protocol.wire.messages import Fragment, SHA1Sum

SUM = "0102030405060708090a0b0c0d0e0f1011121314"
offsets = st.integers(0, (1 << 63) - 1)


@given(st.binary(max_size=200))
def test_a_sum_is_the_sha1_of_the_content(content: bytes) -> None:
    """The parts of a sum hold the digest, big-endian."""
    expected = hashlib.sha1(content, usedforsecurity=False).digest()

    assert digest_of(sum_of(content)) == expected


@given(st.binary(max_size=40).filter(lambda digest: len(digest) != 20))
def test_a_digest_has_twenty_bytes(digest: bytes) -> None:
    """A digest of any other length is refused."""
    with pytest.raises(FragmentNameError):
        sum_from_digest(digest)


@given(
    st.tuples(offsets, offsets).map(sorted),
    st.binary(min_size=20, max_size=20),
    st.sampled_from(sorted(CODECS)),
    st.sampled_from(["", "date=2024-01-01", "a=1/b=2", "..", "../.."]),
)
def test_names_round_trip(extent: list[int], digest: bytes, codec: int, postfix: str) -> None:
    """Parsing postfix and name gives back the fragment."""
    fragment = Fragment(
        journal="a/journal",
        begin=extent[0],
        end=extent[1],
        sum=sum_from_digest(digest),
        compression_codec=CODECS[codec].number,
        path_postfix=postfix,
    )

    parsed = parse_name("a/journal", f"{postfix}/{content_name(fragment)}".lstrip("/"))

    assert same_fragment(parsed, fragment)
    assert content_length(parsed) == extent[1] - extent[0]


@given(st.text(st.characters(codec="utf-8")) | st.text("0123456789abcdefg-./_+", max_size=70))
def test_any_text_parses_or_fails_with_a_sentence(path: str) -> None:
    """No path whatsoever makes anything but a fragment or a typed error."""
    try:
        fragment = parse_name("a/journal", path)
    except ProtocolError:
        return

    assert content_name(fragment)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "wrong Fragment format: /"),
        (
            "f" * 17 + "-g-00.foo",
            'Begin: strconv.ParseInt: parsing "fffffffffffffffff": value out of range',
        ),
        ("1-2-0é.raw", "Sum: encoding/hex: invalid byte: U+00C3 'Ã'"),
        ("1-2-\x7f0.raw", "Sum: encoding/hex: invalid byte: U+007F"),
    ],
)
def test_texts_beyond_the_vectors(path: str, text: str) -> None:
    """Errors read as a broker has them, also where no vector tells."""
    with pytest.raises(FragmentNameError) as caught:
        parse_name("a/journal", path)

    assert str(caught.value) == text


def test_a_parsed_fragment_is_valid() -> None:
    """A name may be well formed and its fragment break a rule."""
    with pytest.raises(ValidationError, match="expected Begin <= End"):
        parse_name("a/journal", f"2-1-{SUM}.raw")


def test_paths_may_be_no_text_at_all() -> None:
    """A directory that isn't UTF-8 is refused like any other that is no valid postfix."""
    with pytest.raises(ValidationError, match="PathPostfix: not a valid token") as caught:
        parse_name("a/journal", f"a\udcff/1-2-{SUM}.raw")

    assert caught.value.rule == "VAL-FRAGMENT-04"


def test_a_name_needs_a_codec() -> None:
    """A fragment of an invalid codec has no name, and its path neither."""
    for call in (content_name, content_path):
        with pytest.raises(CodecError, match="invalid CompressionCodec"):
            call(Fragment(journal="a/journal"))


def test_an_absent_sum_is_a_zero_sum() -> None:
    """Fragments that differ only in the presence of a zero sum are the same."""
    assert same_fragment(Fragment(begin=1), Fragment(begin=1, sum=SHA1Sum()))
    assert not same_fragment(Fragment(), Fragment(sum=SHA1Sum(part3=1)))


@pytest.mark.parametrize(
    ("elements", "joined"),
    [
        ((), ""),
        (("", ""), ""),
        (("a/b", "", "c"), "a/b/c"),
        (("a//b/", "./c/"), "a/b/c"),
        (("a", "../.."), ".."),
        (("//a", "b"), "/a/b"),
        (("a", ".."), "."),
    ],
)
def test_join_cleans(elements: tuple[str, ...], joined: str) -> None:
    """Empty elements vanish, and the rest is cleaned lexically."""
    assert join_path(*elements) == joined
