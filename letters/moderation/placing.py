"""Who stands above the list: one operator proposes, another one agrees; back into the list one may alone."""

from django.db import transaction
from django.utils.translation import gettext as _

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.moderation import cases, deciding
from letters.moderation.models import Case, Reason
from letters.signatures import deciding as signature_deciding
from letters.signatures.models import Role, Signature


@transaction.atomic
def place(signature: Signature, *, role: str, by: User) -> str:
    """Propose a place above the list or agree to it; returns a sentence that says what happened.

    Raises:
        RuleError: not confirmed, neither invited nor reviewed, or proposed by the same person.
    """
    signature.refresh_from_db()
    case = Case.objects.waiting().filter(signature=signature, reason=Reason.PLACEMENT).first()
    if role == Role.SIGNATORY:
        cases.settle(signature, [Reason.PLACEMENT])
        signature_deciding.set_role(signature, role=role, by=f"user:{by.pk}")
        return _("The line stands in the list.")
    if signature.role == role:
        return _("The line stands there already.")
    if not signature.is_confirmed:
        raise RuleError(_("Only a confirmed signature can stand above the list."), code="not-confirmed")
    if case is None or case.detail != role:
        cases.settle(signature, [Reason.PLACEMENT])
        case = cases.open_case(signature, Reason.PLACEMENT, detail=role)
    case = deciding.accept(case.public_id, by=by)
    signature.refresh_from_db()
    if case.waits_for_second:
        return _("Proposed. A second reviewer must agree before the line moves.")
    return _("The line stands above the list.")
