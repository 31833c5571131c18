"""Sample University: an invented identity provider on this machine, so that a newcomer can try an institutional login
offline. It runs beside ``manage.py serve`` as a process of its own, and never in production."""
