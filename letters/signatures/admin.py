from typing import TYPE_CHECKING

from django.contrib import admin

from letters.signatures.models import Tally

if TYPE_CHECKING:
    from django.http import HttpRequest


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
