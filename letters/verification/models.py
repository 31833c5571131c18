"""Evidence rows: each check is one dated statement about one axis; it is voided, never rewritten."""

from django.db import models

from letters.signatures.models import Signature


class Method(models.TextChoices):
    EMAIL = "email", "confirmed by e-mail"


class Axis(models.TextChoices):
    ADDRESS = "address"
    NAME = "name"
    POSITION = "position"
    AFFILIATION = "affiliation"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def standing(self) -> "EvidenceQuerySet":
        return self.filter(voided_at__isnull=True)


class Evidence(models.Model):
    """What one check proved. ``claim`` holds no personal data beyond what the public sentence prints."""

    signature = models.ForeignKey(Signature, on_delete=models.CASCADE, related_name="evidence")
    method = models.CharField(max_length=20, choices=Method.choices)
    axis = models.CharField(max_length=12, choices=Axis.choices)
    checked_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["signature", "method", "axis"],
                name="evidence_once",
                condition=models.Q(voided_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method}/{self.axis} of {self.signature_id}"
