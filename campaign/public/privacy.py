"""The privacy notice's table: what is kept, why, who sees it, and until when; the jobs that delete hold these times."""

from django.conf import settings
from django.utils.translation import gettext as _


def retention() -> list[dict[str, str]]:
    days = settings.CONFIRM_DAYS
    rows = (
        (_("A signature that was not confirmed"), _("To ask you by mail"), _("Never"),
         _("Until you confirm; deleted whole after {days} days").format(days=days)),
        (_("Name, position, affiliation, country, comment, and what you added"), _("They are the signature"),
         _("As you agreed when signing"), _("Until you withdraw")),
        (_("The name of somebody who signs without it in print"), _("So that the organisers can check it"),
         _("Never; position and affiliation as you agreed"),
         _("Until you withdraw, or have it deleted after the check")),
        (_("E-mail address"), _("To confirm, to send your link, to tell two people apart"), _("Never"),
         _("Encrypted; until 30 days after the letter closes, or until you withdraw and got the receipt")),
        (_("Which consents you gave, to which wording, when"), _("To be able to prove your consent"), _("Never"),
         _("With the signature; afterwards times and a hash of the wording remain")),
        (_("Which teams behind the letter may write to you by themselves"), _("To let them, as you ticked"),
         _("Your address to that team alone, when its organisers export it"),
         _("Until you take it back on your own page, or the signature ends")),
        (_("What was proven of you, and when: a domain, an organisation, an account that you chose to show"),
         _("So that readers know who signed"), _("As one sentence under your name"),
         _("With the signature; thirty days after it was taken back")),
        (_("A work address, or whatever else a check asks you for"), _("To make that check"), _("Never"),
         _("Encrypted; until your answer, three to seven days in any case")),
        (_("Which account or mailbox made a check"), _("So that one strengthens one signature of a letter"),
         _("Never"), _("As a keyed hash alone, until 30 days after the letter closes")),
        (_("Who signs for an organisation, with position and website"), _("To check the authority"),
         _("Name and position"), _("Until the signature ends")),
        (_("An invitation by the organisers"), _("To reach somebody they know"), _("Never"),
         _("Address encrypted, until it is answered or 60 days have passed; name, source and a keyed hash until 30 "
           "days after the letter closes")),
        (_("Your network address"), _("To keep machines from signing"), _("Never"),
         _("Not stored; counted in memory under a hash for ten minutes")),
        (_("Files that you hand in for a check"), _("To compare your line with them"), _("Never"),
         _("Encrypted; until 14 days after the decision, 90 days without one")),
        (_("What was asked, found and decided about a signature"), _("To decide, and to account for it"), _("Never"),
         _("Texts until 90 days after the decision; reason and day with the signature")),
        *_of_others(),
    )  # fmt: skip
    return [dict(zip(("what", "why", "public", "kept"), row, strict=True)) for row in rows]


def _of_others() -> tuple[tuple[str, str, str, str], ...]:
    """What is kept of people who did not sign, of mails and of acts."""
    return (
        (_("A report about a line, with your address"), _("To look at it and to answer"), _("Never"),
         _("Encrypted; seven days without your confirmation, 90 days after the decision")),
        (_("A question of a journalist to you, if you take some"), _("To pass it on"), _("Never"),
         _("Encrypted; 30 days, or until you leave or take none; the journalist's address as well")),
        (_("An address that asked for corrections by mail"), _("To mail them"), _("Never"),
         _("Encrypted; until you say stop, or the letter is archived")),
        (_("Name, outlet and address of a journalist under embargo, and what they opened when"),
         _("To hold the embargo, and to mark the file"), _("On that journalist's own file alone"),
         _("Encrypted; until 30 days after the launch")),
        (_("That an address wants no mail"), _("To honour it"), _("Never"),
         _("A keyed hash alone, until you undo it")),
        (_("Which mail was sent when"), _("To send each mail once"), _("Never"), _("31 days, without the address")),
        (_("Acts of operators"), _("To account for them"), _("Never"), _("12 months, by number, without names")),
    )  # fmt: skip
