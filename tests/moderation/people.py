"""Reviewers without a password: hashing one costs more than a test."""

from letters.accounts.models import User
from tests.factories import CAST


def reviewer(person="mona", *, is_staff=True):
    email = CAST[person].email
    return User.objects.create(username=email, email=email, is_staff=is_staff)
