import pytest

from letters.verification import lists


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("uni.edu", ["uni.edu"]),
        ("cs.uni.edu", ["cs.uni.edu", "uni.edu"]),
        ("a.b.ox.ac.uk", ["a.b.ox.ac.uk", "b.ox.ac.uk", "ox.ac.uk"]),
        ("uni.edu.evil.com", ["uni.edu.evil.com", "edu.evil.com", "evil.com"]),
        # Private suffixes of the list, and the mail domains of a real university.
        ("rub.de", ["rub.de"]),
        ("cs.ruhr-uni-bochum.de", ["cs.ruhr-uni-bochum.de", "ruhr-uni-bochum.de"]),
        ("edu.cn", []),
        ("ac.uk", []),
        ("nhs.uk", []),
        ("com", []),
    ],
)
def test_candidates_go_down_to_the_registrable_domain(domain, names):
    assert lists.candidates(domain) == names


@pytest.mark.parametrize("domain", ["edu.cn", "edu.br", "ac.id", "edu.np", "ac.uk", "nhs.uk", "gouv.fr"])
def test_bare_suffixes_of_registries_are_public(domain):
    assert lists.is_public_suffix(domain)


def test_suffixes_of_private_owners_are_shared_and_not_public():
    for domain in ("github.io", "eu.org", "rub.de"):
        assert (lists.is_public_suffix(domain), lists.is_shared_suffix(domain)) == (False, True), domain
    assert not lists.is_shared_suffix("edu.cn")


# What domain lists of packages do not know, measured in November 2026, and a few that they do.
@pytest.mark.parametrize(
    ("domain", "kind"),
    [
        ("hey.com", "free"),
        ("mailbox.org", "free"),
        ("tutanota.com", "free"),
        ("privaterelay.appleid.com", "relay"),
        ("users.noreply.github.com", "relay"),
        ("mozmail.com", "relay"),
        ("simplelogin.com", "relay"),
        ("riseup.net", "free"),
        ("comcast.net", "isp"),
        ("t-online.de", "isp"),
        ("gmail.com", "free"),
        ("mx.gmx.de", "free"),
        ("mailinator.com", "disposable"),
        ("x.mailinator.com", "disposable"),
        ("anna.github.io", "hosting"),
        ("firm.onmicrosoft.com", "hosting"),
    ],
)
def test_unnamed_knows_mailboxes_that_name_no_workplace(domain, kind):
    found = lists.unnamed(lists.candidates(domain))

    assert found.kind == kind
    assert found.source


@pytest.mark.parametrize(
    "domain", ["nus.edu.sg", "cs.nus.edu.sg", "unican.es", "github.com", "appleid.com", "hey.community", "nothey.com"]
)
def test_unnamed_leaves_others_alone(domain):
    assert lists.unnamed(lists.candidates(domain)) is None


@pytest.mark.parametrize(
    ("domain", "kind"),
    [
        ("acm.org", "membership"),
        ("ieee.org", "membership"),
        ("alum.mit.edu", "alumni"),
        ("post.harvard.edu", "alumni"),
        ("alumni.ox.ac.uk", "alumni"),
        ("polytechnique.org", "alumni"),
        ("alumnos.uc3m.es", "student"),
    ],
)
def test_special_knows_addresses_of_people_who_do_not_work_there(domain, kind):
    assert lists.special(lists.candidates(domain)).kind == kind


def test_special_leaves_free_mail_and_universities_alone():
    assert lists.special(["hey.com"]) is None
    assert lists.special(["harvard.edu"]) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("alum.uni.example", "alumni"),
        ("alumni.uni.example", "alumni"),
        ("alumnae.uni.example", "alumni"),
        ("alumni365.uni.example", "alumni"),
        ("alum-mail.uni.example", "alumni"),
        ("kelloggalumni.uni.example", "alumni"),
        ("student.uni.example", "student"),
        ("stud.uni.example", "student"),
    ],
)
def test_labels_give_graduates_and_students_away(name, kind):
    assert lists.labelled(name, is_registrable=False).kind == kind


@pytest.mark.parametrize("name", ["uni.example", "aluminium.example", "alumil.com", "studio.uni.example"])
def test_labels_of_others_give_nothing_away(name):
    assert lists.labelled(name, is_registrable=False) is None


def test_label_of_students_counts_below_a_registrable_domain_alone():
    assert lists.labelled("student.example", is_registrable=True) is None
    assert lists.labelled("alumni.example", is_registrable=True).kind == "alumni"


@pytest.mark.parametrize(
    "local", ["info", "Info", "press", "press-office", "no.reply", "noreply", "security+cve", "support2", "it_helpdesk"]
)
def test_role_mailboxes_are_known(local):
    assert lists.is_role(local)


@pytest.mark.parametrize("local", ["suzie", "maria.press", "informant", "j.post", "s", "123", "press.maria", "+info"])
def test_people_are_no_role(local):
    assert not lists.is_role(local)


def test_school_takes_the_longest_and_leaves_remarks_out():
    assert lists.school(["cs.ethz.ch", "ethz.ch"]).domain == "ethz.ch"
    assert lists.school(["vitapalum.ac.in"]).names == ("VIT University, AP", "VIT AP")
    assert lists.school(["mpg.de"]) is None


def test_stop_list_is_asked_by_whole_name():
    assert lists.stopped(["x.aya.yale.edu", "aya.yale.edu", "yale.edu"]) == "aya.yale.edu"
    assert lists.stopped(["yale.edu"]) == ""


def test_every_entry_of_the_supplement_has_a_page_and_a_lower_case_domain():
    known = lists.supplement()

    assert len(known.domains) > 150
    for domain, listed in known.domains.items():
        assert domain == domain.lower() == listed.domain
        assert "https://" in listed.source, domain
        assert not lists.is_public_suffix(domain), domain
