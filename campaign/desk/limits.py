"""Every limit of this door beside its number."""

from datetime import timedelta

from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.core.limits import Limit, take

DAY = timedelta(days=1)
TEAM_INVITATIONS_A_DAY = 40
OFFERS_A_DAY = 40
JOURNALISTS_A_DAY = 100
LETTERS_A_DAY = 20
EXPORTS_AN_HOUR = 5
HOUR = timedelta(hours=1)
CODES_AN_HOUR = 10


def inviting(user: User) -> None:
    """A form that mails strangers: few for one account. Raises RuleError."""
    _take("team-invitations", user, TEAM_INVITATIONS_A_DAY)


def offering(user: User) -> None:
    """Raises RuleError."""
    _take("letter-offers", user, OFFERS_A_DAY)


def exporting(user: User) -> None:
    """Whoever needs a list needs it once. Raises RuleError."""
    if take(Limit("exports", str(user.pk), EXPORTS_AN_HOUR, HOUR)):
        sentence = _("You have taken {most} lists within the hour. Wait until the next one.")
        raise RuleError(sentence.format(most=EXPORTS_AN_HOUR), code="too-many")


def mailing_code(user: User) -> None:
    """A mail to the account's own address, by whoever sits in its session. Raises RuleError."""
    if take(Limit("account-codes", str(user.pk), CODES_AN_HOUR, HOUR)):
        raise RuleError(_("You have had many codes within the hour. Wait until the next one."), code="too-many")


def letting_in(user: User) -> None:
    """Mails strangers, each with a name that was typed here. Raises RuleError."""
    _take("journalists", user, JOURNALISTS_A_DAY)


def beginning(user: User) -> None:
    """New letters, each with an address that nobody else can have. Raises RuleError."""
    _take("letters", user, LETTERS_A_DAY)


def _take(name: str, user: User, amount: int) -> None:
    if take(Limit(name, str(user.pk), amount, DAY)):
        sentence = _("You have sent {most} of these since yesterday. Go on tomorrow.").format(most=amount)
        raise RuleError(sentence, code="too-many")
