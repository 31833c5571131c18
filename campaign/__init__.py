"""The site: settings, addresses, the Celery application and the doors that people and machines come through."""

from campaign.celery import app as celery_app

__all__ = ["celery_app"]
