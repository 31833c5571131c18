"""The question that each signatory of a letter gets when another version follows."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from letters.documents.models import Version


class RenewalState(models.TextChoices):
    ASKED = "asked", _("asked")
    SIGNED = "signed", _("signed again")
    DECLINED = "declined", _("left under the version before")


class Renewal(models.Model):
    """«Do you sign version N?», asked of the newest signature that a person has under the versions before; silence
    means no, and the next version is a question of its own."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    signature = models.ForeignKey(
        "signatures.Signature", on_delete=models.CASCADE, related_name="renewals", db_index=False
    )
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="renewals", db_index=False)
    state = models.CharField(max_length=10, choices=RenewalState.choices, default=RenewalState.ASKED)
    asked_at = models.DateTimeField(help_text="When its mail is due")
    reminded_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signature", "version"], name="renewal_once"),
            models.CheckConstraint(
                name="renewal_answered_has_time",
                condition=Q(state="asked", answered_at__isnull=True)
                | (~Q(state="asked") & Q(answered_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["version", "state"], name="renewal_state")]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"
