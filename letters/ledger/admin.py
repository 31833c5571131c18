from typing import TYPE_CHECKING

from django.contrib import admin

from letters.ledger.models import AuditEvent

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin[AuditEvent]):
    list_display = ("at", "actor", "action", "object_label", "object_id", "detail")
    list_filter = ("action",)
    search_fields = ("object_id",)

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_change_permission(self, request: "HttpRequest", obj: AuditEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: "HttpRequest", obj: AuditEvent | None = None) -> bool:
        return False
