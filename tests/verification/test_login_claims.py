"""What counts in the claims of a login, and what of it is kept: pure, no provider asked."""

from datetime import UTC, datetime

import pytest

from letters.accounts.oidc.logins import PROVIDER
from letters.verification import checking
from letters.verification.models import DomainKind, Organization, OrganizationDomain, Source
from letters.verification.providers import PROVIDERS, logins
from letters.verification.providers.base import Login, NotProven
from tests import factories

TODAY = datetime.now(UTC).date()
TENANT = "11111111-2222-3333-4444-555555555555"
PERSON = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
UNIVERSITY = "https://idp.uni.example/shibboleth"


@pytest.fixture(autouse=True)
def all_logins(settings):
    def app(kind, app_id, **more):
        return {"provider_id": app_id, "name": app_id, "client_id": "c", "secret": "s",
                "settings": {"kind": kind, "server_url": "https://op.example", **more}}  # fmt: skip

    settings.SOCIALACCOUNT_PROVIDERS = {PROVIDER: {"OAUTH_PKCE_ENABLED": True, "APPS": [
        app("google", "google"), app("microsoft", "microsoft"), app("linkedin", "linkedin"), app("cilogon", "cilogon"),
        app("institution", "uni", organization="University X", scopes=["uni.example"]),
    ]}}  # fmt: skip


@pytest.fixture
def uni(db):
    row = Organization.objects.create(name="University X", source=Source.CURATED, checked_on=TODAY)
    OrganizationDomain.objects.create(
        organization=row, domain="uni.example", kind=DomainKind.STAFF, source=Source.CURATED, checked_on=TODAY
    )
    return row


@pytest.fixture
def signature(db):
    return factories.make_signature(affiliation="University X")


def proofs(signature, kind, claims, *, issuer="https://op.example", subject="s-1", asked="1", provider=""):
    module = PROVIDERS[kind]
    check = checking.open_check(signature, kind, asked)
    login = Login(provider or {"institution": "uni"}.get(kind, kind), issuer, subject, claims)
    return module.evidence(module.complete(check, login))


def refusal(signature, kind, claims, **more):
    with pytest.raises(NotProven) as caught:
        proofs(signature, kind, claims, **more)
    return caught.value.code


def told(found):
    return [(proof.axis, dict(proof.claim)) for proof in found]


# --- Google ---

WORKSPACE = {"hd": "uni.example", "email": "suzie@uni.example", "email_verified": True}


def test_workspace_of_a_known_organisation_confirms_the_affiliation(signature, uni):
    (proof,) = proofs(signature, "google", WORKSPACE)

    assert proof.axis == "affiliation"
    assert proof.claim == {"domain": "uni.example", "kind": "staff", "organization": "University X"}
    assert proof.organization == uni
    assert proof.subject == ("https://op.example", "s-1")


def test_workspace_of_an_unknown_domain_shows_an_account(signature):
    assert told(proofs(signature, "google", WORKSPACE)) == [("account", {"domain": "uni.example", "kind": "unmapped"})]


def test_workspace_of_another_organisation_than_stated_shows_an_account(signature, uni):
    signature.affiliation = "Harbour Bank"
    signature.save()

    assert [axis for axis, _ in told(proofs(signature, "google", WORKSPACE))] == ["account"]


@pytest.mark.parametrize("kind", [DomainKind.STUDENT, DomainKind.ALUMNI, DomainKind.MEMBERSHIP])
def test_workspace_of_students_or_alumni_shows_an_account(signature, uni, kind):
    uni.domains.update(kind=kind)

    assert [axis for axis, _ in told(proofs(signature, "google", WORKSPACE))] == ["account"]


@pytest.mark.parametrize("verified", ["true", "false", "True", 1, None, False, [True], {}])
def test_google_address_counts_only_when_verified_is_true(signature, verified):
    assert refusal(signature, "google", {**WORKSPACE, "email_verified": verified}) == "unverified-address"


def test_google_address_without_the_claim_does_not_count(signature):
    claims = {"hd": "uni.example", "email": "suzie@uni.example"}

    assert refusal(signature, "google", claims) == "unverified-address"


@pytest.mark.parametrize("hosted", [None, "", True, ["uni.example"]])
def test_google_without_hd_is_no_workspace(signature, hosted):
    assert refusal(signature, "google", {**WORKSPACE, "hd": hosted}) == "no-workspace"


@pytest.mark.parametrize(
    "email",
    ["s@uni.example.evil.com", "s@evil-uni.example", "s@mail.uni.example", "s@gmail.com", "a@b@uni.example", "", 7],
)
def test_google_address_elsewhere_than_hd_is_refused(signature, email):
    assert refusal(signature, "google", {**WORKSPACE, "email": email}) in (
        "domain-differs", "not-proven", "unverified-address",
    )  # fmt: skip


def test_google_keeps_no_address(signature):
    (proof,) = proofs(signature, "google", {**WORKSPACE, "name": "Suzie", "picture": "https://p.example/x"})

    assert "suzie" not in repr(proof).lower()


def test_new_subject_with_the_same_mail_is_another_identity(signature):
    (first,) = proofs(signature, "google", WORKSPACE, subject="s-1")
    (second,) = proofs(signature, "google", WORKSPACE, subject="s-2")

    assert first.subject != second.subject


# --- Microsoft ---

ENTRA = {"tid": TENANT, "oid": PERSON, "email": "suzie@uni.example", "xms_edov": True, "acct": 0}


def entra(signature, **changes):
    return proofs(signature, "microsoft", {**ENTRA, **changes}, issuer=ISSUER, subject="pairwise")


def test_entra_is_keyed_on_tenant_and_object(signature, uni):
    (proof,) = entra(signature)

    assert proof.subject == (ISSUER, f"{TENANT}/{PERSON}")
    assert proof.claim == {"domain": "uni.example", "kind": "staff", "organization": "University X"}
    assert proof.axis == "affiliation"


@pytest.mark.parametrize("owned", [True, 1, "1"])
def test_entra_domain_counts_when_the_tenant_owns_it(signature, owned):
    assert told(entra(signature, xms_edov=owned)) == [("account", {"domain": "uni.example", "kind": "unmapped"})]


@pytest.mark.parametrize("owned", [False, 0, "0", "false", "true", None, [1], 2, 1.0])
def test_entra_domain_counts_not_when_anybody_may_have_typed_it(signature, uni, owned):
    assert told(entra(signature, xms_edov=owned)) == [("account", {})]


@pytest.mark.parametrize("status", [1, "1", None, True, False, "guest"])
def test_entra_guest_says_nothing_of_the_domain(signature, uni, status):
    assert told(entra(signature, acct=status)) == [("account", {})]


@pytest.mark.parametrize("email", [None, "", 7, "no address", "a@b@uni.example"])
def test_entra_without_a_plain_address_is_an_account(signature, email):
    assert told(entra(signature, email=email)) == [("account", {})]


def test_private_microsoft_account_is_refused(signature):
    personal = "9188040d-6c67-4c5b-b112-36a304b66dad"
    claims = {**ENTRA, "tid": personal}

    assert refusal(signature, "microsoft", claims, issuer=ISSUER.replace(TENANT, personal)) == "no-tenant"


@pytest.mark.parametrize("missing", ["tid", "oid"])
@pytest.mark.parametrize("value", [None, "", "person", 7])
def test_entra_without_its_ids_is_refused(signature, missing, value):
    assert refusal(signature, "microsoft", {**ENTRA, missing: value}, issuer=ISSUER) == "not-proven"


def test_entra_tenant_that_is_not_the_issuers_is_refused(signature):
    assert refusal(signature, "microsoft", ENTRA, issuer="https://login.microsoftonline.com/x/v2.0") == "not-proven"


# --- institution ---


def institution(signature, value, name="eduperson_scoped_affiliation"):
    return told(proofs(signature, "institution", {name: value}))


@pytest.mark.parametrize(
    ("value", "affiliation"),
    [
        ("faculty@uni.example", "faculty"),
        (["member@uni.example", "staff@uni.example"], "staff"),
        (["employee@uni.example", "faculty@uni.example"], "faculty"),
        ("member@uni.example employee@uni.example", "employee"),
        ("member@uni.example;STAFF@UNI.example", "staff"),
    ],
)
def test_staff_of_the_institution_is_confirmed(signature, value, affiliation):
    claim = {"organization": "University X", "affiliation": affiliation}

    assert institution(signature, value) == [("affiliation", claim)]


@pytest.mark.parametrize("name", ["affiliation", "voperson_external_affiliation", "eduPersonScopedAffiliation"])
def test_other_names_of_the_claim_are_known(signature, name):
    assert [axis for axis, _ in institution(signature, "staff@uni.example", name)] == ["affiliation"]


@pytest.mark.parametrize("value", ["member@uni.example", "student@uni.example", ["student@uni.example", "x@y.example"]])
def test_member_or_student_shows_a_login_alone(signature, value):
    assert institution(signature, value) == [("account", {"organization": "University X", "affiliation": "member"})]


@pytest.mark.parametrize(
    "value",
    [
        None, "", [], 7, {"faculty": "uni.example"}, [7, None],
        "alum@uni.example", "affiliate@uni.example", "library-walk-in@uni.example", ["alum@uni.example"],
        "faculty", "faculty@", "@uni.example", "faculty@uni.example@evil.example",
        "faculty@evil.example", "faculty@uni.example.evil.example", "faculty@evil-uni.example",
        "faculty@sub.uni.example", "faculty@example", "facultyx@uni.example",
        ["alum@uni.example", "faculty@evil.example"],
    ],
)  # fmt: skip
def test_what_is_no_word_of_the_institution_proves_nothing(signature, value):
    assert refusal(signature, "institution", {"eduperson_scoped_affiliation": value}) == "no-affiliation"


def test_institution_that_the_signatory_did_not_state_shows_a_login_alone(signature):
    signature.affiliation = "Harbour Bank"
    signature.save()

    assert institution(signature, "faculty@uni.example") == [
        ("account", {"organization": "University X", "affiliation": "faculty"})
    ]


def test_institution_row_of_ours_is_linked(signature, uni):
    (proof,) = proofs(signature, "institution", {"affiliation": "faculty@uni.example"})

    assert proof.organization == uni


def test_row_of_another_name_at_the_scope_is_not_linked(signature, uni):
    uni.name, uni.aliases = "Museum of Locks", []
    uni.save()

    (proof,) = proofs(signature, "institution", {"affiliation": "faculty@uni.example"})

    assert (proof.organization, proof.claim["organization"]) == (None, "University X")


# --- CILogon ---


def cilogon(signature, affiliation, idp=UNIVERSITY):
    return told(proofs(signature, "cilogon", {"idp": idp, "affiliation": affiliation}))


def test_cilogon_confirms_staff_of_a_known_organisation(signature, uni):
    claim = {"organization": "University X", "affiliation": "faculty"}

    assert cilogon(signature, "member@uni.example;faculty@uni.example") == [("affiliation", claim)]


def test_cilogon_at_an_unknown_scope_shows_a_login_alone(signature):
    assert cilogon(signature, "faculty@uni.example") == [
        ("account", {"organization": "uni.example", "affiliation": "faculty"})
    ]


@pytest.mark.parametrize(
    "idp",
    [
        None, "", 7, "http://google.com/accounts/o8/id", "http://github.com/login/oauth/authorize",
        "http://orcid.org/oauth/authorize", "http://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://accounts.google.com", "https://GITHUB.com./x",
    ],
)  # fmt: skip
def test_cilogon_by_a_broker_is_no_institution(signature, uni, idp):
    claims = {"idp": idp, "affiliation": "faculty@uni.example"}

    assert refusal(signature, "cilogon", claims) == "no-institution"


def test_cilogon_by_a_host_that_looks_like_a_broker_is_one_of_its_own(signature, uni):
    assert [axis for axis, _ in cilogon(signature, "staff@uni.example", "https://notgithub.com/idp")] == ["affiliation"]


def test_cilogon_with_scopes_of_two_organisations_proves_nothing(signature, uni):
    claims = {"idp": UNIVERSITY, "affiliation": "faculty@uni.example;staff@other.example"}

    assert refusal(signature, "cilogon", claims) == "no-affiliation"


@pytest.mark.parametrize("value", [None, "", "alum@uni.example", "faculty", "faculty@edu.cn", "faculty@-"])
def test_cilogon_without_a_word_that_counts_proves_nothing(signature, uni, value):
    assert refusal(signature, "cilogon", {"idp": UNIVERSITY, "affiliation": value}) == "no-affiliation"


# --- LinkedIn, and what holds for all ---


def test_linkedin_keeps_nothing_but_the_identity(signature):
    claims = {"name": "Suzie", "email": "s@bank.example", "email_verified": True, "picture": "https://p.example"}

    (proof,) = proofs(signature, "linkedin", claims)

    assert (proof.axis, dict(proof.claim), proof.subject) == ("account", {}, ("https://op.example", "s-1"))


@pytest.mark.parametrize("kind", ["google", "microsoft", "institution", "cilogon", "linkedin"])
def test_login_of_another_kind_proves_nothing(signature, kind):
    other = "linkedin" if kind != "linkedin" else "google"

    assert refusal(signature, kind, {**WORKSPACE, **ENTRA}, provider=other) == "not-proven"


@pytest.mark.parametrize("kind", ["google", "microsoft", "institution", "cilogon", "linkedin"])
def test_typed_answer_proves_nothing(signature, kind):
    check = checking.open_check(signature, kind, "1")

    with pytest.raises(NotProven):
        PROVIDERS[kind].complete(check, {"code": "x", "hd": "uni.example"})


@pytest.mark.parametrize("kind", ["google", "microsoft", "institution", "cilogon", "linkedin"])
def test_method_that_is_not_set_up_is_not_offered(settings, kind):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert PROVIDERS[kind].is_ready() is False


def test_institution_that_is_not_set_up_cannot_be_chosen(signature):
    with pytest.raises(logins.NotSetUp):
        PROVIDERS["institution"].start(signature, {"institution": "google"})
