"""The parts that make a text, and their order."""

from typing import Any

from django.db import models

WORDS = (
    "title", "subtitle", "dateline_place", "dateline_on", "addressees", "salutation", "body", "demands", "closing",
)  # fmt: skip


class Words(models.Model):
    """The parts of a text, and the bytes that are hashed: shared by a version and by its editorial fixes."""

    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=300, blank=True)
    dateline_place = models.CharField(max_length=100, blank=True)
    dateline_on = models.DateField(null=True, blank=True)
    addressees = models.JSONField(default=list, help_text="[{name, office, organization}]")
    salutation = models.CharField(max_length=200, blank=True)
    body = models.TextField(help_text="Markdown")
    demands = models.JSONField(default=list, help_text="Inline Markdown, in order")
    closing = models.CharField(max_length=200, blank=True)
    text = models.TextField(help_text="The whole letter as one Markdown file: what signatories signed")
    sha256 = models.CharField(max_length=64, help_text="Of text in UTF-8, lower-case hexadecimal")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    @property
    def words(self) -> dict[str, Any]:
        """The parts that make the text; two texts with equal parts are the same text."""
        return {name: getattr(self, name) for name in WORDS}
