import dns.rcode
import pytest

from letters.core import resolving
from tests.web_server import local_names


@pytest.fixture
def names(settings):
    with local_names(settings, page_test="192.0.2.7") as server:
        yield server


def test_addresses_of_both_families_come_ipv4_first(names):
    names.records["page.test", "AAAA"] = ["2001:db8::7"]

    assert resolving.addresses_of("page.test") == ["192.0.2.7", "2001:db8::7"]


def test_one_family_is_enough(names):
    names.records["six.test", "AAAA"] = ["2001:db8::6"]

    assert resolving.addresses_of("page.test") == ["192.0.2.7"]
    assert resolving.addresses_of("six.test") == ["2001:db8::6"]


def test_long_text_is_joined_of_its_strings(names):
    names.records["_open-letter.page.test", "TXT"] = ['"open-letter=" "abc"', '"v=spf1 -all"', '"caf\\195\\169"']

    assert sorted(resolving.texts_of("_open-letter.page.test")) == ["caf??", "open-letter=abc", "v=spf1 -all"]


@pytest.mark.parametrize("ask", [resolving.addresses_of, resolving.texts_of])
def test_unknown_failing_and_silent_names_are_told_apart(names, ask):
    names.fails |= {"servfail.test": dns.rcode.SERVFAIL, "refused.test": dns.rcode.REFUSED, "silent.test": None}

    def refusal(name):
        with pytest.raises(resolving.RuleError) as caught:
            ask(name, 0.4)
        return type(caught.value)

    assert refusal("nowhere.test") is resolving.NameUnknown
    assert refusal("servfail.test") is resolving.DnsFailed
    assert refusal("refused.test") is resolving.DnsFailed
    assert refusal("silent.test") is resolving.DnsTimeout
    assert refusal(f"{'a' * 64}.test") is resolving.DnsFailed


def test_name_without_such_a_record_is_unknown(names):
    with pytest.raises(resolving.NameUnknown):
        resolving.texts_of("page.test")


def test_no_search_domain_is_appended(names):
    with pytest.raises(resolving.NameUnknown):
        resolving.addresses_of("page")

    assert {name for name, _kind in names.asked} == {"page"}


def test_system_s_name_servers_are_asked_where_none_are_set(settings, monkeypatch):
    read = "dns.resolver.Resolver.read_resolv_conf"
    monkeypatch.setattr(read, lambda self, path: self.nameservers.append("192.0.2.53"))
    settings.DNS_SERVERS = []

    assert resolving._resolver().nameservers == ["192.0.2.53"]
