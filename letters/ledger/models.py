"""The private audit trail: rows are added, never changed; the database refuses to update one."""

from django.db import models


class AuditEvent(models.Model):
    """One act by somebody on something, by label and id text alone. Kept for twelve months."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=80, help_text="user:ID, signatory, system or command")
    action = models.CharField(max_length=60)
    object_label = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    detail = models.CharField(max_length=120, blank=True, help_text="A reason code or a count, never text of a person")

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["object_label", "object_id", "-id"], name="auditevent_of_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}:{self.object_id}"
