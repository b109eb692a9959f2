"""IP addresses."""

import ipaddress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol.addresses import AddressError, check_address

PIECES = st.sampled_from(["::", ":", "1", "ab", "ffff", "12345", "1.2.3.4", ".", "0", "g", "%z"])


@given(st.ip_addresses())
def test_an_address_has_its_version(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Every address is one, of its version."""
    assert check_address(str(address)) == address.version


@given(st.lists(PIECES, max_size=12).map("".join))
def test_agrees_with_the_standard_library(text: str) -> None:
    """A text is an address to us when it is one to Python, which takes one `%` at most."""
    assume(text.count("%") < 2)
    try:
        wanted: int | None = ipaddress.ip_address(text).version
    except ValueError:
        wanted = None
    try:
        found: int | None = check_address(text)
    except AddressError:
        found = None

    assert found == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "unable to parse IP"),
        ("%z", "missing IPv6 address"),
        ("::%", "zone must be a non-empty string"),
        ("1:2", "address string too short"),
        ("1::2::3", 'multiple :: in address (at ":3")'),
        ("12345::", 'each group must have 4 or less digits (at "12345::")'),
        ("1:2:3:4:5:6:7:8:9", 'trailing garbage after address (at "9")'),
        ("1::2:3:4:5:6:7:8", "the :: must expand to at least one field of zeros"),
        ("1:1.2.3.4", "embedded IPv4 address must replace the final 2 fields of the address"),
        ("1.2.3", "IPv4 address too short"),
        ("1.2.3.4.5", "IPv4 address too long"),
        ("1..3.4", 'IPv4 field must have at least one digit (at ".3.4")'),
        ("256.1.1.1", "IPv4 field has value >255"),
        ("01.1.1.1", "IPv4 field has octet with leading zero"),
    ],
)
def test_a_refusal_tells_the_reason(text: str, reason: str) -> None:
    """What is wrong with an address is told, and where."""
    with pytest.raises(AddressError) as error:
        check_address(text)

    assert str(error.value).startswith(f'ParseAddr("{text}"): {reason}')
