"""Rows comparable to the site's: as many columns of the same kinds, with the unique keys that any site would want."""

from django.db import models


class Letter(models.Model):
    title = models.CharField(max_length=200)
    body = models.TextField()

    class Meta:
        app_label = "ceiling"

    def __str__(self) -> str:
        return self.title


class Signature(models.Model):
    public_id = models.UUIDField(unique=True)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT)
    state = models.CharField(max_length=10)
    role = models.CharField(max_length=10)
    display_name = models.CharField(max_length=120)
    sort_name = models.CharField(max_length=120)
    position = models.CharField(max_length=150)
    affiliation = models.CharField(max_length=150)
    affiliation_status = models.CharField(max_length=12)
    country = models.CharField(max_length=2)
    comment = models.CharField(max_length=500)
    email = models.CharField(max_length=254)
    email_index = models.BinaryField(max_length=32)
    consent_domain = models.BooleanField()
    consent_comment = models.BooleanField()
    consent_quote = models.BooleanField()
    consent_press = models.BooleanField()
    consent_updates = models.BooleanField()
    consent_text_sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "ceiling"
        constraints = [models.UniqueConstraint(fields=["letter", "email_index"], name="ceiling_once")]
        indexes = [models.Index(fields=["letter", "-confirmed_at"], name="ceiling_newest")]

    def __str__(self) -> str:
        return self.display_name


class Message(models.Model):
    kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    recipient_index = models.BinaryField(max_length=32)
    state = models.CharField(max_length=10)
    attempts = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "ceiling"
        constraints = [models.UniqueConstraint(fields=["subject_id", "kind"], name="ceiling_message_once")]
        indexes = [models.Index(fields=["state", "next_at"], name="ceiling_due")]

    def __str__(self) -> str:
        return self.kind
