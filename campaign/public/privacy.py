"""The privacy notice's table: what is kept, why, who sees it, and until when; the jobs that delete hold these times."""

from django.conf import settings
from django.utils.translation import gettext as _


def retention() -> list[dict[str, str]]:
    days = settings.CONFIRM_DAYS
    rows = (
        (_("A signature that was not confirmed"), _("To ask you by mail"), _("Never"),
         _("Until you confirm; deleted whole after {days} days").format(days=days)),
        (_("Name, position, affiliation, country, comment"), _("They are the signature"),
         _("As you agreed when signing"), _("Until you withdraw")),
        (_("E-mail address"), _("To confirm, to send your link, to tell two people apart"), _("Never"),
         _("Encrypted; until 30 days after the letter closes, or until you withdraw and got the receipt")),
        (_("Which consents you gave, to which wording, when"), _("To be able to prove your consent"), _("Never"),
         _("With the signature; afterwards times and a hash of the wording remain")),
        (_("Your network address"), _("To keep machines from signing"), _("Never"),
         _("Not stored; counted in memory under a hash for ten minutes")),
        (_("That an address wants no mail"), _("To honour it"), _("Never"),
         _("A keyed hash alone, until you undo it")),
        (_("Which mail was sent when"), _("To send each mail once"), _("Never"), _("31 days, without the address")),
        (_("Acts of operators"), _("To account for them"), _("Never"), _("12 months, by number, without names")),
    )  # fmt: skip
    return [dict(zip(("what", "why", "public", "kept"), row, strict=True)) for row in rows]
