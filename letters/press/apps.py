from django.apps import AppConfig


class PressConfig(AppConfig):
    name = "letters.press"
    default_auto_field = "django.db.models.BigAutoField"
