"""The counts of a text."""

from django.db import models

from letters.documents.models import Version


class Tally(models.Model):
    """The counts of one version, recounted every few seconds by one job; no page and no signatory counts rows.

    ``persons`` and everything after ``organizations`` count published natural persons; the affiliations are parted by
    what their confirmation rests on.
    """

    version = models.OneToOneField(Version, on_delete=models.CASCADE, related_name="tally")
    persons = models.PositiveIntegerField(default=0)
    organizations = models.PositiveIntegerField(default=0)
    account = models.PositiveIntegerField(default=0)
    affiliation = models.PositiveIntegerField(default=0)
    by_work_email = models.PositiveIntegerField(default=0)
    by_institutional_login = models.PositiveIntegerField(default=0)
    by_orcid = models.PositiveIntegerField(default=0)
    by_work_account = models.PositiveIntegerField(default=0)
    by_review = models.PositiveIntegerField(default=0)
    invited = models.PositiveIntegerField(default=0)
    reviewed = models.PositiveIntegerField(default=0)
    older = models.PositiveIntegerField(default=0, help_text="Newest evidence is older than twelve months")
    withheld = models.PositiveIntegerField(default=0)
    anonymised = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of those withheld: printed by position and affiliation"
    )
    held = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    samples = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1, help_text="Grows with every change that a reader can see")
    as_of = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.version_id}: {self.persons} as of {self.as_of:%Y-%m-%d %H:%M}"
