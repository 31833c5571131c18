import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.core import hosts
from tests.properties import ALL_PLANES, quick, thorough

INTERNAL = [
    "127.0.0.1", "127.255.255.254", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "100.64.0.1",
    "100.127.255.255", "169.254.169.254", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1",
    "::ffff:7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::5db8:d822", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1", "2001:db8::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "100::1",
]  # fmt: skip
PUBLIC = [
    "93.184.216.34", "8.8.8.8", "100.63.255.255", "100.128.0.1", "2606:2800:220:1::1", "2a00:1450::1",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INTERNAL)
def test_address_inside_is_not_public(address):
    assert hosts.is_public(address) is False


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_internet_is_public(address):
    assert hosts.is_public(address) is True


@pytest.mark.parametrize("address", ["", "example.org", "1.2.3", "0177.0.0.1", "2130706433", "0x7f000001"])
def test_what_is_no_address_is_not_public(address):
    assert hosts.is_public(address) is False


@given(number=st.integers(0, 2**32 - 1))
@thorough
def test_wrapping_an_address_makes_nothing_public(number):
    plain = ipaddress.IPv4Address(number)
    inside = hosts.is_public(str(plain))

    assert hosts.is_public(str(ipaddress.IPv6Address(0xFFFF << 32 | number))) is inside
    assert hosts.is_public(str(ipaddress.IPv6Address(0x64FF9B << 96 | number))) is inside
    assert hosts.is_public(str(ipaddress.IPv6Address(0x2002 << 112 | number << 80))) is inside


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:7f00:1"])
def test_loopback_is_known_in_every_dress(address):
    assert hosts.is_loopback(address) is True


@pytest.mark.parametrize("address", ["128.0.0.1", "10.0.0.1", "::2", "localhost", ""])
def test_other_addresses_are_no_loopback(address):
    assert hosts.is_loopback(address) is False


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("Example.ORG", "example.org"),
        (" example.org. ", "example.org"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("ｅｘａｍｐｌｅ．org", "example.org"),
        ("_open-letter.example.org", "_open-letter.example.org"),
        ("4chan.org", "4chan.org"),
    ],
)
def test_host_has_one_spelling(typed, host):
    assert hosts.ascii_host(typed) == host
    assert hosts.ascii_host(host) == host


@pytest.mark.parametrize(
    "typed",
    [
        "", ".", "localhost", "intranet", "a..b", ".example.org", "example.org..", "-a.example", "a-.example",
        "a b.example", "a/b.example", "a@b.example", "a:1.example", "127.0.0.1", "0177.0.0.1", "0x7f.1", "1.2.3.0x",
        "127.1", "example.1", "[::1]", "::1", "a\0.example", f"{'a' * 64}.example", ("a" * 60 + ".") * 5 + "example",
        "xn--a.exam\u200dple", "①.①", "１２７.０.０.１", "١٢٧.١",
    ],
)  # fmt: skip
def test_what_is_no_host_is_refused(typed):
    with pytest.raises(hosts.HostRefused):
        hosts.ascii_host(typed)


@given(typed=st.text(ALL_PLANES, max_size=30))
@quick
def test_any_text_is_a_host_of_one_spelling_or_is_refused(typed):
    try:
        host = hosts.ascii_host(typed)
    except hosts.HostRefused:
        return
    assert host.isascii()
    assert hosts.ascii_host(host) == host
