from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet

from letters.outbox import claiming
from letters.outbox.models import Message, Suppression

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin[Message]):
    list_display = (
        "id",
        "kind",
        "state",
        "attempts",
        "next_at",
        "sent_at",
        "error",
    )
    list_filter = ("state", "kind", "error")
    search_fields = ("subject_id",)
    show_full_result_count = False
    actions = ["try_again"]

    @admin.action(description="Try again (dead and bounced mails)")
    def try_again(self, request: "HttpRequest", chosen: QuerySet[Message]) -> None:
        ids = list(chosen.values_list("pk", flat=True))
        count = claiming.retry_dead(ids)
        self.message_user(request, f"{count} mails are due again.")

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_change_permission(self, request: "HttpRequest", obj: Message | None = None) -> bool:
        return False


@admin.register(Suppression)
class SuppressionAdmin(admin.ModelAdmin[Suppression]):
    list_display = ("id", "reason", "created_at")
    list_filter = ("reason",)

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_change_permission(self, request: "HttpRequest", obj: Suppression | None = None) -> bool:
        return False
