from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet

from letters.core.errors import RuleError
from letters.documents import publishing
from letters.documents.models import Letter, Version

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Letter)
class LetterAdmin(admin.ModelAdmin[Letter]):
    """Letters come from a file (`manage.py load_letter`); here an operator moves them between states."""

    list_display = (
        "slug",
        "state",
        "language",
        "ordering",
        "opens_at",
        "closes_at",
    )
    list_filter = ("state",)
    actions = ["open_letters", "pause_letters", "close_letters"]

    @admin.action(description="Open (take signatures)")
    def open_letters(self, request: "HttpRequest", chosen: QuerySet[Letter]) -> None:
        self._move(request, chosen, "open")

    @admin.action(description="Pause (take no signatures for now)")
    def pause_letters(self, request: "HttpRequest", chosen: QuerySet[Letter]) -> None:
        self._move(request, chosen, "paused")

    @admin.action(description="Close")
    def close_letters(self, request: "HttpRequest", chosen: QuerySet[Letter]) -> None:
        self._move(request, chosen, "closed")

    def _move(self, request: "HttpRequest", chosen: QuerySet[Letter], state: str) -> None:
        for letter in chosen:
            try:
                publishing.move(letter, state, by=f"user:{request.user.pk}")
            except RuleError as error:
                self.message_user(request, f"{letter.slug}: {error.message}", messages.ERROR)

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_change_permission(self, request: "HttpRequest", obj: Letter | None = None) -> bool:
        return obj is None and super().has_change_permission(request)


@admin.register(Version)
class VersionAdmin(admin.ModelAdmin[Version]):
    list_display = ("letter", "number", "title", "sha256", "created_at")

    def has_add_permission(self, request: "HttpRequest") -> bool:
        return False

    def has_change_permission(self, request: "HttpRequest", obj: Version | None = None) -> bool:
        return False

    def has_delete_permission(self, request: "HttpRequest", obj: Version | None = None) -> bool:
        return False
