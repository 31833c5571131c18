from typing import TYPE_CHECKING, cast

from django.contrib import admin, messages
from django.db.models import QuerySet

from letters.accounts.models import User
from letters.core.errors import RuleError
from letters.moderation import placing, releasing
from letters.signatures.models import Signature

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
        self._each(request, chosen, lambda row: releasing.release(row, by=_user(request)))

    @admin.action(description="Remove: not a person")
    def remove_not_a_person(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: releasing.remove(row, reason_code="not-a-person", by=_user(request)))

    @admin.action(description="Remove: impersonation")
    def remove_impersonation(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: releasing.remove(row, reason_code="impersonation", by=_user(request)))

    @admin.action(description="Remove: duplicate")
    def remove_duplicate(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: releasing.remove(row, reason_code="duplicate", by=_user(request)))

    @admin.action(description="Restore (undo a removal)")
    def restore(self, request: "HttpRequest", chosen: QuerySet[Signature]) -> None:
        self._each(request, chosen, lambda row: releasing.restore(row, by=_user(request)))

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
        try:
            text = placing.place(obj, role=obj.role, by=_user(request))
        except RuleError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.message_user(request, text)

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_delete_permission(self, request: "HttpRequest", obj: Signature | None = None) -> bool:
        return False


def _user(request: "HttpRequest") -> User:
    return cast("User", request.user)
