"""A SAML identity provider that signs what it is told, with a key of its own and python3-saml's signer."""

import base64
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils

ENTITY = "https://idp.uni.example/metadata"
HOST = "letters.example.org"
ACS = f"http://{HOST}/accounts/saml/uni-saml/acs/"
AUDIENCE = f"http://{HOST}/accounts/saml/uni-saml/metadata.xml"


@lru_cache(maxsize=2)
def keys(name):
    """(private key, certificate) as PEM; "theirs" is the provider's, anything else somebody's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def metadata(*scopes, pattern=""):
    inner = "".join(f'<s:Scope regexp="false">{scope}</s:Scope>' for scope in scopes)
    inner += f'<s:Scope regexp="true">{pattern}</s:Scope>' if pattern else ""
    certificate = "".join(keys("theirs")[1].splitlines()[1:-1])
    return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:s="urn:mace:shibboleth:metadata:1.0" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{ENTITY}">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:Extensions>{inner}</md:Extensions>
<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>
</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
 Location="https://idp.uni.example/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>"""


def asked_in(address):
    """The id of the request that the browser carries to the provider."""
    sent = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    text = zlib.decompress(base64.b64decode(sent), -15).decode()
    return text.partition('ID="')[2].partition('"')[0]


def at(minutes):
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def assertion(asked, *, audience=AUDIENCE, age=0, issuer=ENTITY, recipient=ACS, values=("faculty@uni.example",),
              subject="person-1@uni.example", number=""):  # fmt: skip
    given = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    reply = f'InResponseTo="{asked}" ' if asked else ""
    return f"""<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{number or f"_{uuid.uuid4()}"}"
 Version="2.0" IssueInstant="{at(-age)}"><saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">t-{uuid.uuid4()}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData {reply}
 Recipient="{recipient}" NotOnOrAfter="{at(5 - age)}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{at(-1 - age)}" NotOnOrAfter="{at(5 - age)}"><saml:AudienceRestriction>
<saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{at(-age)}" SessionIndex="_s"><saml:AuthnContext><saml:AuthnContextClassRef>
urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="urn:oid:1.3.6.1.4.1.5923.1.1.1.9">{given}</saml:Attribute>
<saml:Attribute Name="urn:oasis:names:tc:SAML:attribute:pairwise-id">
<saml:AttributeValue>{subject}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"""


def signed(text, name="theirs"):
    private, certificate = keys(name)
    return (
        Utils.add_sign(text, private, certificate).decode().partition("?>")[2]
        or Utils.add_sign(text, private, certificate).decode()
    )


def response(asked, inside, *, issuer=ENTITY, destination=ACS):
    reply = f'InResponseTo="{asked}" ' if asked else ""
    return f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{uuid.uuid4()}" Version="2.0" IssueInstant="{at(0)}"
 {reply}Destination="{destination}"><saml:Issuer>{issuer}</saml:Issuer><samlp:Status>
<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{inside}</samlp:Response>"""


def posted(text):
    return base64.b64encode(text.encode()).decode()
