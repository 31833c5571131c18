"""The words of moderation: what a signatory waits for, why something was refused. Pure; no query, no clock."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from letters.moderation.models import Reason
from letters.signatures.models import Role

HOUR = timedelta(hours=1)
DUE: dict[str, timedelta] = {Reason.DISPUTE: 12 * HOUR, Reason.SPIKE: 24 * HOUR, Reason.APPEAL: 72 * HOUR}
"""Within what time a case of a reason is promised to be decided."""
DUE_ELSE = 48 * HOUR

WAITS_FOR = {
    Reason.POLICY: _(
        "This letter prints lines that have more evidence than a confirmed address. Strengthen your line, or ask the "
        "organisers to check it; it is printed by itself as soon as the evidence is there."
    ),
    Reason.WATCHED: _(
        "Your name is one that makes news. Two organisers check such a line, and it needs a proof of affiliation, an "
        "invitation or a review first."
    ),
    Reason.MIXED: _("Your name is set in letters of several scripts. The organisers look whether that is meant."),
    Reason.DUPLICATE: _("There is another signature with the same name and affiliation. The organisers compare them."),
    Reason.SPIKE: _("Very many people signed within the same hour. The organisers look at all of these signatures."),
    Reason.ORGANIZATION: _("The organisers check that you may sign for the organisation."),
    Reason.REVIEW: _("You asked the organisers to check your line against a public source."),
    Reason.CORRECTION: _("You changed a part of your line that had been checked. The organisers check the new text."),
    Reason.DISPUTE: _("Somebody disputes this line. The organisers are asked to decide within twelve hours."),
    Reason.DOMAIN: _("The organisers look at the address that you used as evidence."),
    Reason.EVIDENCE_LOST: _("The organisers look whether your evidence still holds."),
    Reason.PLACEMENT: _("The organisers decide whether your line stands above the list."),
    Reason.OPERATOR: _("The organisers look at your line."),
    Reason.APPEAL: _("You appealed. Somebody who did not take the first decision decides."),
    Reason.ANONYMOUS: _(
        "The organisers check your name. Then position and affiliation are printed, without it; until then nothing is."
    ),
}

REFUSALS = {
    "not-a-person": _("The organisers believe that no real person of this name signed."),
    "impersonation": _("The organisers believe that somebody else signed with this name."),
    "duplicate": _("The same person has signed this text already; that signature stands."),
    "abusive-text": _("The line holds words that insult, threaten or advertise."),
    "asked-by-mail": _("The organisers were asked by mail to remove it."),
    "no-evidence": _("The organisers found no public source for what the line says."),
    "claim-differs": _("A public source says something else than the line."),
    "not-eligible": _("The letter says who may sign, and the line does not fit that."),
    "not-authorised": _("The organisers found nothing that shows that you may sign for this organisation."),
}
"""Reason codes of a refusal, each with the sentence that the signatory reads."""


QUESTIONS = {
    "shared-mailbox": _("The address belongs to an office, not to a person."),
    "organization-differs": _("The domain belongs to another organisation than the one that the line names."),
    "look-alike": _("The domain looks like that of a known organisation and is another one."),
    "several-organizations": _("Several organisations use this domain."),
    "organization-closed": _("The organisation of this domain has closed, by the register."),
    "domain-row-expired": _("Nobody has looked for a year whether this domain is still that organisation's."),
    "stop-listed": _("A list warns of addresses at this domain: sold, or of people who left."),
    "public-suffix": _("The domain is a bare suffix such as gov.uk; it belongs to many."),
    "signed-again": _("This address signed before, and was removed or left while somebody looked."),
    "same-identity": _("One and the same account or address proved both signatures."),
    "bounced": _("Mail to the work address came back: this person may have left."),
    "domain-lost": _("The mail domain is no longer known as this organisation's."),
    "not-me": _("Somebody says: this is my name, and I did not sign."),
    "not-them": _("Somebody says: I know that this person did not sign."),
    "affiliation": _("The organisation says: this person does not belong to us. It cannot dispute the signature."),
}
"""What a code of ``Case.detail`` asks the reviewer; other codes are a general question."""
_SAYS_IT_ALL = {Reason.PLACEMENT, Reason.REVIEW, Reason.ORGANIZATION, Reason.EVIDENCE_LOST, Reason.SPIKE}
OTHER_QUESTION = _("A check could not answer by itself. Look at the evidence below.")


def question_of(reason: str, detail: str) -> str:
    """The question behind a case in words; empty where the reason says it all."""
    if not detail or detail == reason or reason in _SAYS_IT_ALL:
        return str(QUESTIONS.get(detail, ""))
    return str(QUESTIONS.get(detail, OTHER_QUESTION))


def word_of(held_reason: str) -> str:
    """``Signature.held_reason`` in words; empty where nothing holds the line."""
    return str(Reason(held_reason).label) if held_reason in Reason.values else ""


def role_of(detail: str) -> str:
    """The place that a case asks for, in words."""
    return str(Role(detail).label) if detail in Role.values else ""


def due_within(reason: str) -> timedelta:
    return DUE.get(reason, DUE_ELSE)
