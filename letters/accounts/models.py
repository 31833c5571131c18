"""The user of this site, our own from the first migration so that it can grow; teams and who is in them."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from letters.core import addresses, sealed

TEAM_INVITATION_KEPT = timedelta(days=14)


class ByAddress(UserManager["User"]):
    """Makes users by e-mail address alone; ``username`` is a copy of it that Django's own parts expect."""

    def create_user(
        self, username: str = "", email: str | None = None, password: str | None = None, **extra: Any
    ) -> "User":
        address = (email or username).lower()
        return super().create_user(address, address, password, **extra)

    def create_superuser(
        self, username: str = "", email: str | None = None, password: str | None = None, **extra: Any
    ) -> "User":
        address = (email or username).lower()
        return super().create_superuser(address, address, password, **extra)


class User(AbstractUser):
    """One person with a login; known by the e-mail address."""

    email = models.EmailField(unique=True)

    objects: ClassVar[ByAddress] = ByAddress()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The copy follows the address, also when somebody changes theirs."""
        self.username = self.email
        if "email" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*kwargs["update_fields"], "username"}
        super().save(*args, **kwargs)


class TeamRole(models.TextChoices):
    """What a member may do; ``permissions.of_role`` is the table."""

    OWNER = "owner", _("Owner")
    EDITOR = "editor", _("Editor")
    MODERATOR = "moderator", _("Moderator")
    REVIEWER = "reviewer", _("Reviewer")
    READER = "reader", _("Reader")


class Team(models.Model):
    """People who write and look after letters together. Letters belong to teams, never to persons."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.public_id)


class Membership(models.Model):
    """One person in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=TeamRole.choices, default=TeamRole.READER)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.user_id} {self.role}"


class TeamInvitation(models.Model):
    """An address that is asked to join a team; gone as soon as it is answered or has run out."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email_sealed = models.BinaryField(help_text="Sealed address")
    email_index = models.BinaryField(max_length=32, help_text="Keyed hash within the team: asked once")
    role = models.CharField(max_length=10, choices=TeamRole.choices, default=TeamRole.READER)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "email_index"], name="teaminvitation_once")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def email(self) -> str:
        """The address, unsealed. Raises KeyRingError when its key is gone."""
        return sealed.unseal(bytes(self.email_sealed), self._context)

    def set_email(self, address: str) -> None:
        """Seal an address and index it within the team; the row is not saved."""
        self.email_sealed = sealed.seal(address, self._context)
        self.email_index = self.index_of(self.team_id, address)

    @staticmethod
    def index_of(team_id: int, address: str) -> bytes:
        """What two spellings of one mailbox share within a team. Shape: 32 bytes."""
        return sealed.identity_index(team_id, "team", addresses.canonical(address))

    @property
    def _context(self) -> bytes:
        return b"accounts.teaminvitation.email\0" + self.public_id.bytes


class AccountMail(models.Model):
    """One mail to the owner of a login, written already, on its way out; deleted when it has left, or after a day."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content_sealed = models.BinaryField(help_text="Sealed JSON: address, subject, text, HTML")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def content(self) -> str:
        """The JSON, unsealed. Raises KeyRingError when its key is gone."""
        return sealed.unseal(bytes(self.content_sealed), self._context)

    def set_content(self, content: str) -> None:
        """Seal the JSON; the row is not saved."""
        self.content_sealed = sealed.seal(content, self._context)

    @property
    def _context(self) -> bytes:
        return b"accounts.accountmail.content\0" + self.public_id.bytes
