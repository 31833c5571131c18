"""The user of this site, our own from the first migration so that it can grow."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models


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
