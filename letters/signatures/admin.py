from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet

from letters.core.errors import RuleError
from letters.signatures import deciding
from letters.signatures.models import Signature, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

_SHOWN = (
    "public_id", "letter", "version", "state", "role", "is_sample", "display_name", "sort_name", "position",
    "affiliation", "affiliation_status", "country", "comment", "consent_comment", "held_reason", "removed_reason",
    "signed_at", "confirmed_at", "hidden_at", "withdrawn_at", "removed_at",
)  # fmt: skip


@admin.register(Signature)
class SignatureAdmin(admin.ModelAdmin[Signature]):
    """For operators: release what was held, remove with a reason, set who stands above the list. No address."""

    list_display = (
        "display_name",
        "affiliation",
        "letter",
        "state",
        "role",
        "held_reason",
    )
    list_filter = ("state", "held_reason", "role", "is_sample", "letter")
    search_fields = ("search_text", "public_id")
    list_select_related = ("letter",)
    show_full_result_count = False
    fields = _SHOWN
    readonly_fields = tuple(name for name in _SHOWN if name != "role")
    actions = [
        "release",
        "remove_not_a_person",
        "remove_impersonation",
        "remove_duplicate",
        "restore",
    ]

    @admin.action(description="Release (print the line)")
    def release(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: deciding.release(row, by=_by(request)))

    @admin.action(description="Remove: not a person")
    def remove_not_a_person(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: deciding.remove(row, reason="not-a-person", by=_by(request)))

    @admin.action(description="Remove: impersonation")
    def remove_impersonation(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: deciding.remove(row, reason="impersonation", by=_by(request)))

    @admin.action(description="Remove: duplicate")
    def remove_duplicate(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: deciding.remove(row, reason="duplicate", by=_by(request)))

    @admin.action(description="Restore (undo a removal)")
    def restore(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: deciding.restore(row, by=_by(request)))

    def _each(self, request: "HttpRequest", chosen: QuerySet[Signature], act: "Callable[[Signature], None]") -> None:
        done = 0
        for row in chosen:
            try:
                act(row)
                done += 1
            except RuleError as error:
                self.message_user(request, f"{row.public_id}: {error.message}", messages.ERROR)
        self.message_user(request, f"{done} done.")

    def save_model(self, request: "HttpRequest", obj: Signature, form: object, change: bool) -> None:
        deciding.set_role(obj, role=obj.role, by=_by(request))

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_delete_permission(self, request: "HttpRequest", obj: Signature | None = None) -> bool:
        return False


def _by(request: "HttpRequest") -> str:
    return f"user:{request.user.pk}"


@admin.register(Tally)
class TallyAdmin(admin.ModelAdmin[Tally]):
    list_display = (
        "version",
        "persons",
        "withheld",
        "held",
        "withdrawn",
        "removed",
        "as_of",
    )

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_change_permission(self, request: "HttpRequest", obj: Tally | None = None) -> bool:
        return False
