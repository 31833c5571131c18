"""The ceiling: what bare Django and bare Celery reach with the same server, database and number of processes.

No rules, no forms, no checks but CSRF. It is measured, never used.
"""
